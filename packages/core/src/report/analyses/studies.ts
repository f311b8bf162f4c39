import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import { formatShare } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { studyMetric } from '../study/study-metric.ts'
import type { StudyMeasurement, StudyPoint, StudyResult } from '../study/study-result.ts'
import { ablationTable } from './study-ablation.ts'
import { modelAnalyzerTable } from './study-details.ts'

/** Configurations in the summary; the detail has all. */
const MOST_SHOWN = 10
/** Points of a plot beyond this are left to the detail. */
const MOST_DRAWN = 400

/** What studies have found. */
export function analyseStudies({ studies = [] }: Pick<RunResult, 'studies'>): readonly AnalysisTable[] {
  return studies.flatMap((study) => [
    summaryTable(study),
    ...curveTable(study),
    ...memoryTable(study),
    ...sensitivityTable(study),
    ...ablationTable(study),
    ...failureTable(study),
    ...modelAnalyzerTable(study),
  ])
}

/** Configurations from the best on; the default always among them. */
export function rankedPoints({ points, best }: StudyResult): readonly StudyPoint[] {
  const place = (point: StudyPoint): number => {
    const index = best.indexOf(point.id)
    return index < 0 ? best.length : index
  }
  const score = ({ score: own, feasible }: StudyPoint): number =>
    own === null ? -Infinity : feasible ? own : -1e6 + own / 1e6
  return points.toSorted((one, other) => place(one) - place(other) || score(other) - score(one))
}

/** `instances=4,batch=8` without the axes that are the same everywhere. */
export function shortName(
  { plan }: StudyResult,
  { configuration }: Pick<StudyPoint, 'configuration'>,
): string {
  const varied = plan.axes.filter(({ values }) => values.length > 1).map(({ name }) => name)
  return caseName(Object.fromEntries(Object.entries(configuration).filter(([name]) => varied.includes(name))))
}

export function measurementOf(
  { measurements }: StudyResult,
  { best }: StudyPoint,
): StudyMeasurement | undefined {
  return best === null ? undefined : measurements[best]
}

/** What is shown of configurations besides what is aimed at: those that were measured anywhere. */
const SHOWN: readonly (readonly [metric: string, title: string, unit: string | null])[] = [
  ['throughput', 'throughput', '1/s'],
  ['responseTime.p50', 'p50', 'ns'],
  ['responseTime.p99', 'p99', 'ns'],
  ['errorRate', 'errors', '1'],
  ['stages.queue', 'queue', 'ns'],
  ['stages.computeInfer', 'compute', 'ns'],
  ['gauges.host.memory.used', 'host memory', 'By'],
  ['gauges.server.memory.rss', 'server memory', 'By'],
  ['gauges.gpu0.memory.used', 'GPU memory', 'By'],
  ['gauges.gpu0.utilization', 'GPU use', '1'],
  ['power', 'power', 'W'],
  ['cost.perMonth', 'cost per month', null],
  ['startup', 'start', 'ns'],
  ['quality', 'quality', null],
]

function summaryTable(study: StudyResult): AnalysisTable {
  const { points, baseline, measurements, plan } = study
  const ranked = rankedPoints(study)
  const shown = ranked.slice(0, MOST_SHOWN)
  const base = ranked.find(({ id }) => id === baseline)
  if (base !== undefined && !shown.includes(base)) shown.push(base)
  const extra = plan.objectives
    .filter(({ metric }) => !SHOWN.some(([known]) => known === metric))
    .map(({ metric }) => [metric, metric, studyMetric(metric)?.unit ?? null] as const)
  const isKnown = (metric: string): boolean => measurements.some(({ metrics }) => metrics[metric] != null)
  const columns = [...SHOWN, ...extra].filter(([metric]) => isKnown(metric))
  const infeasible = points.filter(({ feasible, score }) => !feasible && score !== null).length
  const failed = points.filter(({ score }) => score === null).length
  const loads =
    plan.loads === null ? [] : [{ name: plan.loads.vary === 'rate' ? 'rate' : 'users', unit: null }]
  return {
    name: `study-${study.id}`,
    title: `Study: ${study.path.join(' > ')}`,
    columns: [
      { name: 'configuration', unit: null },
      { name: '', unit: null, description: 'Whether it is the best, the default, or misses a constraint.' },
      { name: 'gain', unit: null, description: 'Against the default, with its 95 % interval.' },
      ...loads,
      ...columns.map(([, title, unit]) => ({ name: title, unit })),
    ],
    rows: shown.map((point): JsonValue[] => {
      const measurement = measurementOf(study, point)
      return [
        shortName(study, point),
        markOf(study, point),
        gainText(point),
        ...loads.map(() => measurement?.load ?? null),
        ...columns.map(([metric]) => measurement?.metrics[metric] ?? null),
      ]
    }),
    notes: [
      study.message,
      `${points.length} of ${study.size} configurations measured (${study.search.strategy})${infeasible > 0 ? `, ${infeasible} miss a constraint` : ''}${failed > 0 ? `, ${failed} could not be measured` : ''}.`,
      ...study.notes,
    ],
  }
}

