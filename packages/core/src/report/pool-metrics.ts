import { meanOfIndependent } from '../stats/interval/mean-interval.ts'
import { poolDistributions, type LostRequests } from './pool-distributions.ts'
import { poolPipelines } from './pool-pipeline.ts'
import { poolReplicas } from './pool-replicas.ts'
import type { Counts, Distribution, Interval, Metrics } from './result.ts'

/** The metrics of one repeat and the length of its measurement. */
export interface MetricsPart {
  readonly metrics: Metrics
  readonly seconds: number
}

type DistributionName = {
  [Name in keyof Metrics]-?: Metrics[Name] extends Distribution ? Name : never
}[keyof Metrics]

/**
 * Several repeats as one population: counts add up, rates are derived again over the summed time, histograms are
 * merged. One repeat is itself.
 */
export function poolMetrics(parts: readonly MetricsPart[]): Metrics {
  const [only] = parts
  if (only === undefined) throw new RangeError('There is nothing to pool.')
  if (parts.length === 1) return only.metrics
  const metrics = parts.map((part) => part.metrics)
  const counts = sumCounts(metrics.map((one) => one.counts))
  const lost = lostOf(counts)
  const pool = (name: DistributionName): Distribution =>
    poolDistributions(
      metrics.map((one) => one[name]),
      lost,
    )
  const labels = poolLabels(metrics, lost)
  return {
    counts,
    failures: sumFailures(metrics),
    offeredLoad: overTime(parts, (one) => one.offeredLoad),
    throughput: overTime(parts, (one) => one.throughput),
    goodput: overTime(parts, (one) => one.goodput),
    rateIntervals: {
      throughput: betweenRepeats(metrics.map((one) => one.throughput)),
      goodput: betweenRepeats(metrics.map((one) => one.goodput)),
    },
    items: {
      perRequest: weighted(metrics.map((one) => [one.items.perRequest, one.counts.completed])),
      throughput: overTime(parts, (one) => one.items.throughput),
    },
    responseTime: pool('responseTime'),
    serviceTime: pool('serviceTime'),
    firstByte: pool('firstByte'),
    dispatchLag: pool('dispatchLag'),
    transportWait: pool('transportWait'),
    messageGap: pool('messageGap'),
    responseTimeWithFailures: pool('responseTimeWithFailures'),
    failedResponseTime: pool('failedResponseTime'),
    serverQueue: pool('serverQueue'),
    serverCompute: pool('serverCompute'),
    inFlight: {
      mean: overTime(parts, (one) => one.inFlight.mean),
      max: largest(metrics.map((one) => one.inFlight.max)),
    },
    littlesLaw: { relativeGap: overTime(parts, (one) => one.littlesLaw.relativeGap) },
    ...(labels === null ? {} : { labels }),
    ...poolPipelines(metrics),
    ...poolReplicas(parts),
  }
}

export function sumCounts(list: readonly Counts[]): Counts {
  const total = (count: (counts: Counts) => number): number =>
    list.reduce((sum, counts) => sum + count(counts), 0)
  return {
    due: total((counts) => counts.due),
    sent: total((counts) => counts.sent),
    completed: total((counts) => counts.completed),
    failed: total((counts) => counts.failed),
    timedOut: total((counts) => counts.timedOut),
    dropped: total((counts) => counts.dropped),
    censored: total((counts) => counts.censored),
    incorrect: total((counts) => counts.incorrect),
    checked: total((counts) => counts.checked),
    retried: total((counts) => counts.retried),
    late: total((counts) => counts.late),
  }
}

export function lostOf(counts: Counts): LostRequests {
  return { failures: counts.due - counts.completed - counts.censored, censored: counts.censored }
}

function sumFailures(metrics: readonly Metrics[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>()
  for (const { failures } of metrics) {
    for (const [kind, count] of Object.entries(failures)) sums.set(kind, (sums.get(kind) ?? 0) + count)
  }
  return Object.fromEntries(sums)
}

function poolLabels(
  metrics: readonly Metrics[],
  lost: LostRequests,
): Readonly<Record<string, Distribution>> | null {
  const names = new Set(metrics.flatMap((one) => Object.keys(one.labels ?? {})))
  if (names.size === 0) return null
  return Object.fromEntries(
    [...names].map((name) => {
      const known = metrics.flatMap((one) => one.labels?.[name] ?? [])
      return [name, known.length === 1 ? (known[0] as Distribution) : poolDistributions(known, lost)] as const
    }),
  )
}

/** A rate, or any mean over time, of the repeats together; `null` as soon as one does not know it. */
function overTime(parts: readonly MetricsPart[], read: (metrics: Metrics) => number | null): number | null {
  return weighted(parts.map((part) => [read(part.metrics), part.seconds]))
}

function weighted(pairs: readonly (readonly [value: number | null, weight: number])[]): number | null {
  let sum = 0
  let weights = 0
  for (const [value, weight] of pairs) {
    if (weight === 0) continue
    if (value === null) return null
    sum += value * weight
    weights += weight
  }
  return weights === 0 ? null : sum / weights
}

function betweenRepeats(values: readonly (number | null)[]): Interval | null {
  const known = values.filter((value) => value !== null)
  const interval = known.length === values.length ? meanOfIndependent(known) : null
  return interval === null ? null : [Math.max(0, interval[0]), interval[1]]
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
