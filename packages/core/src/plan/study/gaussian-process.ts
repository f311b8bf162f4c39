/** Lengths over which values are alike, and shares of their variance that are noise: the likeliest pair is taken. */
const LENGTHS = [0.15, 0.3, 0.6, 1.2, 2.4]
const NOISES = [0.0001, 0.01, 0.1, 0.5]

export interface Prediction {
  readonly mean: number
  readonly deviation: number
}

/**
 * A Gaussian process with a Matérn 5/2 kernel (Rasmussen & Williams 2006, ch. 2 and 4), one length for all features. Values
 * are standardised; length and noise are those with the highest marginal likelihood.
 */
export class GaussianProcess {
  readonly #inputs: readonly (readonly number[])[]
  readonly #mean: number
  readonly #scale: number
  readonly #fit: Fit

  /** @param inputs at least one, all of the same length */
  constructor(inputs: readonly (readonly number[])[], values: readonly number[]) {
    this.#inputs = inputs
    const count = values.length
    this.#mean = values.reduce((sum, value) => sum + value, 0) / count
    const squares = values.reduce((sum, value) => sum + (value - this.#mean) * (value - this.#mean), 0)
    this.#scale = Math.sqrt(squares / count) || 1
    const standardised = values.map((value) => (value - this.#mean) / this.#scale)
    const distances = inputs.map((one) => inputs.map((other) => distanceOf(one, other)))
    let best: Fit | null = null
    for (const length of LENGTHS) {
      for (const noise of NOISES) {
        const fit = fitOf(distances, standardised, length, noise)
        if (fit !== null && (best === null || fit.likelihood > best.likelihood)) best = fit
      }
    }
    if (best === null) throw new RangeError('The values of a Gaussian process must be finite.')
    this.#fit = best
  }

  /** What the value is expected to be, without the noise of measuring it. */
  predict(input: readonly number[]): Prediction {
    const { factor, weights, length } = this.#fit
    const near = this.#inputs.map((other) => kernel(distanceOf(input, other), length))
    const mean = near.reduce((sum, value, index) => sum + value * (weights[index] as number), 0)
    const solved = forward(factor, near)
    const known = solved.reduce((sum, value) => sum + value * value, 0)
    return {
      mean: this.#mean + this.#scale * mean,
      deviation: this.#scale * Math.sqrt(Math.max(1e-12, 1 - known)),
    }
  }
}

interface Fit {
  readonly length: number
  /** Lower Cholesky factor of the covariance. */
  readonly factor: readonly Float64Array[]
  readonly weights: Float64Array
  readonly likelihood: number
}

function fitOf(
  distances: readonly (readonly number[])[],
  values: readonly number[],
  length: number,
  noise: number,
): Fit | null {
  const covariance = distances.map((row, one) =>
    Float64Array.from(row, (distance, other) => kernel(distance, length) + (one === other ? noise : 0)),
  )
  const factor = cholesky(covariance)
  if (factor === null) return null
  const weights = backward(factor, forward(factor, values))
  let likelihood = 0
  for (const [index, value] of values.entries()) {
    likelihood -= 0.5 * value * (weights[index] as number) + Math.log(factor[index]?.[index] as number)
  }
  return Number.isFinite(likelihood) ? { length, factor, weights, likelihood } : null
}

function kernel(distance: number, length: number): number {
  const scaled = (Math.sqrt(5) * distance) / length
  return (1 + scaled + (scaled * scaled) / 3) * Math.exp(-scaled)
}

function distanceOf(one: readonly number[], other: readonly number[]): number {
  let sum = 0
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] as number)
    sum += difference * difference
  }
  return Math.sqrt(sum)
}

/** `null` for a matrix that is not positive definite. */
function cholesky(matrix: readonly Float64Array[]): readonly Float64Array[] | null {
  const factor = matrix.map((row) => new Float64Array(row.length))
  for (let row = 0; row < matrix.length; row++) {
    const own = factor[row] as Float64Array
    for (let column = 0; column <= row; column++) {
      const other = factor[column] as Float64Array
      let sum = matrix[row]?.[column] as number
      for (let index = 0; index < column; index++) sum -= (own[index] as number) * (other[index] as number)
      if (row === column) {
        if (!(sum > 0)) return null
        own[row] = Math.sqrt(sum)
      } else own[column] = sum / (other[column] as number)
    }
  }
  return factor
}

function forward(factor: readonly Float64Array[], values: readonly number[]): Float64Array {
  const solved = new Float64Array(values.length)
  for (const [row, value] of values.entries()) {
    const own = factor[row] as Float64Array
    let sum = value
    for (let index = 0; index < row; index++) sum -= (own[index] as number) * (solved[index] as number)
    solved[row] = sum / (own[row] as number)
  }
  return solved
}

function backward(factor: readonly Float64Array[], values: Float64Array): Float64Array {
  const solved = new Float64Array(values.length)
  for (let row = values.length - 1; row >= 0; row--) {
    let sum = values[row] as number
    for (let index = row + 1; index < values.length; index++)
      sum -= (factor[index]?.[row] as number) * (solved[index] as number)
    solved[row] = sum / (factor[row]?.[row] as number)
  }
  return solved
}
