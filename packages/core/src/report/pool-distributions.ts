import { emptyDistribution } from '../metrics/distribution.ts'
import { infiniteReason } from '../metrics/percentiles.ts'
import { rankInterval } from '../stats/interval/order-statistic.ts'
import { meanOfIndependent } from '../stats/interval/mean-interval.ts'
import { rankOf } from '../stats/quantile/rank.ts'
import { mergeHdr, type HdrHistogram } from './hdr.ts'
import type { Distribution, Interval } from './result.ts'

type PercentileKey = `p${number}`

/**
 * The union of the repeats' samples, from their histograms: within 0.1 %. Count, mean, minimum and maximum stay exact.
 *
 * The interval of a percentile comes from how much it differs between the repeats (Student's t on its logarithm,
 * around the pooled value): repeats are independent, requests inside one are not. Where a repeat has no value of its
 * own, order statistics of the union at the summed effective sample size stand in.
 *
 * @param lost requests of the pooled population that did not complete; those that are not among the samples make no
 *   percentile infinite, but mark it as a lower bound
 */
export function poolDistributions(repeats: readonly Distribution[], lost: LostRequests): Distribution {
  return pool(repeats, lost, 0)
}

/** As {@link poolDistributions}, with every lost request as one more infinite sample. */
export function poolWithFailures(repeats: readonly Distribution[], lost: LostRequests): Distribution {
  return pool(repeats, lost, lost.failures + lost.censored)
}

export interface LostRequests {
  readonly failures: number
  /** Open at the drain deadline. */
  readonly censored: number
}

function pool(repeats: readonly Distribution[], lost: LostRequests, infinite: number): Distribution {
  const used = repeats.filter((repeat) => repeat.count > 0)
  if (used.length === 0) return repeats[0] ?? emptyDistribution()
  const samples = used.reduce((sum, repeat) => sum + repeat.count, 0)
  const effective = sumOf(used, (repeat) => repeat.effectiveCount)
  const merged = mergeHdr(used.map((repeat) => repeat.hdr))
  const union: Union = {
    merged,
    count: samples + infinite,
    effective: ((effective ?? samples) * (samples + infinite)) / samples,
    min: extreme(used, (repeat) => repeat.min, Math.min),
    max: extreme(used, (repeat) => repeat.max, Math.max),
  }
  const marked =
    infinite > 0 || used.some((repeat) => Object.values(repeat.why).some((why) => why !== 'too-few'))
  const values: Record<PercentileKey, number | null> = {}
  const intervals: Record<string, Interval | null> = { mean: infinite > 0 ? null : meanInterval(repeats) }
  const why: Record<string, Distribution['why'][string]> = {}
  for (const key of percentileKeys(used)) {
    const percentile = Number(key.slice(1))
    const value = valueAtRank(union, rankOf(percentile, union.count))
    const own = infinite > 0 ? [] : repeats.map((repeat) => repeat[key] ?? null)
    const interval = (value === null ? null : betweenRepeats(value, own)) ?? withinUnion(union, percentile)
    values[key] = value
    intervals[key] = interval
    const reason = marked ? infiniteReason(percentile, merged.count, lost.failures, lost.censored) : null
    if (reason !== null) why[key] = reason
    else if (interval === null || interval[1] === null) why[key] = 'too-few'
  }
  return {
    ...emptyDistribution(),
    count: union.count,
    mean: infinite > 0 ? null : weightedMean(used),
    min: union.min,
    max: infinite > 0 ? null : union.max,
    ...values,
    method: 'histogram',
    intervals,
    why,
    effectiveCount: effective,
    ...(infinite > 0 ? {} : rmsBoundOf(used)),
    hdr: merged.count === 0 ? null : merged.encode(),
  }
}

/** No part's mean square is above its bound, so the union's is not above the largest. */
function rmsBoundOf(repeats: readonly Distribution[]): Pick<Distribution, 'rmsBound'> {
  const bounds = repeats.flatMap(({ rmsBound }) => rmsBound ?? [])
  return bounds.length < repeats.length ? {} : { rmsBound: Math.max(...bounds) }
}

interface Union {
  /** The finite samples. */
  readonly merged: HdrHistogram
  /** With the infinite ones. */
  readonly count: number
  readonly effective: number
  readonly min: number | null
  readonly max: number | null
}

/** `null` among the infinite samples. A bucket's upper end may lie beyond the largest sample. */
function valueAtRank({ merged, min, max }: Union, rank: number): number | null {
  const value = merged.valueAtRank(rank)
  return Number.isNaN(value) ? null : Math.max(min ?? 0, Math.min(value, max ?? Infinity))
}

function percentileKeys(repeats: readonly Distribution[]): readonly PercentileKey[] {
  const keys = new Set(repeats.flatMap((repeat) => Object.keys(repeat)).filter(isPercentile))
  return [...keys].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
}

export function isPercentile(key: string): key is PercentileKey {
  return /^p\d+(\.\d+)?$/.test(key)
}

function betweenRepeats(pooled: number, values: readonly (number | null)[]): Interval | null {
  const logarithms: number[] = []
  for (const value of values) {
    if (value === null || value <= 0) return null
    logarithms.push(Math.log(value))
  }
  const interval = meanOfIndependent(logarithms)
  if (interval === null) return null
  const factor = Math.exp((interval[1] - interval[0]) / 2)
  // Two repeats that differ much say next to nothing about a third: no bound is better than an absurd one.
  return [pooled / factor, factor < 1000 ? pooled * factor : null]
}

function withinUnion(union: Union, percentile: number): Interval | null {
  const effective = Math.max(1, Math.round(union.effective))
  const ranks = rankInterval(percentile, effective)
  const at = (rank: number): number | null => valueAtRank(union, Math.ceil((rank / effective) * union.count))
  const low = at(ranks.low)
  return low === null ? null : [low, ranks.high === null ? null : at(ranks.high)]
}

function meanInterval(repeats: readonly Distribution[]): Interval | null {
  const means = repeats.map((repeat) => repeat.mean).filter((mean) => mean !== null)
  return means.length === repeats.length ? meanOfIndependent(means) : null
}

function weightedMean(repeats: readonly Distribution[]): number | null {
  let sum = 0
  let count = 0
  for (const repeat of repeats) {
    if (repeat.mean === null) return null
    sum += repeat.mean * repeat.count
    count += repeat.count
  }
  return count === 0 ? null : sum / count
}

/** `null` as soon as one repeat has none: its largest sample is then infinite. */
function extreme(
  repeats: readonly Distribution[],
  read: (repeat: Distribution) => number | null,
  pick: (...values: readonly number[]) => number,
): number | null {
  const values = repeats.map(read)
  return values.every((value) => value !== null) ? pick(...values) : null
}

function sumOf(
  repeats: readonly Distribution[],
  read: (repeat: Distribution) => number | null,
): number | null {
  const values = repeats.map(read)
  return values.every((value) => value !== null) ? values.reduce((sum, value) => sum + value, 0) : null
}
