import type { Scalar } from '../../dsl/matrix.ts'
import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import { formatShare } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { studyMetric } from '../study/study-metric.ts'
import type { StudyMeasurement, StudyPoint, StudyResult } from '../study/study-result.ts'
import { ablationTable } from './study-ablation.ts'
import { modelAnalyzerTable } from './study-details.ts'
import { missingStreams, modelMetrics, severalTable } from './study-several.ts'

/** Configurations in the summary; the detail has all. */
const MOST_SHOWN = 10
/** Points of a plot beyond this are left to the detail. */
const MOST_DRAWN = 400

/** What studies have found. */
export function analyseStudies({ studies = [] }: Pick<RunResult, 'studies'>): readonly AnalysisTable[] {
  return studies.flatMap((study) => [
    summaryTable(study),
    ...severalTable(study, shownPoints(study), (point) => shortName(study, point)),
    ...partsTable(study),
    ...curveTable(study),
    ...memoryTable(study),
    ...sensitivityTable(study),
    ...ablationTable(study, (axis) => axisLabel(study, axis)),
    ...failureTable(study),
    ...modelAnalyzerTable(study),
  ])
}

/** Configurations from the best on; the default always among them. */
function rankedPoints({ points, best }: StudyResult): readonly StudyPoint[] {
  const place = (point: StudyPoint): number => {
    const index = best.indexOf(point.id)
    return index < 0 ? best.length : index
  }
  const score = ({ score: own, feasible }: StudyPoint): number =>
    own === null ? -Infinity : feasible ? own : -1e6 + own / 1e6
  return points.toSorted((one, other) => place(one) - place(other) || score(other) - score(one))
}

/** `instances=4,batch=8` without the axes that are the same everywhere. */
function shortName(study: StudyResult, { configuration }: Pick<StudyPoint, 'configuration'>): string {
  const varied = variedAxes(study)
  const short = shortAxes(varied)
  return caseName(
    Object.fromEntries(varied.map((name, index) => [short[index] ?? name, configuration[name] as Scalar])),
  )
}

function measurementOf({ measurements }: StudyResult, { best }: StudyPoint): StudyMeasurement | undefined {
  return best === null ? undefined : measurements[best]
}

/** Of more axes a table for people has no room. */
const MOST_AXES = 6

function variedAxes({ plan }: StudyResult): readonly string[] {
  return plan.axes.filter(({ values }) => values.length > 1).map(({ name }) => name)
}

/** What an axis is called in tables for people. */
function axisLabel(study: StudyResult, axis: string): string {
  const axes = study.plan.axes.map(({ name }) => name)
  return shortAxes(axes)[axes.indexOf(axis)] ?? axis
}

/** Paths of settings by their last parts, as far as these tell them apart: `models.mlp.instances` is `instances`. */
function shortAxes(axes: readonly string[]): readonly string[] {
  return axes.map((axis) => {
    const parts = axis.split('.')
    for (let kept = 1; kept < parts.length; kept++) {
      const end = parts.slice(-kept).join('.')
      if (axes.filter((other) => other === end || other.endsWith(`.${end}`)).length === 1) return end
    }
    return axis
  })
}

/** A column for each axis, so that values stand below each other. */
function nameColumns(study: StudyResult): AnalysisTable['columns'] {
  const axes = variedAxes(study)
  const names = axes.length === 0 || axes.length > MOST_AXES ? ['configuration'] : shortAxes(axes)
  return names.map((name) => ({ name, unit: null }))
}

function nameCells(study: StudyResult, point: StudyPoint): readonly JsonValue[] {
  const axes = variedAxes(study)
  if (axes.length === 0 || axes.length > MOST_AXES) return [shortName(study, point)]
  return axes.map((name) => {
    const value = point.configuration[name] ?? null
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
  })
}

type ShownMetric = readonly [metric: string, title: string, unit: string | null]

const SUMMARY: readonly ShownMetric[] = [
  ['throughput', 'throughput', '1/s'],
  ['responseTime.p50', 'p50', 'ns'],
  ['responseTime.p99', 'p99', 'ns'],
]

