/**
 * Holm's p-values (1979): a family of tests that calls significant what is at most `level` here raises any false alarm
 * with at most that probability, however the tests depend on each other. In the order of the p-values given.
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues
    .map((_, index) => index)
    .sort((a, b) => (pValues[a] as number) - (pValues[b] as number))
  const adjusted = Array.from(pValues, () => 1)
  let largest = 0
  for (const [place, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues[index] as number) * (pValues.length - place)))
    adjusted[index] = largest
  }
  return adjusted
}
