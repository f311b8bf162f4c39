import { fTail } from '../special/f-tail.ts'
import { studentTQuantile } from '../special/student-t.ts'

export interface FitPoint {
  readonly x: number
  readonly y: number
  /** How much a point counts: 1 ÷ the variance of `y`, up to a factor that all points share. Default: 1. */
  readonly weight?: number
}

/** A polynomial of least squares, y = c₀ + c₁x + c₂x² + … */
export interface PolynomialFit {
  readonly coefficients: readonly number[]
  /** Covariances of the coefficients; `null` where as many coefficients as points leave nothing to tell errors by. */
  readonly covariance: readonly (readonly number[])[] | null
  /** Points less coefficients. */
  readonly freedom: number
  /** Weighted sums of squares: of the residuals, and of y itself. */
  readonly squares: number
  readonly total: number
}

/** Residuals below this, relative to y, are rounding. */
const ROUNDING = 1e-11

/**
 * The polynomial of weighted least squares, by a QR decomposition of the scaled columns. Errors are judged by the residuals
 * (the factor that the weights share is estimated). `null` for fewer different x than coefficients, and for values that are
 * not finite.
 */
export function fitPolynomial(points: readonly FitPoint[], degree: number): PolynomialFit | null {
  const size = degree + 1
  if (new Set(points.map(({ x }) => x)).size < size) return null
  const roots = points.map(({ weight = 1 }) => Math.sqrt(weight))
  const columns: Float64Array[] = []
  for (let power = 0; power < size; power++) {
    const before = columns[power - 1]
    columns.push(
      Float64Array.from(points, ({ x }, row) =>
        before === undefined ? (roots[row] as number) : (before[row] as number) * x,
      ),
    )
  }
  const scales = columns.map((column) => normOf(column))
  if (!scales.every((scale) => scale > 0 && Number.isFinite(scale))) return null
  for (const [index, column] of columns.entries()) scaleBy(column, 1 / (scales[index] as number))
  const rest = Float64Array.from(points, ({ y }, row) => y * (roots[row] as number))
  const total = dot(rest, rest)
  const upper = orthogonalize(columns)
  if (upper === null) return null
  // Twice: what rounding has left of a column in the remainder goes into its coefficient as well.
  const right = columns.map(() => 0)
  for (let round = 0; round < 2; round++) {
    for (const [index, column] of columns.entries()) {
      const part = dot(column, rest)
      right[index] = (right[index] as number) + part
      for (let row = 0; row < rest.length; row++)
        rest[row] = (rest[row] as number) - part * (column[row] as number)
    }
  }
  const inverse = invertUpper(upper)
  const coefficients = scales.map(
    (scale, i) => sumOver(size, (k) => entry(inverse, i, k) * (right[k] as number)) / scale,
  )
  const squares = dot(rest, rest)
  if (!coefficients.every(Number.isFinite) || !Number.isFinite(squares)) return null
  const freedom = points.length - size
  const variance = squares / freedom
  const covariance =
    freedom === 0
      ? null
      : scales.map((scale, i) =>
          scales.map(
            (other, j) =>
              (variance * sumOver(size, (k) => entry(inverse, i, k) * entry(inverse, j, k))) / scale / other,
          ),
        )
  return { coefficients, covariance, freedom, squares, total }
}

export function polynomialAt({ coefficients }: Pick<PolynomialFit, 'coefficients'>, x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
}

/** Student's t interval of a coefficient; `null` where nothing tells errors. */
export function coefficientInterval(
  { coefficients, covariance, freedom }: PolynomialFit,
  index: number,
  level = 0.95,
): readonly [low: number, high: number] | null {
  const variance = covariance?.[index]?.[index]
  const value = coefficients[index]
  if (variance === undefined || value === undefined) return null
  const half = studentTQuantile((1 + level) / 2, freedom) * Math.sqrt(variance)
  return [value - half, value + half]
}

