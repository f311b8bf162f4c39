import { trendOf } from '../trend/trend.ts'
import { changePoints, verdictPenalty } from './change-points.ts'
import { isDrifting } from './classify.ts'
import { medianOf, noiseOf, spreadOf } from './noise.ts'

/** Longer series are joined to this many values. */
const MOST = 1000
/** A spike stands this many deviations above the median, and is this many times as high. */
const DEVIATIONS = 6
const TIMES = 1.5
const FEWEST_SPIKES = 3
/** Spikes are periodic when the distances between them vary by less than this share. */
const IRREGULARITY = 0.2

export interface Drift {
  readonly direction: 'rising' | 'falling' | 'none'
  /** Of the trend, per value of the series, with its 95 % interval. */
  readonly slope: number
  readonly slopeInterval: readonly [low: number, high: number]
  readonly p: number
  /** What the trend adds over the series, as a share of the median; `null` where that is 0. */
  readonly change: number | null
  /** Indices at which the level changes by more than the tolerance, with the means before and after. */
  readonly changes: readonly { readonly at: number; readonly before: number; readonly after: number }[]
  readonly spikes: { readonly count: number; readonly period: number | null }
}

/**
 * How a long series develops: its trend (Mann–Kendall, Theil–Sen), changes of its level (PELT), and spikes that come
 * back. `null` for fewer than 8 values.
 *
 * @param tolerance changes below this share of the median are not told
 */
export function driftOf(series: Float64Array, tolerance: number = 0.1): Drift | null {
  const group = Math.ceil(series.length / MOST)
  const values = group === 1 ? series : joined(series, group)
  const trend = trendOf(values)
  if (trend === null) return null
  const level = medianOf(values)
  const drifting =
    level === 0
      ? trend.p < 0.01 && trend.slopeInterval[0] * trend.slopeInterval[1] > 0
      : isDrifting(trend, values.length, tolerance * Math.abs(level))
  return {
    direction: !drifting ? 'none' : trend.slope > 0 ? 'rising' : 'falling',
    slope: trend.slope / group,
    slopeInterval: [trend.slopeInterval[0] / group, trend.slopeInterval[1] / group],
    p: trend.p,
    change: level === 0 ? null : (trend.slope * (values.length - 1)) / level,
    changes: levelChanges(values, tolerance * Math.abs(level)).map((change) => ({
      ...change,
      at: change.at * group,
    })),
    spikes: spikesOf(series),
  }
}

function levelChanges(
  values: Float64Array,
  least: number,
): readonly { readonly at: number; readonly before: number; readonly after: number }[] {
  const bounds = [0, ...changePoints(values, { penalty: verdictPenalty(values.length) }), values.length]
  const means = bounds.slice(1).map((until, index) => meanOf(values.subarray(bounds[index] as number, until)))
  return bounds.slice(1, -1).flatMap((at, index) => {
    const before = means[index] as number
    const after = means[index + 1] as number
    return Math.abs(after - before) > least ? [{ at, before, after }] : []
  })
}

function spikesOf(series: Float64Array): Drift['spikes'] {
  const level = medianOf(series)
  // Scatter between neighbours, so that a drift does not hide spikes; of all values where neighbours hardly differ.
  const deviation = Math.max(noiseOf(series).deviation, spreadOf(series) / 4)
  const starts: number[] = []
  for (let index = 0; index < series.length; index++) {
    const isSpike = (at: number): boolean => {
      const value = series[at] as number
      return value > level + DEVIATIONS * deviation && value > TIMES * level
    }
    if (isSpike(index) && (index === 0 || !isSpike(index - 1))) starts.push(index)
  }
  if (starts.length < FEWEST_SPIKES) return { count: starts.length, period: null }
  const gaps = Float64Array.from(starts.slice(1), (at, index) => at - (starts[index] as number))
  const mean = meanOf(gaps)
  const spread = Math.sqrt(meanOf(gaps.map((gap) => (gap - mean) * (gap - mean))))
  return { count: starts.length, period: spread <= IRREGULARITY * mean ? mean : null }
}

function joined(series: Float64Array, group: number): Float64Array {
  return Float64Array.from({ length: Math.floor(series.length / group) }, (_, index) =>
    medianOf(series.slice(index * group, (index + 1) * group)),
  )
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return values.length === 0 ? 0 : sum / values.length
}