/** What is shown of configurations besides: those that were measured anywhere. */
const PARTS: readonly ShownMetric[] = [
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
  const { points, plan } = study
  const shown = shownPoints(study)
  const ofModels = modelMetrics(study)
  // Percentiles over the requests of several models say nothing of any.
  const usual = ofModels.length === 0 ? SUMMARY : [...ofModels, ...SUMMARY.slice(0, 1)]
  const aims = plan.objectives
    .filter(({ metric }) => !usual.some(([known]) => known === metric))
    .map(({ metric }): ShownMetric => [
      metric,
      PARTS.find(([known]) => known === metric)?.[1] ?? metric,
      studyMetric(metric)?.unit ?? null,
    ])
  const columns = knownOf(study, [...aims, ...usual])
  const infeasible = points.filter(({ feasible, score }) => !feasible && score !== null).length
  const failed = points.filter(({ score }) => score === null).length
  const loads =
    plan.loads === null ? [] : [{ name: plan.loads.vary === 'rate' ? 'rate' : 'users', unit: null }]
  return {
    name: `study-${study.id}`,
    title: `Study: ${study.path.join(' > ')}`,
    columns: [
      ...nameColumns(study),
      {
        name: 'standing',
        unit: null,
        description: 'Whether it is the best, the default, or misses a constraint.',
      },
      { name: 'gain', unit: null, description: 'Against the default.' },
      { name: 'interval', unit: null, description: 'Of the gain: 95 %.', rank: 4 },
      ...loads.map((load) => ({ ...load, rank: 2 })),
      ...columns.map(([metric, title, unit]) => ({
        name: title,
        unit,
        ...(metric === 'responseTime.p50' || (ofModels.length > 0 && metric === 'throughput')
          ? { rank: 3 }
          : {}),
      })),
    ],
    rows: shown.map((point): JsonValue[] => {
      const measurement = measurementOf(study, point)
      return [
        ...nameCells(study, point),
        markOf(study, point),
        point.gain === null ? null : signed(point.gain),
        intervalText(point),
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

function shownPoints(study: StudyResult): readonly StudyPoint[] {
  const ranked = rankedPoints(study)
  const shown = ranked.slice(0, MOST_SHOWN)
  const base = ranked.find(({ id }) => id === study.baseline)
  return base === undefined || shown.includes(base) ? shown : [...shown, base]
}

function knownOf({ measurements }: StudyResult, metrics: readonly ShownMetric[]): readonly ShownMetric[] {
  return metrics.filter(([metric]) => measurements.some((one) => one.metrics[metric] != null))
}

/** Where the time goes, and what a configuration takes. */
function partsTable(study: StudyResult): readonly AnalysisTable[] {
  const columns = knownOf(study, PARTS).filter(
    ([metric]) => metric !== 'errorRate' || study.measurements.some((one) => one.metrics[metric] !== 0),
  )
  if (columns.length === 0) return []
  return [
    {
      name: `study-parts-${study.id}`,
      title: `What configurations take: ${study.path.join(' > ')}`,
      columns: [...nameColumns(study), ...columns.map(([, title, unit]) => ({ name: title, unit }))],
      rows: shownPoints(study).map((point): JsonValue[] => {
        const metrics = measurementOf(study, point)?.metrics
        return [...nameCells(study, point), ...columns.map(([metric]) => metrics?.[metric] ?? null)]
      }),
      notes: [],
    },
  ]
}

function markOf(study: StudyResult, point: StudyPoint): string {
  const { best, baseline } = study
  const { id, feasible, score, pareto } = point
  const measurement = measurementOf(study, point)
  const missing = measurement === undefined ? [] : missingStreams(study, measurement)
  const words = [
    best[0] === id ? (best.length > 1 ? 'best, ties' : 'best') : best.includes(id) ? 'ties' : null,
    id === baseline ? 'default' : null,
    score === null ? 'failed' : feasible ? null : ['misses', ...missing].join(' '),
    pareto && !best.includes(id) ? 'front' : null,
  ]
  return words.filter((word) => word !== null).join(', ')
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '−'}${formatShare(Math.abs(share))}`
}

function intervalText({ gainInterval }: Pick<StudyPoint, 'gainInterval'>): string | null {
  if (gainInterval === null) return null
  return `[${gainInterval.map((share) => signed(share).replace(/\s*%$/, '')).join(', ')}]`
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
        .map(({ value, points, gain }): JsonValue[] => [
          axisLabel(study, axis),
          String(value),
          gain,
          points,
          share,
        ]),
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