function markOf({ best, baseline }: StudyResult, { id, feasible, score, pareto }: StudyPoint): string {
  const words = [
    best[0] === id ? (best.length > 1 ? 'best, ties' : 'best') : best.includes(id) ? 'ties' : null,
    id === baseline ? 'default' : null,
    score === null ? 'failed' : feasible ? null : 'misses a constraint',
    pareto && !best.includes(id) ? 'front' : null,
  ]
  return words.filter((word) => word !== null).join(', ')
}

export function gainText({ gain, gainInterval }: Pick<StudyPoint, 'gain' | 'gainInterval'>): string | null {
  if (gain === null) return null
  const signed = (share: number): string => `${share >= 0 ? '+' : '−'}${formatShare(Math.abs(share))}`
  return gainInterval === null
    ? signed(gain)
    : `${signed(gain)} [${signed(gainInterval[0])}, ${signed(gainInterval[1])}]`
}

/** Throughput and latency of every configuration at every load. */
function curveTable(study: StudyResult): readonly AnalysisTable[] {
  const ranked = rankedPoints(study)
  const leading = new Set(
    ranked
      .slice(0, 6)
      .map(({ id }) => id)
      .concat(study.baseline),
  )
  const order = new Map(ranked.map(({ id }, place) => [id, place]))
  const sorted = study.measurements.toSorted(
    (one, other) =>
      (order.get(one.point) ?? 0) - (order.get(other.point) ?? 0) || (one.load ?? 0) - (other.load ?? 0),
  )
  const rows = sorted.flatMap((measurement): JsonValue[][] => {
    const { metrics, intervals, fidelity, purpose } = measurement
    if (fidelity < 1 || purpose === 'confirm' || metrics['throughput'] == null) return []
    const [low, high] = intervals['responseTime.p99'] ?? [null, null]
    return [
      [
        shortName(study, measurement),
        measurement.load,
        metrics['throughput'],
        metrics['responseTime.p50'] ?? null,
        metrics['responseTime.p90'] ?? null,
        metrics['responseTime.p99'] ?? null,
        low,
        high,
        measurement.point === study.baseline
          ? 'default'
          : study.best.includes(measurement.point)
            ? 'best'
            : leading.has(measurement.point)
              ? 'leading'
              : 'other',
        measurement.violation <= 0,
      ],
    ]
  })
  if (rows.length < 2) return []
  const drawn = rows.slice(0, MOST_DRAWN)
  const budget = study.measurements
    .flatMap(({ terms }) => terms)
    .find(({ term }) => term === 'responseTime.p99')?.limit
  const marks = (mark: 'line' | 'points'): Plot['layers'][number] => ({
    mark,
    x: 'throughput',
    y: 'p99',
    group: 'configuration',
    ...(mark === 'points' ? { low: 'p99 low', high: 'p99 high' } : {}),
  })
  const plots: Plot[] = [
    {
      name: 'throughput-latency',
      title: 'Throughput and latency',
      x: { title: 'throughput', unit: '1/s', scale: 'linear' },
      y: { title: 'p99 response time', unit: 'ns', scale: 'log' },
      layers: [...(study.plan.loads === null ? [] : [marks('line')]), marks('points')],
      ...(budget === undefined
        ? {}
        : { notes: [`The latency budget is ${Number((budget / 1e6).toPrecision(4))} ms.`] }),
    },
  ]
  if (study.plan.loads !== null) {
    plots.push({
      name: 'load-throughput',
      title: 'Throughput by load',
      x: {
        title: study.plan.loads.vary === 'rate' ? 'rate' : 'users',
        unit: study.plan.loads.vary === 'rate' ? '1/s' : null,
        scale: 'log',
      },
      y: { title: 'throughput', unit: '1/s', scale: 'linear' },
      layers: [{ mark: 'line', x: 'load', y: 'throughput', group: 'configuration' }],
    })
  }
  return [
    {
      name: `study-curve-${study.id}`,
      title: `Throughput and latency: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'load', unit: null },
        { name: 'throughput', unit: '1/s' },
        { name: 'p50', unit: 'ns' },
        { name: 'p90', unit: 'ns' },
        { name: 'p99', unit: 'ns' },
        { name: 'p99 low', unit: 'ns' },
        { name: 'p99 high', unit: 'ns' },
        { name: 'standing', unit: null },
        { name: 'keeps constraints', unit: null },
      ],
      rows: drawn,
      notes:
        rows.length > drawn.length ? [`${rows.length - drawn.length} further rows are in result.json.`] : [],
      plots,
      plotOnly: true,
    },
  ]
}

const MEMORY = ['gauges.gpu0.memory.used', 'gauges.server.memory.rss', 'gauges.host.memory.used'] as const

/** Memory against latency, by the memory that was read and is nearest to the model. */
function memoryTable(study: StudyResult): readonly AnalysisTable[] {
  const metric = MEMORY.find((name) => study.measurements.some(({ metrics }) => metrics[name] != null))
  if (metric === undefined) return []
  const rows = rankedPoints(study)
    .slice(0, MOST_DRAWN)
    .flatMap((point): JsonValue[][] => {
      const metrics = measurementOf(study, point)?.metrics
      if (metrics?.[metric] == null) return []
      return [
        [shortName(study, point), metrics[metric], metrics['responseTime.p99'] ?? null, markOf(study, point)],
      ]
    })
  return [
    {
      name: `study-memory-${study.id}`,
      title: `Memory and latency: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'memory', unit: 'By', description: metric },
        { name: 'p99', unit: 'ns' },
        { name: 'standing', unit: null },
      ],
      rows,
      notes: [],
      plots: [
        {
          name: 'memory-latency',
          title: 'Memory and latency',
          x: { title: 'memory', unit: 'By', scale: 'linear' },
          y: { title: 'p99 response time', unit: 'ns', scale: 'log' },
          layers: [{ mark: 'points', x: 'memory', y: 'p99', group: 'configuration' }],
        },
      ],
      plotOnly: true,
    },
  ]
}

