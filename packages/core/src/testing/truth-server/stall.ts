import { parseDuration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { Stall } from './program.ts'

export interface StallWindow {
  readonly from: Nanos
  readonly until: Nanos
  readonly thread: boolean
}

/** Windows on the program's clock, in order; overlapping ones act as their union. */
export function stallWindows(stalls: readonly Stall[]): StallWindow[] {
  return stalls
    .map((stall) => ({
      from: parseDuration(stall.from),
      until: parseDuration(stall.until),
      thread: stall.what === 'thread',
    }))
    .toSorted((a, b) => a.from - b.from)
}

/** `at` itself, or the end of the window it lies in. */
export function thaw(windows: readonly StallWindow[], at: Nanos): Nanos {
  let instant = at
  for (const window of windows) if (instant >= window.from && instant < window.until) instant = window.until
  return instant
}
