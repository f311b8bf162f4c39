import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot, PlotAxis, PlotLayer } from '../plot.ts'
import { poolTrials } from '../pool.ts'
import type { AnalysisTable, Metrics, RunResult, Trial } from '../result.ts'
import type { SearchResult } from '../search-result.ts'
import { levelsByAxis } from './load-series.ts'
import { responseLimit } from './measured-scenarios.ts'
import { axisEnds, axisScale } from './sampled-range.ts'

/** What a scenario did at several loads. */
interface Curve {
  readonly file: string
  /** `describe > scenario` */
  readonly title: string
  /** What it is told from others of its scenario by. */
  readonly name: string
  readonly kind: 'users' | 'rate'
  readonly points: readonly { readonly load: number; readonly metrics: Metrics }[]
  /** The answer of the search that the curve is of. */
  readonly answer: number | null
  /** What its SLO allows the highest percentile that it limits, ns. */
  readonly limit: ReturnType<typeof responseLimit>
}

const FEWEST = 2
/** From this ratio on times are drawn on a logarithmic axis. */
const WIDE = 30
const NEAR = 5

/**
 * Response time and throughput against users or offered load: for every scenario with an axis of loads, and for every
 * search over its probes.
 */
export function drawLoadCurves(result: RunResult): readonly AnalysisTable[] {
  const curves = [...curvesByAxis(result), ...curvesBySearch(result)]
  const groups = Map.groupBy(curves, ({ file, title, kind }) => JSON.stringify([file, title, kind]))
  return [...groups.values()].map(tableOf)
}

function curvesByAxis(result: RunResult): readonly Curve[] {
  return levelsByAxis(result, FEWEST).flatMap(({ rest, levels }) => {
    const [first] = levels
    if (first === undefined) return []
    return [
      {
        file: first.one.file,
        title: first.one.path.join(' > '),
        name: caseName(rest),
        kind: first.kind,
        points: levels.flatMap(({ load, one }) =>
          one.pooled === null ? [] : [{ load, metrics: one.pooled }],
        ),
        answer: null,
        limit: limitOf(first.trials[0]),
      },
    ]
  })
}

function curvesBySearch(result: RunResult): readonly Curve[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  return result.searches.flatMap((search): readonly Curve[] => {
    const levels = Map.groupBy(
      search.probes.filter(({ validity }) => validity !== 'invalid'),
      ({ value }) => value,
    )
    const points = [...levels]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([load, probes]) => {
        const measured = probes.flatMap(({ trial }) => trials.get(trial) ?? [])
        return measured.length === 0 ? [] : [{ load, metrics: poolTrials(measured) }]
      })
    if (points.length < FEWEST) return []
    return [curveOf(search, points, trials.get(search.probes[0]?.trial ?? ''))]
  })
}

function curveOf(search: SearchResult, points: Curve['points'], probe: Trial | undefined): Curve {
  return {
    file: search.file,
    title: search.path.join(' > '),
    name: caseName(search.case),
    kind: search.vary === 'rate' ? 'rate' : 'users',
    points,
    answer: search.answer?.value ?? null,
    limit: limitOf(probe),
  }
}

function limitOf(trial: Trial | undefined): Curve['limit'] {
  const [stream, ...others] = Object.values(trial?.plan.streams ?? {})
  return stream === undefined || others.length > 0 ? null : responseLimit(stream)
}

type Percentile = 'p50' | 'p95' | 'p99'
const PERCENTILES: readonly Percentile[] = ['p50', 'p95', 'p99']

const COLUMNS: AnalysisTable['columns'] = [
  { name: 'series', unit: null },
  { name: 'part', unit: null, description: 'measured, the answer of the search, or the limit of the SLO.' },
  { name: 'load', unit: null, description: 'Users, or arrivals per second.' },
  { name: 'throughput', unit: '1/s' },
  { name: 'throughput low', unit: '1/s' },
  { name: 'throughput high', unit: '1/s' },
  ...PERCENTILES.flatMap((name) => [
    { name, unit: 'ns' },
    { name: `${name} low`, unit: 'ns' },
    { name: `${name} high`, unit: 'ns' },
  ]),
  { name: 'error rate', unit: '1' },
  { name: 'limit', unit: 'ns', description: 'What the SLO allows its highest percentile.' },
]

function tableOf(curves: readonly Curve[]): AnalysisTable {
  const [{ title, kind }] = curves as readonly [Curve]
  return {
    name: 'load-curve',
    title: `${title}: response time and throughput against ${kind === 'users' ? 'users' : 'offered load'}`,
    columns: COLUMNS,
    rows: curves.flatMap(({ name, points, answer, limit }) => [
      ...points.map(({ load, metrics }) => measuredRow(name, load, metrics)),
      ...(answer === null ? [] : [rowOf({ series: name, part: 'answer', load: answer })]),
      ...(limit === null ? [] : [rowOf({ series: name, part: 'limit', limit: limit.limit })]),
    ]),
    notes: [],
    plots: plotsOf(curves, kind),
    plotOnly: true,
  }
}

