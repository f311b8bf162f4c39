/** Throughput at a size: users, or machines. */
export interface ScalabilityPoint {
  readonly size: number
  /** Per second, above 0. */
  readonly throughput: number
  /** Standard deviation of its error, up to a common factor. Default: in proportion to the throughput. */
  readonly error?: number
}

/** X(N) = λN / (1 + σ(N−1) + κN(N−1)). */
export interface ScalabilityLaw {
  /** λ: throughput at size 1, per second. */
  readonly single: number
  /** σ: the share that is serial. */
  readonly contention: number
  /** κ: what each pair costs to agree. */
  readonly coherency: number
}

const MOST_STEPS = 60
/** Relative progress below which a fit has ended. */
const DONE = 1e-12

/** X(N) = λN / (1 + σ(N−1) + κN(N−1)): Gunther's Universal Scalability Law. */
export function scalabilityAt({ single, contention, coherency }: ScalabilityLaw, size: number): number {
  return (single * size) / (1 + contention * (size - 1) + coherency * size * (size - 1))
}

/** N* = √((1−σ)/κ), at least 1; `Infinity` where throughput grows for ever. */
export function peakSize({ contention, coherency }: ScalabilityLaw): number {
  if (contention >= 1) return 1
  return coherency > 0 ? Math.max(1, Math.sqrt((1 - contention) / coherency)) : Infinity
}

/** The most throughput at any size: at the peak, or λ/σ without one, or unbounded. */
export function peakThroughput(law: ScalabilityLaw): number {
  const peak = peakSize(law)
  if (Number.isFinite(peak)) return scalabilityAt(law, peak)
  return law.contention > 0 ? law.single / law.contention : Infinity
}

/** Where perfect scaling, λN, would reach the most throughput that there is: beyond it, sizes add more waiting than work. */
export function kneeSize(law: ScalabilityLaw): number {
  return peakThroughput(law) / law.single
}

type Triple = [number, number, number]

/**
 * The law of least squares (of errors relative to `error`), with σ ≥ 0 and κ ≥ 0.
 *
 * N/X = a + b(N−1) + cN(N−1) with a = 1/λ, b = σ/λ, c = κ/λ is linear, which gives the start; Levenberg and Marquardt
 * end it on X itself. Where a coefficient would be negative, the best fit with it at 0 counts. `null` for fewer than
 * three sizes, or where nothing fits.
 */
export function fitScalability(points: readonly ScalabilityPoint[]): ScalabilityLaw | null {
  if (new Set(points.map(({ size }) => size)).size < 3) return null
  const free = solve(points, [true, true, true])
  if (free !== null && isFeasible(free)) return lawOf(free)
  let best: Triple | null = null
  let least = Infinity
  for (const kept of [
    [true, false, true],
    [true, true, false],
    [true, false, false],
  ] as const) {
    const one = solve(points, kept)
    if (one === null || !isFeasible(one)) continue
    const cost = costOf(points, one)
    if (cost < least) {
      best = one
      least = cost
    }
  }
  return best === null ? null : lawOf(best)
}

function isFeasible([a, b, c]: Triple): boolean {
  return a > 0 && b >= 0 && c >= 0
}

function lawOf([a, b, c]: Triple): ScalabilityLaw {
  return { single: 1 / a, contention: b / a, coherency: c / a }
}

function costOf(points: readonly ScalabilityPoint[], [a, b, c]: Triple): number {
  let cost = 0
  for (const { size, throughput, error = throughput } of points) {
    const below = a + b * (size - 1) + c * size * (size - 1)
    if (!(below > 0)) return Infinity
    const residual = (throughput - size / below) / error
    cost += residual * residual
  }
  return cost
}

