/** Fewer than this many batches say too little about their own variance. */
const FEWEST = 8
const MOST = 256
const SMALLEST_BATCH = 4

/** Batches are joined in pairs while neighbours correlate by more than this many standard errors. */
const CORRELATED = 0.67
const STRONGEST = 0.9

/** One-sided 10 % point of the normal distribution. */
const DECILE = 1.2815515655446004

/** How well the mean of a series of dependent values is known. */
export interface VarianceOfMean {
  readonly variance: number
  /** Degrees of freedom of the estimate, for Student's t. */
  readonly freedom: number
  /**
   * The upper 90 % limit of the variance. Where a run may have missed the rare long spells that make both the mean and
   * the variance large, an upper bound takes this one.
   */
  readonly variancePerhaps: number
}

/** How many batches to cut `count` samples into: a power of two from 8 to 256, or 0 when there are too few. */
export function batchCount(count: number): number {
  if (count < FEWEST * SMALLEST_BATCH) return 0
  let batches = FEWEST
  while (batches < MOST && batches * 2 * SMALLEST_BATCH <= count) batches *= 2
  return batches
}

/**
 * The variance of the mean of all batches, from the means of equal batches that follow each other in time.
 *
 * Batches shorter than the dependence make the variance look too small. So neighbours are joined while they correlate
 * (down to 8 batches), and what correlation remains is taken for that of a first-order autoregression, with Kendall's
 * correction for its bias in short series. Negative correlation is not used: it would narrow intervals on little evidence.
 */
export function varianceOfMean(batchMeans: Float64Array): VarianceOfMean {
  let means = batchMeans
  while (means.length >= 2 * FEWEST && neighbours(means) > CORRELATED / Math.sqrt(means.length))
    means = joinPairs(means)
  const batches = means.length
  const r = neighbours(means)
  const corrected = Math.min(Math.max(r + (1 + 3 * r) / batches, 0), STRONGEST)
  const inflation = (1 + corrected) / (1 - corrected)
  const variance = independentVarianceOfMean(means) * inflation
  const freedom = Math.max((batches - 1) / Math.sqrt(inflation), 1.5)
  return { variance, freedom, variancePerhaps: (variance * freedom) / chiSquareDecile(freedom) }
}

/** The 10 % point of chi-square, by Wilson and Hilferty's cube. */
function chiSquareDecile(freedom: number): number {
  const root = Math.max(1 - 2 / (9 * freedom) - DECILE * Math.sqrt(2 / (9 * freedom)), 0.3)
  return freedom * root * root * root
}

/** Means of equal batches; the first samples are left out when the count is not a multiple. */
export function batchMeans(samples: Float64Array, batches: number): Float64Array {
  const size = Math.floor(samples.length / batches)
  const offset = samples.length - size * batches
  const means = new Float64Array(batches)
  for (let batch = 0; batch < batches; batch++) {
    const end = offset + (batch + 1) * size
    let sum = 0
    for (let index = end - size; index < end; index++) sum += samples[index] as number
    means[batch] = sum / size
  }
  return means
}

/** As {@link batchMeans}, of squares. */
export function batchMeanSquares(samples: Float64Array, batches: number): Float64Array {
  const size = Math.floor(samples.length / batches)
  const offset = samples.length - size * batches
  const means = new Float64Array(batches)
  for (let batch = 0; batch < batches; batch++) {
    const end = offset + (batch + 1) * size
    let sum = 0
    for (let index = end - size; index < end; index++) {
      const sample = samples[index] as number
      sum += sample * sample
    }
    means[batch] = sum / size
  }
  return means
}

/** The variance of the mean if the values did not depend on each other. */
export function independentVarianceOfMean(values: Float64Array): number {
  const mean = meanOf(values)
  let squares = 0
  for (const value of values) squares += (value - mean) * (value - mean)
  return squares / (values.length - 1) / values.length
}

/** Correlation of neighbours; 0 for a constant series. */
function neighbours(values: Float64Array): number {
  const mean = meanOf(values)
  let squares = 0
  let products = 0
  let before = 0
  for (const value of values) {
    const deviation = value - mean
    squares += deviation * deviation
    products += deviation * before
    before = deviation
  }
  return squares > 0 ? products / squares : 0
}

function joinPairs(means: Float64Array): Float64Array {
  return Float64Array.from(
    { length: means.length >> 1 },
    (_, pair) => ((means[2 * pair] as number) + (means[2 * pair + 1] as number)) / 2,
  )
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