/** The interval of the mean of y at one x. */
export function meanIntervalAt(
  fit: PolynomialFit,
  x: number,
  level = 0.95,
): readonly [low: number, high: number] | null {
  const { covariance, freedom, coefficients } = fit
  if (covariance === null) return null
  const powers = coefficients.map(() => 1)
  for (let index = 1; index < powers.length; index++) powers[index] = (powers[index - 1] as number) * x
  const size = powers.length
  const variance = sumOver(size, (i) =>
    sumOver(size, (j) => (powers[i] as number) * (powers[j] as number) * entry(covariance, i, j)),
  )
  const value = polynomialAt(fit, x)
  const half = studentTQuantile((1 + level) / 2, freedom) * Math.sqrt(Math.max(0, variance))
  return [value - half, value + half]
}

/**
 * Fieller's interval of the ratio of two coefficients, numerator ÷ denominator. `null` where nothing tells errors, or where
 * the denominator may be 0: then nothing bounds the ratio.
 */
export function ratioInterval(
  { coefficients, covariance, freedom }: PolynomialFit,
  [numerator, denominator]: readonly [numerator: number, denominator: number],
  level = 0.95,
): readonly [low: number, high: number] | null {
  if (covariance === null) return null
  const [a, c] = [coefficients[numerator] as number, coefficients[denominator] as number]
  const t = studentTQuantile((1 + level) / 2, freedom)
  const [aa, ac, cc] = [
    entry(covariance, numerator, numerator),
    entry(covariance, numerator, denominator),
    entry(covariance, denominator, denominator),
  ]
  // All r with (a − rc)² ≤ t² · var(a − rc): between the roots of a quadratic, as long as it opens upward.
  const opening = c * c - t * t * cc
  if (!(opening > 0)) return null
  const middle = a * c - t * t * ac
  const root = Math.sqrt(Math.max(0, middle * middle - opening * (a * a - t * t * aa)))
  return [(middle - root) / opening, (middle + root) / opening]
}

/**
 * How probable it is, if the smaller polynomial is the truth, that the larger one improves the fit so much: the F test of
 * nested models. 1 where the larger one leaves nothing to tell errors by.
 */
export function nestedTest(smaller: PolynomialFit, larger: PolynomialFit): number {
  if (larger.freedom === 0 || smaller.squares <= ROUNDING * ROUNDING * smaller.total) return 1
  const terms = smaller.freedom - larger.freedom
  const gain = Math.max(0, smaller.squares - larger.squares) / terms
  const noise = larger.squares / larger.freedom
  if (gain === 0) return 1
  return noise === 0 ? 0 : fTail(gain / noise, terms, larger.freedom)
}

/** Makes the columns orthonormal and returns R, by modified Gram–Schmidt, twice; `null` when they depend on each other. */
function orthogonalize(columns: readonly Float64Array[]): readonly (readonly number[])[] | null {
  const upper = columns.map(() => columns.map(() => 0))
  for (const [j, column] of columns.entries()) {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < j; i++) {
        const before = columns[i] as Float64Array
        const part = dot(before, column)
        const row = upper[i] as number[]
        row[j] = (row[j] as number) + part
        for (let k = 0; k < column.length; k++)
          column[k] = (column[k] as number) - part * (before[k] as number)
      }
    }
    const norm = normOf(column)
    if (!(norm > 1e-13)) return null
    ;(upper[j] as number[])[j] = norm
    scaleBy(column, 1 / norm)
  }
  return upper
}

function invertUpper(upper: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const size = upper.length
  const inverse = upper.map(() => upper.map(() => 0))
  for (let j = 0; j < size; j++) {
    for (let i = j; i >= 0; i--) {
      let sum = i === j ? 1 : 0
      for (let k = i + 1; k <= j; k++) sum -= entry(upper, i, k) * entry(inverse, k, j)
      ;(inverse[i] as number[])[j] = sum / entry(upper, i, i)
    }
  }
  return inverse
}

function entry(matrix: readonly (readonly number[])[], row: number, column: number): number {
  return matrix[row]?.[column] as number
}

function sumOver(count: number, term: (index: number) => number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum += term(index)
  return sum
}

function dot(a: Float64Array, b: Float64Array): number {
  return sumOver(a.length, (index) => (a[index] as number) * (b[index] as number))
}

function normOf(values: Float64Array): number {
  return Math.sqrt(dot(values, values))
}

function scaleBy(values: Float64Array, factor: number): void {
  for (let index = 0; index < values.length; index++) values[index] = (values[index] as number) * factor
}
