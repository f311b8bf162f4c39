import type { Nanos } from '../units/nanos.ts'
import type { RateSegment } from './load-plan.ts'

/**
 * The arrivals of an open load, one after the other, computed when they are asked for. The load's clock may run before
 * its plan begins (a warm-up): until then a load that has a rate keeps its initial one, and one of given instants has no
 * arrivals.
 */
export interface Arrivals {
  /** When the pending arrival is due; Infinity when none is known. One may still come of {@link begin} or {@link append}. */
  peek(): Nanos
  /** Passes over arrivals, as far as it knows of any. Returns how many are still to be passed over. */
  skip(count: number): number
  /** The pending arrival is handed out: neither it nor what lies before can change any more. */
  pass(): void
  /** The plan's time 0 is at this instant. */
  begin(at: Nanos): void
  /**
   * Changes the rate from the segment's start on; see `Schedule.append`.
   * @throws {ServebenchError} `SERVEBENCH_LOAD` when it is impossible, or there is no rate to change
   */
  append(segment: RateSegment): Nanos
  /** The plan's segments and those appended, as they took effect; none for given instants. */
  readonly segments: readonly RateSegment[]
}
