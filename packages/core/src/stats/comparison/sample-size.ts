import { normalQuantile } from '../special/normal.ts'
import { studentTQuantile } from '../special/student-t.ts'
import { smallestRankP } from './mann-whitney.ts'
import { smallestSignedRankP } from './signed-rank.ts'

/** How many repeats a rank test needs where Student's t test needs one, if values are normal: π / 3. */
const RANK_PRICE = 1.0471975511965976

/** Beyond this a number of repeats is no advice. */
const MOST = 1000

export interface SampleSizeOptions {
  /** Of a two-sided test; with several tests at once, what is left for each. */
  readonly level: number
  /** The probability of finding what is there. */
  readonly power: number
  /** `two`: on each of two sides. `pairs`: differences of pairs, whose standard deviation is given. */
  readonly samples: 'two' | 'pairs'
}

/**
 * Repeats (on each side) with which a rank test finds a shift of `effect` standard deviations: Student's t test's
 * number (both quantiles at its degrees of freedom) times π/3, and at least what the exact test needs to reach its level
 * at all. `null` above 1000.
 */
export function repeatsToDetect(effect: number, options: SampleSizeOptions): number | null {
  return search(effect, options, 1 - options.level / 2)
}

/**
 * Repeats with which two one-sided rank tests find that a shift lies inside a margin: `room` is how far the true shift
 * is from the nearer margin, in standard deviations.
 */
export function repeatsToExclude(room: number, options: SampleSizeOptions): number | null {
  return search(room, options, 1 - options.level)
}

/** The smallest number of repeats (on each side) with which the exact test can be significant at this level at all. */
export function fewestRepeats(level: number, samples: SampleSizeOptions['samples']): number {
  let count = 1
  while ((samples === 'two' ? smallestRankP(count, count) : smallestSignedRankP(count)) > level * (1 + 1e-9))
    count += 1
  return count
}

function search(
  effect: number,
  { level, power, samples }: SampleSizeOptions,
  confidence: number,
): number | null {
  if (!(effect > 0)) return null
  const fewest = fewestRepeats(level, samples)
  const sides = samples === 'two' ? 2 : 1
  const scale = (sides * RANK_PRICE) / (effect * effect)
  const z = normalQuantile(confidence) + normalQuantile(power)
  if (z * z * scale > MOST) return null
  for (let count = Math.max(fewest, 2); count <= MOST; count++) {
    const freedom = sides * (count - 1)
    const t = studentTQuantile(confidence, freedom) + studentTQuantile(power, freedom)
    if (count >= t * t * scale) return count
  }
  return null
}
