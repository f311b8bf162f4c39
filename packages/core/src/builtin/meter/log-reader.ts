import type { PowerLog } from './power-log.ts'
import type { ReadMeter } from './read-meter.ts'

/** A log line older than this, or than two of its own intervals up to a limit, is no power of now. */
const FRESH_MS = 2000
const MOST_FRESH_MS = 20_000
/** Clocks that differ by more than this are told: what was drawn would be charged to the wrong seconds. */
const MOST_SKEW_MS = 1500

/**
 * The mean of the lines that were added since the last reading, their times moved to this machine's clock; the last one
 * again while it is fresh.
 * @param offset of the meter's clock before this machine's, ms
 */
export function readLog(
  log: PowerLog,
  offset: number,
  warn: (message: string) => void,
  wall: () => number = Date.now,
): ReadMeter {
  let last = { at: -Infinity, value: NaN }
  let spacing = 0
  let isTold = false
  return () => {
    const now = wall()
    const added = log.read().map(({ at, value }) => ({ at: at - offset, value }))
    const newest = added.at(-1)
    if (newest !== undefined) {
      const before = added.at(-2)?.at ?? last.at
      spacing = Number.isFinite(before) ? newest.at - before : spacing
      last = newest
      const skew = now - newest.at
      // The first look finds lines of long ago.
      if (
        !isTold &&
        (skew < -MOST_SKEW_MS || (Number.isFinite(before) && skew > MOST_SKEW_MS + 2 * spacing))
      ) {
        isTold = true
        const seconds = Math.round(Math.abs(skew) / 100) / 10
        warn(
          `the meter's newest line is ${seconds} s ${skew > 0 ? 'old' : 'ahead'}: its clock or its logger is off, and clockOffset puts that right`,
        )
      }
    }
    const limit = Math.min(MOST_FRESH_MS, Math.max(FRESH_MS, 2 * spacing))
    const fresh = added.filter(({ at }) => Math.abs(now - at) <= limit)
    if (fresh.length > 0) return fresh.reduce((sum, { value }) => sum + value, 0) / fresh.length
    return Math.abs(now - last.at) <= limit ? last.value : NaN
  }
}
