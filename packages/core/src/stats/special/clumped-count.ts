import { normalQuantile } from './normal.ts'

/** Above this many clumps the count is near enough to normal for an expansion around it. */
const MANY_CLUMPS = 60
/** Clumps larger than this are counted in units: the shape no longer changes. */
const LARGE_CLUMP = 500

/**
 * The quantile of a count of things that come in clumps: a Poisson number of clumps of geometric size (the Pólya–Aeppli
 * distribution). Its variance is mean · (2·clump − 1).
 *
 * Exceedances of a high level behave so in a queue: a busy spell brings many at once, and between spells are none.
 *
 * @param clump mean size of a clump, at least 1
 * @returns the smallest count with at least this probability; a multiple of a unit where clumps are large
 */
export function clumpedCountQuantile(probability: number, mean: number, clump: number): number {
  if (clump > LARGE_CLUMP) {
    const unit = clump / LARGE_CLUMP
    return unit * clumpedCountQuantile(probability, mean / unit, LARGE_CLUMP)
  }
  const clumps = mean / clump
  return clumps > MANY_CLUMPS ? expansion(probability, mean, clump) : recursion(probability, clumps, clump)
}

/** Cornish and Fisher's expansion to the skewness. */
function expansion(probability: number, mean: number, clump: number): number {
  const z = normalQuantile(probability)
  const variance = mean * (2 * clump - 1)
  const third = mean * (6 * clump * clump - 6 * clump + 1)
  const skewness = third / (variance * Math.sqrt(variance))
  return Math.max(0, Math.floor(mean + Math.sqrt(variance) * (z + (skewness * (z * z - 1)) / 6)))
}

/** R. Evans's recursion of the probabilities (Biometrika 40, 1953). */
function recursion(probability: number, clumps: number, clump: number): number {
  const r = 1 - 1 / clump
  let before = Math.exp(-clumps)
  if (before >= probability) return 0
  let term = clumps * (1 - r) * before
  let cdf = before + term
  let count = 1
  while (cdf < probability && term > 0) {
    count += 1
    const next = ((2 * r * (count - 1) + clumps * (1 - r)) * term - r * r * (count - 2) * before) / count
    before = term
    term = next
    cdf += next
  }
  return count
}
