import {
  REPLICA_COLUMNS,
  ReplicaColumn,
  replicaHistograms,
  type ReplicaTotals,
} from '../engine/balance/replica-recorder.ts'
import { failureName } from '../engine/outcome.ts'
import type { HdrEncoder } from '../metrics/distribution.ts'
import { failureKindOf, failureStatusOf } from '../report/record-block.ts'
import type { Metrics, ReplicaMetrics } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import { mergedDistribution } from './stream-metrics.ts'

/**
 * What all workers know of the replicas of a target, together; nothing for a target that has none.
 * @param names what results call the replicas
 * @param length of the measurement
 */
export function replicaMetrics(
  names: readonly string[] | null,
  totals: readonly ReplicaTotals[],
  length: Nanos,
  encode: HdrEncoder,
): Pick<Metrics, 'replicas'> {
  if (names === null || totals.length === 0) return {}
  const histograms = totals.map((one) => replicaHistograms(one.histograms))
  return {
    replicas: names.map((name, replica): ReplicaMetrics => {
      const values = (column: keyof typeof ReplicaColumn): number[] =>
        totals.map((one) => one.replicas[replica * REPLICA_COLUMNS + ReplicaColumn[column]] as number)
      const sum = (column: keyof typeof ReplicaColumn): number =>
        values(column).reduce((all, value) => all + value, 0)
      const failures: Record<string, number> = {}
      for (const [code, count] of totals.flatMap((one) => one.failures[replica] ?? [])) {
        const kind = failureName(failureKindOf(code), failureStatusOf(code))
        failures[kind] = (failures[kind] ?? 0) + count
      }
      return {
        name,
        counts: {
          due: sum('due'),
          completed: sum('completed'),
          failed: sum('failed'),
          timedOut: sum('timedOut'),
          censored: sum('censored'),
        },
        failures,
        responseTime: mergedDistribution(
          histograms.map((all) => all[replica] as LogLinearHistogram),
          encode,
        ),
        // Workers reach their maxima at different times: together at most their sum.
        inFlight: { mean: length > 0 ? sum('held') / length : null, max: sum('most') },
      }
    }),
  }
}
