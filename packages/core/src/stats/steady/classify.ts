import { trendOf, type Trend } from '../trend/trend.ts'
import { changePenalty, changePoints, verdictPenalty } from './change-points.ts'
import { noiseOf, withoutOutliers } from './noise.ts'

/** Fewer values show no shape. */
const FEWEST = 8
const TREND_P = 0.01
/** Levels differ when they are further apart than this many standard errors, and than the tolerance. */
const ERRORS = 3
/** Times are above 0; this stands for one that was not. */
const SMALLEST = 1e-9

/**
 * - `flat`: one level from the first value on
 * - `warm-up`: the last level is the lowest of those that differ from it
 * - `slow-down`: a steady end that is higher than something before
 * - `no-steady-state`: the end is not steady
 */
export type Shape = 'flat' | 'warm-up' | 'slow-down' | 'no-steady-state'

export interface Segment {
  /** Indices of values; `until` is exclusive. */
  readonly from: number
  readonly until: number
  /** Geometric. */
  readonly mean: number
  /** Not to be told apart from the last segment. */
  readonly equivalent: boolean
}

export interface Classification {
  readonly shape: Shape
  /** The first value of the steady part; `null` without one. */
  readonly steadyFrom: number | null
  readonly segments: readonly Segment[]
  /** Of the logarithms in the steady part (in all, without one): its slope is the relative change per value. `null` below 8 values. */
  readonly trend: Trend | null
}

export interface ClassifyOptions {
  /** Levels that differ by less than this share of the last one count as equal. Default 0.1. */
  readonly tolerance?: number
  /** The part of the series that must be steady at its end. Default 0.25. */
  readonly tail?: number
}

/**
 * The shape of a series of times that follow each other: of requests, or of windows of them. After E. Barrett,
 * C. F. Bolz-Tereick, R. Killick, S. Mount, L. Tratt, *Virtual machine warmup blows hot and cold*, OOPSLA 2017: the
 * series is cut at its change points; segments that are equivalent to the last one, counted from the end, are the steady
 * state if they cover the last quarter; what was before decides the shape.
 *
 * Some things are different. Levels are compared by their logarithms, since times scatter in proportion. A difference must also be larger than what the noise of the means explains, because windows
 * of a queue correlate. The steady part must be without a trend that moves it by more than the tolerance, because a slow
 * drift makes no change point. And where one straight line explains the series as well as its levels do (with ln n variances for
 * each further parameter), it is a drift and no staircase.
 *
 * @returns `null` for fewer than 8 values
 */
export function classifySeries(series: Float64Array, options: ClassifyOptions = {}): Classification | null {
  const count = series.length
  if (count < FEWEST) return null
  const tolerance = Math.log(1 + (options.tolerance ?? 0.1))
  const logs = series.map((value) => Math.log(Math.max(value, SMALLEST)))
  const values = withoutOutliers(logs)
  const penalty = verdictPenalty(count)
  const bounds = [0, ...changePoints(logs, { penalty }), count]
  const means = bounds.slice(1).map((until, index) => meanOf(values, bounds[index] as number, until))
  const last = means.at(-1) as number
  const lastSize = count - (bounds.at(-2) as number)
  const { longRun } = noiseOf(values)
  const levels = means.map((mean, index): Level => {
    const from = bounds[index] as number
    const until = bounds[index + 1] as number
    const error = longRun * Math.sqrt(1 / (until - from) + 1 / lastSize)
    return { from, until, mean, equivalent: Math.abs(mean - last) <= Math.max(tolerance, ERRORS * error) }
  })
  const segments = levels.map((level): Segment => ({ ...level, mean: Math.exp(level.mean) }))
  let first = levels.length - 1
  while (first > 0 && levels[first - 1]?.equivalent === true) first -= 1
  const start = levels[first]?.from ?? 0
  const trend = trendOf(logs.slice(start))
  const whole = trendOf(logs)
  const steady =
    count - start >= Math.max((options.tail ?? 0.25) * count, 3) &&
    !isDrifting(trend, count - start, tolerance)
  if (
    !steady ||
    (isDrifting(whole, count, tolerance) &&
      isLine(values, levels, changePenalty(values, { penalty: Math.log(count) })))
  )
    return { shape: 'no-steady-state', steadyFrom: null, segments, trend: whole }
  const different = levels.slice(0, first).filter(({ equivalent }) => !equivalent)
  return {
    shape:
      different.length === 0 ? 'flat' : different.every(({ mean }) => mean > last) ? 'warm-up' : 'slow-down',
    steadyFrom: start,
    segments,
    trend,
  }
}

/** A segment by the logarithms of its values. */
type Level = Segment

/** Whether a trend is certain and moves the level by more than this over `count` values. */
export function isDrifting(trend: Trend | null, count: number, most: number): boolean {
  if (trend === null) return false
  const [low, high] = trend.slopeInterval
  return trend.p < TREND_P && low * high > 0 && Math.abs(trend.slope) * (count - 1) > most
}

/** Whether a straight line explains the values at least as simply as their segments do. */
function isLine(values: Float64Array, segments: readonly Level[], penalty: number): boolean {
  if (segments.length < 2) return false
  const count = values.length
  const centre = (count - 1) / 2
  const mean = meanOf(values, 0, count)
  let products = 0
  for (let index = 0; index < count; index++) products += (index - centre) * (values[index] as number)
  const slope = (12 * products) / (count * (count * count - 1))
  let line = 0
  let levels = 0
  for (const segment of segments) {
    for (let index = segment.from; index < segment.until; index++) {
      const value = values[index] as number
      const offLine = value - mean - slope * (index - centre)
      line += offLine * offLine
      levels += (value - segment.mean) * (value - segment.mean)
    }
  }
  return line <= levels + penalty * (segments.length - 1)
}

function meanOf(values: Float64Array, from: number, until: number): number {
  let sum = 0
  for (let index = from; index < until; index++) sum += values[index] as number
  return sum / (until - from)
}
