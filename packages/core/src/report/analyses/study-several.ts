import { streamMetric, type StudyModelPlan } from '../../dsl/study-models.ts'
import type { JsonValue } from '../../units/json.ts'
import { formatNanos, formatNumber } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'
import { mean } from '../study/point-evidence.ts'
import { scoreOf, streamMetricOf, studyMetric } from '../study/study-metric.ts'
import type { StudyColumn } from '../study/study-columns.ts'
import type { StudyMeasurement, StudyPoint, StudyResult } from '../study/study-result.ts'
import { violationOf } from '../study/violation.ts'

/** What is shown of each model beside the gain of all: what it aims at, its throughput and its p99. */
export function modelMetrics({ plan }: StudyResult): readonly StudyColumn[] {
  return Object.entries(plan.models ?? {}).flatMap(([name, { objectives }]) => {
    const metrics = ['throughput', 'responseTime.p99', ...objectives.map(({ metric }) => metric)]
    return [...new Set(metrics.map((metric) => streamMetric(name, metric)))]
      .filter((metric) => streamMetricOf(metric)?.stream === name)
      .map((metric): StudyColumn => ({
        metric,
        title: modelMetricTitle(metric),
        unit: studyMetric(metric)?.unit ?? null,
      }))
  })
}

/** `resnet p99` */
function modelMetricTitle(name: string): string {
  const { stream = '', metric = name } = streamMetricOf(name) ?? {}
  return `${stream} ${metric.replace(/^responseTime\./, '')}`
}

/** Streams that miss a limit, or have failed requests without a limit that allows them. */
export function missingStreams({ plan }: StudyResult, measurement: StudyMeasurement): readonly string[] {
  if (measurement.violation <= 0) return []
  const { terms, metrics } = measurement
  const missed = terms.filter((term) => violationOf(term) > 0).map(({ term }) => term)
  const names = Object.keys(plan.models ?? {})
  const found = names.filter((name) => missed.some((term) => term.startsWith(`${name}.`)))
  if (missed.length > 0) return found
  return names.filter((name) => (metrics[`streams.${name}.errorRate`] ?? 0) > 0)
}

