import { drawGamma } from '../draws/gamma.ts'
import { drawNormal } from '../draws/normal.ts'
import type { Random } from '../prng.ts'
import {
  fitScalability,
  kneeSize,
  peakSize,
  peakThroughput,
  scalabilityAt,
  type ScalabilityLaw,
  type ScalabilityPoint,
} from './scalability-law.ts'

/** The upper end `null`: nothing bounds it. */
export type OpenInterval = readonly [low: number, high: number | null]

export interface ScalabilityIntervals {
  readonly single: OpenInterval
  readonly contention: OpenInterval
  readonly coherency: OpenInterval
  readonly peak: OpenInterval
  readonly peakThroughput: OpenInterval
  readonly knee: OpenInterval
}

export interface IntervalOptions {
  readonly random: Random
  /** Default 1000. */
  readonly resamples?: number
  /** Default 0.95. */
  readonly level?: number
}

/** Three coefficients take three points; what is left tells how large the errors are. */
export const FEWEST_SIZES = 5

/**
 * Intervals of a fit by the parametric bootstrap. Each resample draws the size of the errors first, from the χ² with
 * n − 3 degrees of freedom that the residuals have, then normal errors of that size around the law, and is fitted again.
 * Without the first draw a fit of few points would be far too sure of itself (Student's t against the normal).
 * `null` for fewer than five sizes.
 */
export function scalabilityIntervals(
  points: readonly ScalabilityPoint[],
  law: ScalabilityLaw,
  { random, resamples = 1000, level = 0.95 }: IntervalOptions,
): ScalabilityIntervals | null {
  if (new Set(points.map(({ size }) => size)).size < FEWEST_SIZES) return null
  const freedom = points.length - 3
  let squares = 0
  for (const point of points) {
    const residual = residualOf(point, law)
    squares += residual * residual
  }
  const laws: ScalabilityLaw[] = []
  for (let index = 0; index < resamples; index++) {
    const deviation = Math.sqrt(squares / (2 * drawGamma(random, freedom / 2)))
    const drawn = points.map(({ size, error }) => {
      const expected = scalabilityAt(law, size)
      // Errors in proportion are drawn in proportion to what the law expects.
      const spread = error ?? expected
      const value = expected + deviation * spread * drawNormal(random)
      return { size, throughput: Math.max(value, expected * 1e-3), error: spread }
    })
    const fitted = fitScalability(drawn)
    if (fitted !== null) laws.push(fitted)
  }
  if (laws.length < resamples / 2) return null
  const of = (read: (one: ScalabilityLaw) => number): OpenInterval => {
    const values = Float64Array.from(laws, read).sort()
    const tail = Math.floor(((1 - level) / 2) * (values.length + 1)) - 1
    const high = values[Math.min(values.length - 1 - tail, values.length - 1)] as number
    return [values[Math.max(tail, 0)] as number, Number.isFinite(high) ? high : null]
  }
  return {
    single: of(({ single }) => single),
    contention: of(({ contention }) => contention),
    coherency: of(({ coherency }) => coherency),
    peak: of(peakSize),
    peakThroughput: of(peakThroughput),
    knee: of(kneeSize),
  }
}

/** How far a point lies from the law, relative to its error. */
export function residualOf(
  { size, throughput, error = throughput }: ScalabilityPoint,
  law: ScalabilityLaw,
): number {
  return (throughput - scalabilityAt(law, size)) / error
}
