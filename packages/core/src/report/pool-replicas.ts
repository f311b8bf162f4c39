import { poolDistributions, type LostRequests } from './pool-distributions.ts'
import type { Metrics, ReplicaMetrics } from './result.ts'

/** What failed has no response time: nothing of it is missing here. */
const NONE_LOST: LostRequests = { failures: 0, censored: 0 }

/** The replicas of several repeats as one population; nothing where one of them has other replicas, or none. */
export function poolReplicas(
  parts: readonly { readonly metrics: Metrics; readonly seconds: number }[],
): Pick<Metrics, 'replicas'> {
  const [first] = parts
  const replicas = first?.metrics.replicas
  if (replicas === undefined || parts.some(({ metrics }) => namesOf(metrics) !== namesOf(first?.metrics)))
    return {}
  const seconds = parts.reduce((sum, part) => sum + part.seconds, 0)
  return {
    replicas: replicas.map(({ name }, index): ReplicaMetrics => {
      const all = parts.map(({ metrics }) => metrics.replicas?.[index] as ReplicaMetrics)
      const count = (key: keyof ReplicaMetrics['counts']): number =>
        all.reduce((sum, one) => sum + one.counts[key], 0)
      const failures: Record<string, number> = {}
      for (const [kind, value] of all.flatMap((one) => Object.entries(one.failures)))
        failures[kind] = (failures[kind] ?? 0) + value
      return {
        name,
        counts: {
          due: count('due'),
          completed: count('completed'),
          failed: count('failed'),
          timedOut: count('timedOut'),
          censored: count('censored'),
        },
        failures,
        responseTime: poolDistributions(
          all.map((one) => one.responseTime),
          NONE_LOST,
        ),
        inFlight: {
          mean:
            seconds > 0
              ? parts.reduce((sum, part, at) => sum + (all[at]?.inFlight.mean ?? 0) * part.seconds, 0) /
                seconds
              : null,
          max: Math.max(...all.map((one) => one.inFlight.max ?? 0)),
        },
      }
    }),
  }
}

function namesOf(metrics: Metrics | undefined): string {
  return JSON.stringify(metrics?.replicas?.map(({ name }) => name))
}