function solve(points: readonly ScalabilityPoint[], kept: readonly boolean[]): Triple | null {
  let at = step(points, null, kept, 0)
  if (at === null) return null
  let cost = costOf(points, at)
  // A start outside the law's domain: throughput in proportion to the best size.
  if (!Number.isFinite(cost)) {
    at = [Math.min(...points.map(({ size, throughput }) => size / throughput)), 0, 0]
    cost = costOf(points, at)
  }
  let damping = 1e-3
  for (let round = 0; round < MOST_STEPS; round++) {
    const next = step(points, at, kept, damping)
    const nextCost = next === null ? Infinity : costOf(points, next)
    if (next === null || !(nextCost < cost)) {
      damping *= 10
      if (damping > 1e12) break
      continue
    }
    const gain = cost - nextCost
    at = next
    cost = nextCost
    damping = Math.max(damping / 10, 1e-15)
    if (gain <= DONE * cost) break
  }
  return at
}

/** One damped step of Gauss and Newton from `at`; from nowhere, the linear fit of N/X. `null` when it is singular. */
function step(
  points: readonly ScalabilityPoint[],
  at: Triple | null,
  kept: readonly boolean[],
  damping: number,
): Triple | null {
  const matrix = new Float64Array(9)
  const right: Triple = [0, 0, 0]
  const row: Triple = [0, 0, 0]
  for (const { size, throughput, error = throughput } of points) {
    const terms: Triple = [1, size - 1, size * (size - 1)]
    const below = at === null ? size / throughput : at[0] + at[1] * terms[1] + at[2] * terms[2]
    // The derivative of N/D by the denominator is −N/D².
    const slope = size / (below * below) / error
    const residual = at === null ? slope * below : (size / below - throughput) / error
    for (let i = 0; i < 3; i++) row[i] = kept[i] ? slope * (terms[i] as number) : 0
    for (let i = 0; i < 3; i++) {
      right[i] = (right[i] as number) + (row[i] as number) * residual
      for (let j = 0; j < 3; j++) {
        matrix[3 * i + j] = (matrix[3 * i + j] as number) + (row[i] as number) * (row[j] as number)
      }
    }
  }
  const change = solveScaled(matrix, right, damping)
  if (change === null) return null
  return at === null ? change : [at[0] + change[0], at[1] + change[1], at[2] + change[2]]
}

/** Solves the normal equations with a unit diagonal, by Cholesky; rows of zeros stay 0. */
function solveScaled(matrix: Float64Array, right: Triple, damping: number): Triple | null {
  const scale = [0, 4, 8].map((index) => Math.sqrt(matrix[index] as number))
  const lower = new Float64Array(9)
  const result: Triple = [0, 0, 0]
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j <= i; j++) {
      const size = (scale[i] as number) * (scale[j] as number)
      let sum = size > 0 ? (matrix[3 * i + j] as number) / size : 0
      if (i === j) sum = size > 0 ? sum + damping : 1
      for (let k = 0; k < j; k++) sum -= (lower[3 * i + k] as number) * (lower[3 * j + k] as number)
      if (i === j) {
        if (!(sum > 1e-14)) return null
        lower[3 * i + i] = Math.sqrt(sum)
      } else lower[3 * i + j] = sum / (lower[3 * j + j] as number)
    }
  }
  for (let i = 0; i < 3; i++) {
    let sum = (scale[i] as number) > 0 ? (right[i] as number) / (scale[i] as number) : 0
    for (let k = 0; k < i; k++) sum -= (lower[3 * i + k] as number) * (result[k] as number)
    result[i] = sum / (lower[3 * i + i] as number)
  }
  for (let i = 2; i >= 0; i--) {
    let sum = result[i] as number
    for (let k = i + 1; k < 3; k++) sum -= (lower[3 * k + i] as number) * (result[k] as number)
    result[i] = sum / (lower[3 * i + i] as number)
  }
  for (let i = 0; i < 3; i++) {
    const size = scale[i] as number
    result[i] = size > 0 ? (result[i] as number) / size : 0
  }
  return result.every(Number.isFinite) ? result : null
}
