/** Shares nearer to 0 or 1 than this count as if they were there: their log-odds have no bounds. */
const EDGE = 0.02

/**
 * How far a gauge is below its target, such that it counts alike on both sides. A share ends at 1: with a target of 0.8
 * the plain difference is never below −0.2, and a controller that was too high hardly comes back. The difference of
 * log-odds has no such end; it is scaled so that near the target it is the plain difference. Without a ceiling, what is
 * left of it is the difference of logarithms.
 */
export function logOddsError(target: number, reading: number, ceiling: number): number {
  if (ceiling === Infinity) {
    const least = EDGE * target
    return target * Math.log(target / Math.max(least, reading))
  }
  const wanted = target / ceiling
  const found = Math.min(1 - EDGE, Math.max(EDGE, reading / ceiling))
  return (logOdds(wanted) - logOdds(found)) * wanted * (1 - wanted) * ceiling
}

function logOdds(share: number): number {
  return Math.log(share / (1 - share))
}