/** Each model of the best configurations: what it completes, what it gains, and which of its limits it misses. */
export function severalTable(
  study: StudyResult,
  shown: readonly StudyPoint[],
  nameOf: (point: StudyPoint) => string,
): readonly AnalysisTable[] {
  const models = Object.entries(study.plan.models ?? {})
  const base = shown.find(({ id }) => id === study.baseline)
  if (models.length === 0) return []
  const varies = study.measurements.some(({ metrics }) =>
    models.some(([name]) => metrics[`streams.${name}.users`] != null),
  )
  const rows = shown.flatMap((point) => {
    const measurement = point.best === null ? undefined : study.measurements[point.best]
    if (measurement === undefined) return []
    return models.map(([name, model]): JsonValue[] => {
      const read = (metric: string): number | null => measurement.metrics[`streams.${name}.${metric}`] ?? null
      const gain = point === base || base === undefined ? null : gainOf(study, name, model, point, base)
      return [
        nameOf(point),
        name,
        model.weight,
        ...(varies ? [read('users')] : []),
        read('throughput'),
        read('responseTime.p50'),
        read('responseTime.p99'),
        gain,
        missesOf(name, measurement),
      ]
    })
  })
  return [
    {
      name: `study-models-${study.id}`,
      title: `Each model: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        { name: 'model', unit: null },
        { name: 'weight', unit: null, rank: 4 },
        ...(varies ? [{ name: 'users', unit: null, rank: 3 }] : []),
        { name: 'throughput', unit: '1/s' },
        { name: 'p50', unit: 'ns', rank: 2 },
        { name: 'p99', unit: 'ns' },
        { name: 'gain', unit: '1', description: 'Of what the model aims at, against the default.' },
        { name: 'misses', unit: null },
      ],
      rows,
      notes: [
        'The gain of a configuration is the geometric mean of its models’ gains by their weights: (1 + g₁)^w₁ · (1 + g₂)^w₂ · … − 1, where weights add up to 1.',
      ],
    },
  ]
}

/** Of one model's aims by themselves, over all measurements at the loads that stand for both. */
function gainOf(
  study: StudyResult,
  name: string,
  { objectives }: StudyModelPlan,
  point: StudyPoint,
  base: StudyPoint,
): number | null {
  const own = objectives.map((objective) => ({ ...objective, metric: streamMetric(name, objective.metric) }))
  const [to, from] = [point, base].map(({ best, measurements }) => {
    const standing = best === null ? undefined : study.measurements[best]
    const scores = measurements
      .map((index) => study.measurements[index] as StudyMeasurement)
      .filter(({ load, fidelity }) => load === standing?.load && fidelity === standing?.fidelity)
      .map(({ metrics }) => scoreOf(own, metrics))
      .filter((score) => score !== null)
    return scores.length === 0 ? null : mean(scores)
  })
  return to == null || from == null ? null : Math.expm1(to - from)
}

function missesOf(name: string, { terms, metrics }: StudyMeasurement): string | null {
  const missed = terms
    .filter((term) => term.term.startsWith(`${name}.`) && violationOf(term) > 0)
    .map(({ term, limit }) => {
      const own = term.slice(name.length + 1)
      const text = studyMetric(own)?.unit === 'ns' ? formatNanos(limit) : formatNumber(limit)
      return `${own.replace(/^responseTime\./, '')} ${text}`
    })
  if (missed.length > 0) return missed.join(', ')
  return (metrics[`streams.${name}.errorRate`] ?? 0) > 0 ? 'errors' : null
}

/**
 * What one of Model Analyzer's columns has of several models: names and settings one behind the other, of measured values the
 * sum (of throughputs) or the mean, and then those of each model in brackets.
 */
export function severalCell(
  column: string,
  read: (measurement: StudyMeasurement, study: StudyResult) => JsonValue,
  measurement: StudyMeasurement,
  study: StudyResult,
): JsonValue {
  const names = Object.keys(study.plan.models ?? {})
  if (names.length < 2 || column === 'Model Config Path' || column === 'Satisfies Constraints')
    return read(measurement, study)
  if (column === 'Model') return names.join(',')
  const views = names.map((name) => viewOf(measurement, name, study))
  const cells = views.map((view) => read(view.measurement, view.study))
  if (cells.every((cell) => cell === null)) return read(measurement, study)
  const isSetting = !/[(]/.test(column)
  if (isSetting || !cells.every((cell) => typeof cell === 'number'))
    return cells.map((cell) => (typeof cell === 'object' ? '' : String(cell))).join(',')
  const sum = cells.reduce((total, cell) => total + cell, 0)
  const whole = column.startsWith('Throughput') ? sum : sum / cells.length
  return `${shortened(whole)}, [${cells.map(shortened).join(',')}]`
}

function shortened(value: number): number {
  return Number(value.toFixed(1))
}

/** A measurement as if the model had been alone. */
function viewOf(
  measurement: StudyMeasurement,
  name: string,
  study: StudyResult,
): { readonly measurement: StudyMeasurement; readonly study: StudyResult } {
  const own = <T>(values: Readonly<Record<string, T>>, begin: RegExp): Record<string, T> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const rest = key.replace(begin, '')
        return rest === key ? [] : [[rest, value]]
      }),
    )
  const metrics = own(measurement.metrics, new RegExp(`^streams\\.${name}\\.`))
  const vary = metrics['users'] != null ? 'concurrency' : 'rate'
  const loads = study.plan.loads ?? { values: [], gain: 0, refine: 0 }
  return {
    measurement: {
      ...measurement,
      metrics,
      load: metrics['users'] ?? metrics['rate'] ?? null,
      configuration: own(measurement.configuration, new RegExp(`^(?:.*\\bmodels\\.)?${name}\\.`)),
    },
    study: { ...study, plan: { ...study.plan, loads: { ...loads, vary } } },
  }
}
