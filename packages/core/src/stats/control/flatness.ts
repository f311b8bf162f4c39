import type { Level } from './plant-reading.ts'

/** Twice the load that brings less than this is of no avail: the target is as busy as it gets. */
const GAIN = 1.05
/** And more than this must be out of the question, by the number of completions that were counted. */
const POSSIBLE_GAIN = 1.5
const SURE = 2

/**
 * Whether neither the gauge nor the throughput has grown since the load was half of this. Counts of few completions
 * cannot tell: those of independent requests vary by their square root, and the logarithm of a ratio by the root of the
 * sum of both inverses.
 */
export function isFlat(level: Level, levels: readonly Level[], tolerance: number): boolean {
  const half = levels.findLast(({ load }) => load <= level.load / 2)
  if (half === undefined || level.throughput >= GAIN * half.throughput) return false
  if (level.gauge >= Math.max(GAIN * half.gauge, half.gauge + tolerance)) return false
  const least = Number.MIN_VALUE
  const ratio = Math.log(Math.max(least, level.throughput) / Math.max(least, half.throughput))
  const error = Math.sqrt(1 / (level.completed + 1) + 1 / (half.completed + 1))
  return half.throughput > 0 && ratio + SURE * error < Math.log(POSSIBLE_GAIN)
}
