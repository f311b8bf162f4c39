import { normalQuantile } from '../special/normal.ts'
import { studentTQuantile } from '../special/student-t.ts'
import { batchCount, batchMeans, batchMeanSquares, varianceOfMean } from './batch-variance.ts'

/**
 * An interval of the mean of dependent durations in the order in which they arose, by batch means and Student's t. Its
 * upper half is wider where a few long spells carry much of the mean: a run that missed some understates mean and
 * variance together. `null` for fewer than 32 samples.
 */
export function meanInterval(
  samples: Float64Array,
  level: number = 0.95,
): readonly [low: number, high: number] | null {
  const batches = batchCount(samples.length)
  if (batches === 0) return null
  const means = batchMeans(samples, batches)
  const mean = meanOf(means)
  const { variance, freedom, variancePerhaps } = varianceOfMean(means)
  const below = studentTQuantile((1 + level) / 2, freedom) * Math.sqrt(variance)
  const above = normalQuantile((1 + level) / 2) * Math.sqrt(variancePerhaps)
  return [mean - below, mean + Math.max(below, above)]
}

/**
 * What the root of the mean square of dependent durations certainly is not above, by batch means as in
 * {@link meanInterval}; `null` for fewer than 32 samples.
 * @param samples in the order in which they arose, all of them finite
 */
export function rootMeanSquareBound(samples: Float64Array, confidence: number = 0.99): number | null {
  const batches = batchCount(samples.length)
  if (batches === 0) return null
  const means = batchMeanSquares(samples, batches)
  const { variance, freedom, variancePerhaps } = varianceOfMean(means)
  const above = Math.max(
    studentTQuantile(confidence, freedom) * Math.sqrt(variance),
    normalQuantile(confidence) * Math.sqrt(variancePerhaps),
  )
  return Math.sqrt(meanOf(means) + above)
}

/** The interval of a rate from the rates of equal windows (at least 8) that follow each other: symmetric. */
export function rateInterval(
  windows: Float64Array,
  level: number = 0.95,
): readonly [low: number, high: number] | null {
  if (windows.length < 8) return null
  const mean = meanOf(windows)
  const { variance, freedom } = varianceOfMean(windows)
  const half = studentTQuantile((1 + level) / 2, freedom) * Math.sqrt(variance)
  return [mean - half, mean + half]
}

/** Student's t interval of the mean of independent values, such as one per repeat; `null` for fewer than two. */
export function meanOfIndependent(
  values: readonly number[],
  level: number = 0.95,
): readonly [low: number, high: number] | null {
  const count = values.length
  if (count < 2) return null
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / count
  let squares = 0
  for (const value of values) squares += (value - mean) * (value - mean)
  const half = studentTQuantile((1 + level) / 2, count - 1) * Math.sqrt(squares / (count - 1) / count)
  return [mean - half, mean + half]
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
