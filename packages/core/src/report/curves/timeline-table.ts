import { formatNanos } from '../quantity.ts'
import type { Plot, PlotAxis, PlotLayer } from '../plot.ts'
import type { AnalysisTable, Trial, WindowResult } from '../result.ts'
import { MOST_POINTS } from './curve-sample.ts'

/** Percentiles of fewer answers are single answers: they are points, without a line. */
const FEW = 20
/** More events of one kind are a course of their own, and no marks. */
const MOST_EVENTS = 12
const MOST_GAUGES = 8

const PERCENTILES = ['p50', 'p95', 'p99'] as const

const GAUGE_TITLES: Readonly<Record<string, string>> = {
  '1': 'Utilisation',
  W: 'Power',
  By: 'Memory',
  'By/s': 'Traffic',
  Cel: 'Temperature',
  Hz: 'Clocks',
}

type Row = (string | number | null)[]
/** What of a trial it takes. */
export type TimelineTrial = Pick<Trial, 'windows' | 'events' | 'gauges' | 'phases'>

/**
 * A trial second by second, several pictures on one axis of time: loads and rates, what was in flight, percentiles, gauges by
 * their unit; with what happened as rules.
 */
export function timelineTable(trial: TimelineTrial): AnalysisTable {
  const spans = mergeWindows(trial.windows)
  const gauges = Object.entries(trial.gauges).filter(([name]) =>
    spans.some(({ gauges: means }) => (means[name] ?? null) !== null),
  )
  const { events, notes } = eventsOf(trial)
  const width = gauges.length
  const blank = (length: number): null[] => Array.from({ length }, () => null)
  return {
    name: 'timeline',
    title: 'Over time',
    columns: [
      { name: 'time', unit: 'ns', description: 'Middle of the second, from the start of the load.' },
      ...['due', 'sent', 'completed', 'failed'].map((name) => ({ name, unit: '1/s' })),
      { name: 'in flight', unit: null, description: 'Mean.' },
      ...PERCENTILES.map((name) => ({ name, unit: 'ns' })),
      ...PERCENTILES.map((name) => ({ name: `${name} of few`, unit: 'ns' })),
      { name: 'dispatch lag p99', unit: 'ns' },
      ...gauges.map(([name, { unit }]) => ({ name: gaugeColumn(name), unit })),
      { name: 'event at', unit: 'ns' },
      { name: 'event', unit: null },
    ],
    rows: [
      ...spans.map((span): Row => {
        const few = span.completed < FEW
        const percentiles = PERCENTILES.map((name) => span[name])
        return [
          (span.from + span.until) / 2,
          ...(['due', 'sent', 'completed', 'failed'] as const).map((name) => rateOf(span, span[name])),
          span.inFlight,
          ...(few ? blank(PERCENTILES.length) : percentiles),
          ...(few ? percentiles : blank(PERCENTILES.length)),
          span.lagP99,
          ...gauges.map(([name]) => span.gauges[name] ?? null),
          null,
          null,
        ]
      }),
      ...events.map(({ at, text }): Row => [...blank(6 + 2 * PERCENTILES.length + 1 + width), at, text]),
    ],
    notes: [],
    plotOnly: true,
    plots: spans.length === 0 ? [] : plotsOf(spans, gauges, events.length > 0, notes),
  }
}

/** A window, or several that had to become one. */
interface Span extends Omit<WindowResult, 'sent' | 'gauges' | 'streams' | 'phase'> {
  readonly sent: number | null
  readonly gauges: Readonly<Record<string, number | null>>
  readonly windows: number
}

/** At most {@link MOST_POINTS}: counts are added up; of percentiles the highest stands for all, because they have no mean. */
function mergeWindows(windows: readonly WindowResult[]): readonly Span[] {
  const size = Math.max(1, Math.ceil(windows.length / MOST_POINTS))
  return Array.from({ length: Math.ceil(windows.length / size) }, (_, index) =>
    mergeSpan(windows.slice(index * size, (index + 1) * size)),
  )
}