function sensitivityTable(study: StudyResult): readonly AnalysisTable[] {
  const rows = study.sensitivity
    .toSorted((one, other) => (other.share ?? 0) - (one.share ?? 0))
    .flatMap(({ axis, share, values }) =>
      values
        .filter(({ points }) => points > 0)
        .map(({ value, points, gain }): JsonValue[] => [axis, String(value), gain, points, share]),
    )
  if (rows.length < 2) return []
  return [
    {
      name: `study-sensitivity-${study.id}`,
      title: `What each axis does: ${study.path.join(' > ')}`,
      columns: [
        { name: 'axis', unit: null },
        { name: 'value', unit: null },
        {
          name: 'against the best value',
          unit: '1',
          description: 'Mean over the configurations that were measured with the value.',
        },
        { name: 'configurations', unit: null },
        {
          name: 'share',
          unit: '1',
          description: 'Of the variance of all scores that the axis explains by itself.',
        },
      ],
      rows,
      notes:
        study.search.strategy === 'grid'
          ? []
          : ['The search looked at some values more often than at others: means compare unequal company.'],
      plots: [
        {
          name: 'sensitivity',
          title: 'What each axis does',
          x: { title: 'value', unit: null, scale: 'category' },
          y: { title: 'against the best value', unit: '1', scale: 'linear' },
          layers: [{ mark: 'bars', x: 'value', y: 'against the best value', group: 'axis' }],
        },
      ],
    },
  ]
}

/** Configurations that could not be measured, with why. */
function failureTable(study: StudyResult): readonly AnalysisTable[] {
  const failed = study.points.filter(({ error, score }) => error !== null && score === null)
  if (failed.length === 0) return []
  return [
    {
      name: `study-failures-${study.id}`,
      title: `Could not be measured: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'why', unit: null },
        { name: 'last of its log', unit: null },
      ],
      rows: failed
        .slice(0, 50)
        .map((point) => [
          shortName(study, point),
          point.error?.message ?? null,
          point.error?.detail?.trim().split('\n').at(-1)?.slice(0, 300) ?? null,
        ]),
      notes: failed.length > 50 ? [`${failed.length - 50} further ones are in result.json.`] : [],
    },
  ]
}
