/** One measure of a candidate, and the interval that it is known to; of an exact one all three are equal. */
export interface Measure {
  readonly value: number
  readonly low: number
  /** `Infinity`: nothing bounds it. */
  readonly high: number
}

/** What is compared: `true` where less of it is better. */
export type Directions = readonly boolean[]

/**
 * Whether one candidate dominates another: it is worse in nothing, and better in something. Better is what no overlap of the
 * intervals leaves in doubt; within intervals that overlap two values are tied. A value that nothing bounds is tied with
 * none, but it is not worse than one that was found to be so. What is known of one alone (`null`) speaks against the other.
 */
export function dominates(
  one: readonly (Measure | null)[],
  other: readonly (Measure | null)[],
  less: Directions,
): boolean {
  let better = false
  for (const [index, isLess] of less.entries()) {
    const [a, b] = [one[index] ?? null, other[index] ?? null]
    if (b === null) continue
    if (a === null || isWorse(a, b, isLess)) return false
    if (isLess ? a.high < b.low : a.low > b.high) better = true
  }
  return better
}

function isWorse(a: Measure, b: Measure, isLess: boolean): boolean {
  const falls = isLess ? a.value > b.value : a.value < b.value
  if (!falls) return false
  const isBounded = Number.isFinite(a.high) && Number.isFinite(b.high)
  return !isBounded || a.low > b.high || a.high < b.low
}

/** For each candidate the positions of those that dominate it: none for those of the front. */
export function dominators(
  candidates: readonly (readonly (Measure | null)[])[],
  less: Directions,
): readonly (readonly number[])[] {
  return candidates.map((one, index) =>
    candidates.flatMap((other, position) =>
      position !== index && dominates(other, one, less) ? position : [],
    ),
  )
}