function measuredRow(series: string, load: number, metrics: Metrics): readonly JsonValue[] {
  const { responseTime, throughput, rateIntervals, counts } = metrics
  const ends = (name: string): Readonly<Record<string, JsonValue>> => ({
    [`${name} low`]: responseTime.intervals[name]?.[0] ?? null,
    [`${name} high`]: responseTime.intervals[name]?.[1] ?? null,
  })
  return rowOf({
    series,
    part: 'measured',
    load,
    throughput,
    'throughput low': rateIntervals.throughput?.[0] ?? null,
    'throughput high': rateIntervals.throughput?.[1] ?? null,
    p50: responseTime.p50,
    ...ends('p50'),
    p95: responseTime.p95,
    ...ends('p95'),
    p99: responseTime.p99,
    ...ends('p99'),
    'error rate': counts.due === 0 ? null : 1 - (counts.completed - counts.incorrect) / counts.due,
  })
}

function rowOf(cells: Readonly<Record<string, JsonValue>>): readonly JsonValue[] {
  return COLUMNS.map(({ name }) => cells[name] ?? null)
}

const MEASURED = { column: 'part', is: 'measured' } as const

/** Logarithmic for times that differ much; the limit is shown where it is near them. */
function timeAxis(points: Curve['points'], names: readonly Percentile[], limit: number | null): PlotAxis {
  const times = points.flatMap(({ metrics }) =>
    names.flatMap((name) => metrics.responseTime[name] ?? []).filter((time) => time > 0),
  )
  const most = Math.max(...times)
  const shown = limit !== null && limit < NEAR * most ? [...times, limit] : times
  const scale = most > WIDE * Math.min(...times) ? 'log' : 'linear'
  return { title: 'response time', unit: 'ns', scale, ...axisEnds(shown, scale) }
}

/** The percentile that is drawn of those that an SLO may limit. */
function percentileLike(percentile: number): Percentile {
  return percentile <= 50 ? 'p50' : percentile <= 95 ? 'p95' : 'p99'
}

function plotsOf(curves: readonly Curve[], kind: Curve['kind']): readonly Plot[] {
  const named = curves.length > 1
  const points = curves.flatMap((curve) => curve.points)
  const loads = {
    title: kind === 'users' ? 'users' : 'offered load',
    unit: kind === 'users' ? null : '1/s',
    scale: axisScale(points.map(({ load }) => load)),
  } as const
  const line = (x: string, y: string): PlotLayer => ({
    mark: 'line',
    x,
    y,
    low: `${y} low`,
    high: `${y} high`,
    where: MEASURED,
    ...(named ? { group: 'series' } : { label: y }),
  })
  const answer: PlotLayer = {
    mark: 'rules',
    x: 'load',
    where: { column: 'part', is: 'answer' },
    text: 'part',
    ...(named ? { group: 'series' } : { label: 'answer' }),
  }
  const answers = curves.some((curve) => curve.answer !== null) ? [answer] : []
  const [limit] = curves.flatMap((curve) => curve.limit ?? [])
  const throughput = {
    title: 'throughput',
    unit: '1/s',
    scale: 'linear',
    ...axisEnds(
      points.map(({ metrics }) => metrics.throughput),
      'linear',
    ),
  } as const
  // Lines of several series and percentiles at once cannot be told apart.
  const shown = named ? PERCENTILES.map((name) => [name]) : [PERCENTILES]
  return [
    ...shown.flatMap((names): readonly Plot[] => {
      const suffix = named ? `-${names[0]}` : ''
      const what = named ? names[0] : 'Response time'
      const isLimited = limit !== undefined && names.includes(percentileLike(limit.percentile))
      const rules: readonly PlotLayer[] = isLimited
        ? [{ mark: 'rules', y: 'limit', label: `limit of p${limit.percentile}` }]
        : []
      const time = timeAxis(points, names, isLimited ? limit.limit : null)
      return [
        {
          name: `latency-load${suffix}`,
          title: `${what} against ${kind === 'users' ? 'users' : 'offered load'}`,
          x: loads,
          y: time,
          layers: [...names.map((name) => line('load', name)), ...rules, ...answers],
        },
        {
          name: `latency-throughput${suffix}`,
          title: `${what} against throughput`,
          x: throughput,
          y: time,
          layers: [...names.map((name) => line('throughput', name)), ...rules],
          notes: ['From point to point the load grows; where the line turns back, more load brings less.'],
        },
      ]
    }),
    {
      name: 'throughput-load',
      title: `Throughput against ${kind === 'users' ? 'users' : 'offered load'}`,
      x: loads,
      y: throughput,
      layers: [
        line('load', 'throughput'),
        ...(kind === 'rate'
          ? [
              {
                mark: 'line',
                x: 'load',
                y: 'load',
                where: MEASURED,
                dashed: true,
                label: 'all that is offered',
              } as const,
            ]
          : []),
        ...answers,
      ],
    },
  ]
}
