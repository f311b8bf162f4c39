/**
 * sin(2π · turns), for any finite number of turns; off by at most 2e-16.
 *
 * The one place for sines: those of the platform differ in their last bits between builds of V8, and a schedule must come
 * out byte for byte the same everywhere. The argument in turns needs no π to be reduced.
 */
export function sineOfTurns(turns: number): number {
  // To [−½, ½], and from there to [−¼, ¼] by symmetry: sin(π − x) = sin(x).
  let x = turns - Math.round(turns)
  if (x > 0.25) x = 0.5 - x
  else if (x < -0.25) x = -0.5 - x
  const angle = x * TWO_PI
  const square = angle * angle
  let sum = 0
  for (let index = INVERSE_FACTORIALS.length - 1; index >= 0; index--) {
    sum = sum * square + (INVERSE_FACTORIALS[index] as number)
  }
  return angle * sum
}

const TWO_PI = 6.283185307179586

/** ±1/(2k + 1)!: the Taylor series, whose 12th term is below 1e-18 of the sum at a quarter turn. */
const INVERSE_FACTORIALS: readonly number[] = Array.from({ length: 12 }, (_, k) => {
  let factorial = 1
  for (let factor = 2; factor <= 2 * k + 1; factor++) factorial *= factor
  return (k % 2 === 0 ? 1 : -1) / factorial
})
