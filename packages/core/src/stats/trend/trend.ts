import { normalCdf, normalQuantile } from '../special/normal.ts'

/** Longer series are joined to this many groups: their trend is the same, and all pairs can be looked at. */
const MOST = 512
const FEWEST = 8
const STRONGEST = 0.9

/** A monotonic trend of a series of equally spaced values, such as the medians of windows. */
export interface Trend {
  /** Values that were looked at (groups of them, for a long series). */
  readonly count: number
  /** Kendall's τ between value and time: −1 falls always, 1 rises always. */
  readonly tau: number
  /** Two-sided p-value of "no trend" (Mann–Kendall). */
  readonly p: number
  /** Theil and Sen's slope, per step of the given series: the median slope of all pairs. */
  readonly slope: number
  readonly slopeInterval: readonly [low: number, high: number]
}

/**
 * Looks for a trend, with ties allowed (Mann–Kendall test, Theil–Sen slope). Values that depend on their neighbours make
 * both look more certain than they are, so the variance is raised by what the lag-1 correlation of the values around
 * the line implies (as Yue and Wang do, 2004). `null` for fewer than 8 values.
 */
export function trendOf(series: Float64Array, level: number = 0.95): Trend | null {
  if (series.length < FEWEST) return null
  const group = Math.ceil(series.length / MOST)
  const values = group === 1 ? series : medians(series, group)
  const count = values.length
  const slopes = new Float64Array((count * (count - 1)) / 2)
  let score = 0
  let at = 0
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const difference = (values[j] as number) - (values[i] as number)
      score += Math.sign(difference)
      slopes[at++] = difference / ((j - i) * group)
    }
  }
  slopes.sort()
  const slope = middle(slopes)
  const deviation = Math.sqrt(scoreVariance(values) * dependence(values, slope * group))
  // One step towards zero: the score is discrete.
  const z = score === 0 || deviation === 0 ? 0 : (Math.abs(score) - 1) / deviation
  const half = normalQuantile((1 + level) / 2) * deviation
  const last = slopes.length - 1
  return {
    count,
    tau: score / slopes.length,
    p: Math.min(1, 2 * normalCdf(-z)),
    slope,
    slopeInterval: [
      slopes[Math.max(0, Math.floor((slopes.length - half) / 2))] as number,
      slopes[Math.min(last, Math.ceil((slopes.length + half) / 2))] as number,
    ],
  }
}

/** Var S of independent values, less for ties (Kendall, Rank Correlation Methods, 1975). */
function scoreVariance(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort()
  const term = (n: number): number => n * (n - 1) * (2 * n + 5)
  let variance = term(sorted.length)
  for (let from = 0; from < sorted.length;) {
    let until = from
    while (until < sorted.length && sorted[until] === sorted[from]) until += 1
    variance -= term(until - from)
    from = until
  }
  return variance / 18
}

/** The factor by which a first-order autoregression around the line raises the variance; at least 1. */
function dependence(values: Float64Array, slope: number): number {
  const residuals = values.map((value, index) => value - slope * index)
  let mean = 0
  for (const residual of residuals) mean += residual / residuals.length
  let squares = 0
  let products = 0
  let before = 0
  for (const residual of residuals) {
    squares += (residual - mean) * (residual - mean)
    products += (residual - mean) * before
    before = residual - mean
  }
  if (squares === 0) return 1
  const r = products / squares
  const corrected = Math.min(Math.max(r + (1 + 4 * r) / residuals.length, 0), STRONGEST)
  return (1 + corrected) / (1 - corrected)
}

/** Medians of equal groups; values that do not fill the last group are left out. */
function medians(series: Float64Array, group: number): Float64Array {
  return Float64Array.from({ length: Math.floor(series.length / group) }, (_, index) =>
    middle(series.slice(index * group, (index + 1) * group).sort()),
  )
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}