function mergeSpan(windows: readonly WindowResult[]): Span {
  const [first, last] = [windows[0], windows.at(-1)] as [WindowResult, WindowResult]
  const sum = (read: (window: WindowResult) => number): number =>
    windows.reduce((total, window) => total + read(window), 0)
  const highest = (read: (window: WindowResult) => number | null): number | null =>
    windows.reduce<number | null>((most, window) => {
      const value = read(window)
      return value === null || (most !== null && most >= value) ? most : value
    }, null)
  const names = new Set(windows.flatMap(({ gauges = {} }) => Object.keys(gauges)))
  return {
    from: first.from,
    until: last.until,
    due: sum(({ due }) => due),
    sent: windows.every(({ sent }) => sent !== undefined) ? sum(({ sent = 0 }) => sent) : null,
    completed: sum(({ completed }) => completed),
    failed: sum(({ failed }) => failed),
    inFlight: meanOf(windows.map(({ inFlight }) => inFlight)),
    p50: highest(({ p50 }) => p50),
    p95: highest(({ p95 }) => p95),
    p99: highest(({ p99 }) => p99),
    lagP99: highest(({ lagP99 }) => lagP99),
    gauges: Object.fromEntries(
      [...names].map((name) => [name, meanOf(windows.map(({ gauges }) => gauges?.[name] ?? null))]),
    ),
    windows: windows.length,
  }
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

function rateOf({ from, until }: Span, count: number | null): number | null {
  return count === null ? null : (count * 1e9) / (until - from)
}

function eventsOf({ events, phases, windows }: TimelineTrial): {
  readonly events: readonly { readonly at: number; readonly text: string }[]
  readonly notes: readonly string[]
} {
  const kinds = Map.groupBy(events, ({ kind }) => kind)
  const frequent = [...kinds].filter(([, those]) => those.length > MOST_EVENTS)
  const rare = events.filter(({ kind }) => (kinds.get(kind)?.length ?? 0) <= MOST_EVENTS)
  const { from, until } = phases.measurement
  const end = windows.at(-1)?.until ?? 0
  const bounds = [
    { at: from, text: 'measurement' },
    { at: until, text: 'drain' },
  ].filter(({ at }) => at > 0 && at < end)
  return {
    events: [
      ...bounds,
      ...rare.map(({ at, kind, message }) => ({ at, text: `${kind}: ${message}` })),
    ].toSorted((a, b) => a.at - b.at),
    notes: frequent.map(([kind, those]) => `${those.length} events '${kind}' are not marked.`),
  }
}

function plotsOf(
  spans: readonly Span[],
  gauges: readonly (readonly [string, Trial['gauges'][string]])[],
  hasEvents: boolean,
  notes: readonly string[],
): readonly Plot[] {
  const [first, last] = [spans[0], spans.at(-1)] as [Span, Span]
  const x: PlotAxis = { title: 'Time', unit: 'ns', scale: 'linear', from: first.from, to: last.until }
  const merged = first.windows > 1
  const rules: readonly PlotLayer[] = hasEvents ? [{ mark: 'rules', x: 'event at', text: 'event' }] : []
  const line = (y: string): PlotLayer => ({ mark: 'line', x: 'time', y, label: y })
  const failures = spans.some(({ failed }) => failed > 0)
  const sent = spans.some((span) => span.sent !== null)
  const seconds = merged
    ? [
        `Each point stands for ${formatNanos(first.until - first.from)}; percentiles are the highest of its seconds.`,
      ]
    : []
  const few = spans.some((span) => span.completed > 0 && span.completed < FEW)
  const plots: Plot[] = [
    {
      name: 'rates',
      title: 'Load and throughput',
      x,
      y: { title: 'Requests', unit: '1/s', scale: 'linear' },
      layers: [
        { mark: 'area', x: 'time', y: 'due', label: 'due' },
        ...(sent ? [line('sent')] : []),
        line('completed'),
        ...(failures ? [line('failed')] : []),
        ...rules,
      ],
      notes: ['Due: by the plan of the load.', ...seconds, ...notes],
    },
    {
      name: 'in-flight',
      title: 'Requests in flight',
      x,
      y: { title: 'Requests', unit: null, scale: 'linear' },
      layers: [{ mark: 'area', x: 'time', y: 'in flight', label: 'in flight' }, ...rules],
    },
    {
      name: 'response-times',
      title: 'Response times',
      x,
      y: { title: 'Response time', unit: 'ns', scale: 'log' },
      layers: [
        ...PERCENTILES.map((name) => line(name)),
        ...(few
          ? PERCENTILES.map((name): PlotLayer => ({
              mark: 'points',
              x: 'time',
              y: `${name} of few`,
              label: name,
            }))
          : []),
        ...rules,
      ],
      notes: [...(few ? [`Seconds with fewer than ${FEW} answers have points.`] : []), ...seconds],
    },
    {
      name: 'dispatch-lag',
      title: 'Dispatch lag of the load generator',
      x,
      y: { title: 'Dispatch lag, p99', unit: 'ns', scale: 'log' },
      layers: [line('dispatch lag p99'), ...rules],
    },
  ]
  for (const [unit, those] of Map.groupBy(gauges, ([, gauge]) => gauge.unit)) {
    const title = GAUGE_TITLES[unit] ?? `Gauges in ${unit}`
    for (let part = 0; part * MOST_GAUGES < those.length; part++) {
      const shown = those.slice(part * MOST_GAUGES, (part + 1) * MOST_GAUGES)
      const number = those.length > MOST_GAUGES ? ` (${part + 1})` : ''
      plots.push({
        name: `${slug(title)}${part === 0 ? '' : `-${part + 1}`}`,
        title: `${title}${number}`,
        x,
        // Of shares the whole is seen, so that pictures can be compared.
        y: { title, unit, scale: 'linear', ...(unit === '1' && isShare(shown) ? { from: 0, to: 1 } : {}) },
        layers: [
          ...shown.map(([name]): PlotLayer => ({
            mark: 'line',
            x: 'time',
            y: gaugeColumn(name),
            label: name,
          })),
          ...rules,
        ],
      })
    }
  }
  return plots
}

function isShare(gauges: readonly (readonly [string, Trial['gauges'][string]])[]): boolean {
  return gauges.every(([, { min, max }]) => (min ?? 0) >= 0 && (max ?? 1) <= 1)
}

/** A gauge may be called as a column of the trial is. */
function gaugeColumn(name: string): string {
  return `gauge ${name}`
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
