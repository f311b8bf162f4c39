import { rankOf } from '../quantile/rank.ts'
import { binomialQuantile } from '../special/binomial.ts'
import { clumpedCountQuantile } from '../special/clumped-count.ts'
import { normalQuantile } from '../special/normal.ts'
import { studentTQuantile } from '../special/student-t.ts'
import { batchCount, independentVarianceOfMean, varianceOfMean } from './batch-variance.ts'
import { exceedanceShares } from './exceedance.ts'

/** Where a percentile lies, judging by one run of samples that may depend on their neighbours. */
export interface PercentileInterval {
  readonly low: number
  /** `null`: the samples do not bound it from above. */
  readonly high: number | null
  /** Independent samples that these are worth for this percentile. */
  readonly effectiveCount: number
}

/** Sorted samples, or a histogram that stands for them. */
export interface RankedSamples {
  readonly count: number
  /** The `rank`-th smallest, from 1 to `count`. */
  valueAtRank(rank: number): number
}

/**
 * The dependence of exceedances is looked at not only at the percentile's own level but also where they are up to ten
 * times as frequent (but no more than every second sample): at the level itself a short run has too few spells to show
 * how large spells are, and it errs to the small side.
 */
const LADDER = [1, 2, 5, 10]

/** From this many batches on, samples that show no dependence are taken as independent. */
const ENOUGH_BATCHES = 64
/** One-sided 10 % point of the normal distribution. */
const DECILE = 1.2815515655446004

/**
 * Intervals of percentiles inside one run, by order statistics with the dispersion that exceedances really have.
 *
 * 1. For a percentile with tail q = 1 − p, the number D of samples above the true percentile has mean n·q. If samples
 *    were independent it would be binomial; in a queue its variance is many times that. The factor (the *inflation*)
 *    is estimated by batch means of the exceedance indicator, at the percentile's level and at lower ones.
 * 2. D is taken for a clumped count (Pólya–Aeppli) of that variance, or for a binomial when samples look independent.
 * 3. Its quantiles are ranks, from the top, of the bounds. When D may be 0 there is no upper bound.
 *
 * The inflation itself is uncertain: the lower bound allows for that as Student's t does; the upper one takes the upper
 * 90 % limit of the inflation, since a run that happens to miss large spells understates both the percentile and the
 * inflation. Coverage on simulated queues: docs/statistics.md.
 *
 * @param samples in the order in which they arose
 * @param ranked the same samples, sorted
 * @param percentiles in (0, 100)
 * @returns one for each percentile; `null` for all when there are fewer than 32 samples
 */
export function percentileIntervals(
  samples: Float64Array,
  ranked: RankedSamples,
  percentiles: readonly number[],
  level: number = 0.95,
): readonly (PercentileInterval | null)[] {
  const batches = batchCount(samples.length)
  if (batches === 0) return percentiles.map(() => null)
  const { count } = ranked
  const tails = new Set(percentiles.flatMap(ladderOf))
  const thresholds = [...new Set([...tails].map((tail) => thresholdOf(ranked, tail)))].sort((a, b) => a - b)
  const rows = exceedanceShares(samples, thresholds, batches)
  const dependence = new Map(
    thresholds.map((threshold, index) => [
      threshold,
      dependenceOf(rows[index] as Float64Array, count, level),
    ]),
  )
  return percentiles.map((percentile) => {
    const ladder = ladderOf(percentile).map(
      (tail) => dependence.get(thresholdOf(ranked, tail)) ?? INDEPENDENT,
    )
    return intervalOf(ranked, percentile, strongest(ladder), level)
  })
}

/** How far exceedances of a threshold are from independent: factors on the binomial variance. */
interface Dependence {
  readonly inflation: number
  /** With allowance for its own uncertainty, for the lower and for the upper bound. */
  readonly forLow: number
  readonly forHigh: number
  readonly visible: boolean
}

const INDEPENDENT: Dependence = { inflation: 1, forLow: 1, forHigh: 1, visible: false }

function ladderOf(percentile: number): readonly number[] {
  const tail = 1 - percentile / 100
  return [...new Set(LADDER.map((factor) => Math.min(factor * tail, Math.max(tail, 0.5))))]
}

function thresholdOf(ranked: RankedSamples, tail: number): number {
  return ranked.valueAtRank(rankOf(100 * (1 - tail), ranked.count))
}

function dependenceOf(shares: Float64Array, count: number, level: number): Dependence {
  let mean = 0
  for (const share of shares) mean += share / shares.length
  if (!(mean > 0 && mean < 1)) return INDEPENDENT
  const binomial = (mean * (1 - mean)) / count
  const { variance, freedom, variancePerhaps } = varianceOfMean(shares)
  const inflation = variance / binomial
  const t = studentTQuantile((1 + level) / 2, freedom) / normalQuantile((1 + level) / 2)
  const dispersion = independentVarianceOfMean(shares) / binomial
  const doubt = 1 + DECILE * Math.sqrt(2 / (shares.length - 1))
  return {
    inflation,
    forLow: inflation * t * t,
    forHigh: Math.max(inflation * t * t, variancePerhaps / binomial),
    visible: shares.length < ENOUGH_BATCHES || dispersion > doubt || inflation > 1.5,
  }
}

function strongest(ladder: readonly Dependence[]): Dependence {
  if (ladder.every((rung) => !rung.visible)) return INDEPENDENT
  return {
    inflation: Math.max(1, ...ladder.map((rung) => rung.inflation)),
    forLow: Math.max(1, ...ladder.map((rung) => rung.forLow)),
    forHigh: Math.max(1, ...ladder.map((rung) => rung.forHigh)),
    visible: true,
  }
}

function intervalOf(
  ranked: RankedSamples,
  percentile: number,
  dependence: Dependence,
  level: number,
): PercentileInterval {
  const { count } = ranked
  const tail = (1 - level) / 2
  const few = Math.floor(exceedancesQuantile(tail, count, percentile, dependence.forHigh))
  const many = Math.ceil(exceedancesQuantile(1 - tail, count, percentile, dependence.forLow))
  // When spells of slow samples are so large that most runs would have none, D is most likely 0: the model then puts
  // both bounds above the percentile itself, which at least is what was measured.
  const own = rankOf(percentile, count)
  return {
    low: ranked.valueAtRank(Math.max(Math.min(count - many, own), 1)),
    high: few <= 0 ? null : ranked.valueAtRank(Math.max(count - few + 1, own)),
    effectiveCount: count / dependence.inflation,
  }
}

/** A quantile of how many of `count` samples exceed their true percentile. */
function exceedancesQuantile(
  probability: number,
  count: number,
  percentile: number,
  inflation: number,
): number {
  const tail = 1 - percentile / 100
  // A clumped count has at least Poisson's variance, count · tail; below that the binomial has the right one.
  const relative = (1 - tail) * inflation
  if (relative > 1) return clumpedCountQuantile(probability, count * tail, (relative + 1) / 2)
  return inflation * binomialQuantile(probability, Math.round(count / inflation), tail)
}
