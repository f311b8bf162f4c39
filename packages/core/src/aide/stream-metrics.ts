import { Outcome } from '../engine/outcome.ts'
import { buildDistribution, emptyDistribution, type HdrEncoder } from '../metrics/distribution.ts'
import { estimateGoodput, RateCounter } from '../metrics/rates.ts'
import { littlesLawGap } from '../metrics/littles-law.ts'
import type { Counts, Distribution, Metrics } from '../report/result.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { distributionOfHistogram } from '../metrics/distribution-of-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import { durations, type OrderedSamples } from './stream-samples.ts'

/** What `check` has said about the answers of a stream. */
export interface CheckTotals {
  readonly checked: number
  readonly incorrect: number
  /** Of the incorrect ones, those that were inside the deadline. */
  readonly incorrectInTime: number
  readonly checkedInTime: number
}

/** Everything that the metrics of one stream (or of all together) are made from. */
export interface MetricsSource {
  readonly samples: OrderedSamples
  readonly outcomes: Float64Array
  readonly sent: number
  readonly unexpected: number
  readonly late: number
  readonly items: number
  readonly failures: Readonly<Record<string, number>>
  readonly checks: CheckTotals
  /** Completions inside the measurement of requests that are not of the population. */
  readonly strays: readonly Nanos[]
  readonly strayItems: number
  readonly measureFrom: Nanos
  readonly measureUntil: Nanos
  readonly deadline: Nanos | null
  readonly gaps: readonly LogLinearHistogram[]
  /** Of one stream among several the most is not known. */
  readonly inFlight: { readonly area: number; readonly max: number | null } | null
  /** Percentiles besides the usual ones. */
  readonly percentiles: readonly number[]
  /** The label of each payload; empty when there are none. */
  readonly labels: readonly (string | null)[]
  readonly encode: HdrEncoder
}

const isCompleted = (outcome: number): boolean => outcome === Outcome.completed
const isLost = (outcome: number): boolean => outcome === Outcome.failed || outcome === Outcome.timedOut
const isAny = (): boolean => true

