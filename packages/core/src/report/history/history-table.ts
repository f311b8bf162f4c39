import { changePoints } from '../../stats/steady/change-points.ts'
import { formatNumber } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'
import type { CasePoint, HistoryMetric, RunSummary } from './run-summary.ts'

/**
 * One metric of one case over runs, the oldest first, with the levels between change points. Only runs of one machine and
 * one engine share a series: across them numbers are not comparable. Runs whose measurement is invalid are shown, and
 * take no part in the levels.
 */
export function historyTable(
  runs: readonly RunSummary[],
  caseId: string,
  metric: Pick<HistoryMetric, 'name' | 'title' | 'unit'>,
): AnalysisTable {
  const points = runs
    .flatMap((run): readonly Point[] => {
      const one = run.cases.find(({ id }) => id === caseId)
      return one === undefined ? [] : [{ run, one }]
    })
    .sort((a, b) => (a.run.startedAt < b.run.startedAt ? -1 : a.run.startedAt > b.run.startedAt ? 1 : 0))
  const labels = labelRuns(points)
  const levels = new Map<Point, Level>()
  for (const own of Map.groupBy(points, seriesOf).values()) findLevels(own, metric.name, levels)
  const severalSeries = new Set(points.map(seriesOf)).size > 1
  const changes = [...levels.values()].filter(({ change }) => change !== null).length
  return {
    name: `history-${caseId}-${metric.name.replaceAll('.', '-').toLowerCase()}`,
    title: `${metric.title} of ${points.at(-1)?.one.name ?? caseId}`,
    columns: [
      { name: 'when', unit: null },
      { name: 'run', unit: null },
      { name: 'value', unit: metric.unit },
      { name: 'low', unit: metric.unit },
      { name: 'high', unit: metric.unit },
      { name: 'level', unit: metric.unit, description: 'Mean of the runs between two changes.' },
      { name: 'change', unit: null, description: 'Against the level before.' },
      { name: 'changed at', unit: null },
      { name: 'validity', unit: null },
      ...(severalSeries ? [{ name: 'measured on', unit: null }] : []),
    ],
    rows: points.map((point) => {
      const { value = null, interval = null } = point.one.metrics[metric.name] ?? {}
      const level = levels.get(point)
      const label = labels.get(point) as string
      return [
        label,
        point.run.id,
        value,
        interval?.[0] ?? null,
        interval?.[1] ?? null,
        level?.mean ?? null,
        level?.change ?? null,
        level?.change == null ? null : label,
        point.one.validity,
        ...(severalSeries ? [seriesOf(point)] : []),
      ]
    }),
    notes: [
      changes === 0
        ? 'No change of level is found.'
        : `${changes === 1 ? 'The level changes once' : `The level changes ${changes} times`}: by least squares with a penalty of 3·ln n noise variances for each change (PELT), at least three runs between two.`,
      ...(severalSeries
        ? [
            'Runs of several machines or engines: each is a series of its own, since their numbers are not comparable.',
          ]
        : []),
    ],
    plots: [
      {
        name: 'history',
        title: `${metric.title} over runs`,
        x: { title: 'run', unit: null, scale: 'category' },
        y: { title: metric.title, unit: metric.unit, scale: 'linear' },
        layers: [
          {
            mark: 'step',
            x: 'when',
            y: 'level',
            dashed: true,
            ...(severalSeries ? { group: 'measured on' } : { label: 'level' }),
          },
          {
            mark: 'points',
            x: 'when',
            y: 'value',
            low: 'low',
            high: 'high',
            ...(severalSeries ? { group: 'measured on' } : { label: 'run' }),
          },
          { mark: 'rules', x: 'changed at', text: 'change' },
        ],
      },
    ],
  }
}

interface Point {
  readonly run: RunSummary
  readonly one: CasePoint
}

interface Level {
  readonly mean: number
  /** `+12 %`, at the first run of a new level. */
  readonly change: string | null
}

function seriesOf({ run, one }: Point): string {
  return one.engine === '' ? run.machine : `${run.machine}, ${one.engine}`
}

/** `2026-11-22` where no other run began on that day, else with the time, or with the last part of the id. */
function labelRuns(points: readonly Point[]): ReadonlyMap<Point, string> {
  const labels = [
    ({ run }: Point): string => run.startedAt.slice(0, 10),
    ({ run }: Point): string => run.startedAt.slice(0, 16).replace('T', ' '),
    ({ run }: Point): string => `${run.startedAt.slice(0, 16).replace('T', ' ')} ${run.id.slice(-4)}`,
  ]
  const counts = labels.map((label) => Map.groupBy(points, label))
  return new Map(
    points.map((point) => {
      const unique = labels.find((label, index) => counts[index]?.get(label(point))?.length === 1)
      return [point, (unique ?? (({ run }) => run.id))(point)]
    }),
  )
}

function findLevels(points: readonly Point[], metric: string, levels: Map<Point, Level>): void {
  const known = points.flatMap((point) => {
    const value = point.one.metrics[metric]?.value ?? null
    return value === null || point.one.validity === 'invalid' ? [] : [{ point, value }]
  })
  const values = Float64Array.from(known, ({ value }) => value)
  const starts = [0, ...changePoints(values)]
  let before: number | null = null
  for (const [index, from] of starts.entries()) {
    const segment = known.slice(from, starts[index + 1])
    const mean = segment.reduce((sum, { value }) => sum + value, 0) / segment.length
    for (const [place, { point }] of segment.entries()) {
      levels.set(point, { mean, change: place === 0 && before !== null ? describe(before, mean) : null })
    }
    before = mean
  }
}

function describe(from: number, to: number): string {
  const difference = to - from
  if (from === 0) return `from 0 to ${formatNumber(to)}`
  const share = difference / Math.abs(from)
  if (Math.abs(share) < 0.0005) return '±0 %'
  return `${share < 0 ? '−' : '+'}${formatNumber(Math.abs(share) * 100)} %`
}
