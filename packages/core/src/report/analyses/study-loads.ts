import { mean } from '../study/point-evidence.ts'
import type { StudyMeasurement, StudyPoint, StudyResult } from '../study/study-result.ts'

/** What one configuration has shown at one load, over all full measurements there. */
export interface AtLoad {
  /** Users or arrivals per second; `null` where the study has no `loads`. */
  readonly load: number | null
  readonly measurements: readonly StudyMeasurement[]
  /** The mean of what is known; of maxima the highest. */
  value(metric: string): number | null
  /** Of the newest measurement that has one. */
  interval(metric: string): readonly [number | null, number | null]
}

/** By load, the lowest first. Disturbed measurements count where there are no others. */
export function atLoads({ measurements }: StudyResult, point: StudyPoint): readonly AtLoad[] {
  const own = point.measurements
    .map((index) => measurements[index] as StudyMeasurement)
    .filter(({ fidelity, metrics }) => fidelity === 1 && (metrics['completed'] ?? 0) > 0)
  return [...Map.groupBy(own, ({ load }) => load)]
    .toSorted(([one], [other]) => (one ?? 0) - (other ?? 0))
    .map(([load, all]) => {
      const sound = all.filter(({ validity }) => validity !== 'invalid')
      const used = sound.length > 0 ? sound : all
      return {
        load,
        measurements: used,
        value(metric) {
          const known = used.flatMap(({ metrics }) => metrics[metric] ?? [])
          if (known.length === 0) return null
          return metric.endsWith('.max') ? Math.max(...known) : mean(known)
        },
        interval(metric) {
          return (
            used.findLast(({ intervals }) => intervals[metric] !== undefined)?.intervals[metric] ?? [
              null,
              null,
            ]
          )
        },
      }
    })
}