export function streamMetrics(source: MetricsSource): Metrics {
  const { samples, outcomes, measureFrom, measureUntil, deadline, percentiles, encode, checks } = source
  const of = (outcome: number): number => outcomes[outcome] as number
  const counts: Counts = {
    due: samples.count,
    sent: source.sent,
    completed: of(Outcome.completed),
    failed: of(Outcome.failed),
    timedOut: of(Outcome.timedOut),
    dropped: of(Outcome.dropped),
    censored: of(Outcome.censored),
    incorrect: Math.min(of(Outcome.completed), checks.incorrect + source.unexpected),
    checked: checks.checked,
    retried: of(Outcome.retried),
    late: source.late,
  }
  const failures = counts.failed + counts.timedOut + counts.dropped
  const { censored } = counts
  const distribution = (values: Float64Array): Distribution =>
    buildDistribution({ samples: values, percentiles, hdr: encode })
  const responseTimes = durations(samples, samples.completion, samples.intended, isCompleted)
  const dispatched = samples.dispatched()
  const sent = samples.sent()
  const offered = new RateCounter(measureFrom, measureUntil)
  const completed = new RateCounter(measureFrom, measureUntil)
  const inTime = new RateCounter(measureFrom, measureUntil)
  const limit = deadline ?? Infinity
  let timeInFlight = 0
  for (let row = 0; row < samples.count; row++) {
    const intended = samples.intended[row] as number
    offered.add(intended)
    if (samples.outcome[row] !== Outcome.completed) continue
    const completion = samples.completion[row] as number
    completed.add(completion)
    if (completion - intended <= limit) inTime.add(intended)
    timeInFlight += completion - (dispatched[row] as number)
  }
  for (const instant of source.strays) completed.add(instant)
  const throughput = completed.rate()
  const inTimeRate = inTime.rate()
  const unexpectedShare = counts.completed === 0 ? 0 : source.unexpected / counts.completed
  const good = estimateGoodput(
    inTimeRate,
    checks.checkedInTime > 0 ? checks.checkedInTime : Math.max(1, counts.completed),
    checks.checkedInTime > 0 ? checks.incorrectInTime : unexpectedShare * counts.completed,
  )
  const seconds = (measureUntil - measureFrom) / 1e9
  const perRequest = counts.completed === 0 ? null : source.items / counts.completed
  const meanInFlight =
    source.inFlight === null || !(seconds > 0) ? null : source.inFlight.area / (seconds * 1e9)
  return {
    counts,
    failures: source.failures,
    offeredLoad: offered.rate().value,
    throughput: throughput.value,
    goodput: good.value,
    rateIntervals: { throughput: throughput.interval, goodput: good.interval },
    items: {
      perRequest,
      throughput: throughput.value === null || perRequest === null ? null : throughput.value * perRequest,
    },
    responseTime: buildDistribution({ samples: responseTimes, failures, censored, percentiles, hdr: encode }),
    serviceTime: distribution(durations(samples, samples.completion, sent, isCompleted)),
    firstByte: distribution(durations(samples, samples.firstByte(), samples.intended, isCompleted)),
    dispatchLag: distribution(durations(samples, dispatched, samples.intended, isAny)),
    transportWait: distribution(durations(samples, sent, dispatched, isAny)),
    messageGap: mergedDistribution(source.gaps, encode),
    responseTimeWithFailures: buildDistribution({
      samples: withFailures(samples),
      failures,
      censored,
      percentiles,
      hdr: encode,
    }),
    failedResponseTime: distribution(durations(samples, samples.completion, samples.intended, isLost)),
    serverQueue: distribution(durations(samples, samples.serverQueue(), null, isCompleted)),
    serverCompute: distribution(durations(samples, samples.serverCompute(), null, isCompleted)),
    inFlight: { mean: meanInFlight, max: source.inFlight?.max ?? null },
    littlesLaw: {
      relativeGap: littlesLawGap(
        meanInFlight,
        throughput.value,
        counts.completed === 0 ? null : timeInFlight / counts.completed,
      ),
    },
    ...labelled(source, responseTimes),
  }
}

/** Response times, +∞ for what did not complete. */
export function withFailures(samples: OrderedSamples): Float64Array {
  const values = new Float64Array(samples.count)
  for (let row = 0; row < samples.count; row++) {
    values[row] =
      samples.outcome[row] === Outcome.completed
        ? (samples.completion[row] as number) - (samples.intended[row] as number)
        : Infinity
  }
  return values
}

/** What the histograms of several workers hold together. */
export function mergedDistribution(parts: readonly LogLinearHistogram[], encode: HdrEncoder): Distribution {
  const [first, ...rest] = parts.filter((histogram) => histogram.count > 0)
  if (first === undefined) return emptyDistribution()
  const merged = first.copy()
  for (const histogram of rest) merged.add(histogram)
  return distributionOfHistogram({ histogram: merged, hdr: encode })
}

function labelled(source: MetricsSource, all: Float64Array): Pick<Metrics, 'labels'> | object {
  const names = new Set(source.labels.filter((label) => label !== null))
  if (names.size === 0) return {}
  const payload = source.samples.payload()
  const labels: Record<string, Distribution> = {}
  for (const name of names) {
    const values = new Float64Array(all.length)
    let count = 0
    let position = 0
    for (let row = 0; row < source.samples.count; row++) {
      if (source.samples.outcome[row] !== Outcome.completed) continue
      const value = all[position++] as number
      if (source.labels[payload[row] as number] === name) values[count++] = value
    }
    labels[name] = buildDistribution({
      samples: values.subarray(0, count),
      percentiles: source.percentiles,
      hdr: source.encode,
    })
  }
  return { labels }
}
