import type { ObjectivePlan } from '../../dsl/study-plan.ts'
import { streamMetricOf, studyMetric } from './study-metric.ts'
import type { StudyMeasurement, StudyPoint } from './study-result.ts'

/** What a front is drawn by: all that is aimed at; of a single aim with its counterpart. */
export function paretoMetrics(objectives: readonly ObjectivePlan[]): readonly string[] {
  const names = objectives.map(({ metric }) => metric)
  const [only = '', ...others] = names
  if (others.length > 0) return names
  const counterpart = studyMetric(only)?.unit === 'ns' ? 'throughput' : 'responseTime.p99'
  const own = streamMetricOf(only)
  return [...names, own === null ? counterpart : `streams.${own.stream}.${counterpart}`]
}

/**
 * Ids of the configurations that keep the constraints and that no other one beats: one beats another when it is not worse in
 * any of the metrics, and certainly better, by the intervals of both, in one.
 */
export function paretoFront(
  points: readonly StudyPoint[],
  measurements: readonly StudyMeasurement[],
  metrics: readonly string[],
): ReadonlySet<string> {
  const candidates = points.flatMap((point) => {
    const measurement = point.best === null || !point.feasible ? undefined : measurements[point.best]
    if (measurement === undefined) return []
    const values = metrics.map((metric) => valueOf(measurement, metric))
    return values.includes(null) ? [] : [{ id: point.id, values: values as readonly Value[] }]
  })
  return new Set(
    candidates
      .filter((one) => !candidates.some((other) => other !== one && beats(other.values, one.values)))
      .map(({ id }) => id),
  )
}

/** Higher is better. */
interface Value {
  readonly value: number
  readonly low: number
  readonly high: number
}

function valueOf({ metrics, intervals }: StudyMeasurement, metric: string): Value | null {
  const value = metrics[metric] ?? null
  if (value === null) return null
  const [low, high] = intervals[metric] ?? [value, value]
  const most = high ?? Infinity
  return studyMetric(metric)?.better === 'lower'
    ? { value: -value, low: -most, high: -low }
    : { value, low, high: most }
}

function beats(one: readonly Value[], other: readonly Value[]): boolean {
  let certain = false
  for (const [index, value] of one.entries()) {
    const against = other[index] as Value
    if (value.value < against.value) return false
    if (value.low > against.high) certain = true
  }
  return certain
}
