import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import { createArrivals } from './create-arrivals.ts'
import type { OpenLoadPlan, RateSegment } from './load-plan.ts'
import type { OpenTrace } from './process.ts'

/** Which part of a load's schedule to walk. */
export interface ScheduleOptions {
  /** This worker's number, from 0; unit i belongs to worker i mod `workers`. */
  readonly worker?: number
  readonly workers?: number
  /** No arrival at or after this instant; without it the load has no end of its own. */
  readonly until?: Nanos
  /** Where the plan begins on the load's clock; `null` when {@link Schedule.begin} will tell. Default 0. */
  readonly begin?: Nanos | null
  /** For loads that replay files. */
  readonly openTrace?: OpenTrace
}

/**
 * When the units of an open load are due, in ns from the load's start: a cursor that computes one arrival at a time,
 * whatever the length of the load. Every worker walks the whole process and stops at its own units, so that all workers
 * together have exactly the schedule of a single one.
 */
export class Schedule {
  readonly #arrivals: Arrivals
  readonly #workers: number
  readonly #until: Nanos
  #pending: Nanos = Infinity
  #unit: number
  /** Arrivals of other workers between here and the pending unit. */
  #others: number

  constructor(arrivals: Arrivals, options: ScheduleOptions = {}) {
    const { worker = 0, workers = 1, until = Infinity } = options
    this.#arrivals = arrivals
    this.#workers = workers
    this.#until = until
    this.#unit = worker
    this.#others = worker
    this.#find()
  }

  /** When the next unit is due; `Infinity` when there is none (unless a segment or the beginning brings one). */
  peek(): Nanos {
    // A trace may have been read on meanwhile.
    if (this.#pending === Infinity) this.#find()
    return this.#pending
  }

  /** The number of the pending unit in the whole load, over all workers. */
  get unit(): number {
    return this.#unit
  }

  /** Goes on to the next unit. The instant that {@link peek} gave is fixed from now on. */
  advance(): void {
    if (this.#pending === Infinity) return
    this.#arrivals.pass()
    this.#unit += this.#workers
    this.#others = this.#workers
    this.#find()
  }

  /** The plan begins at this instant of the load's clock; see {@link Arrivals.begin}. */
  begin(at: Nanos): void {
    this.#arrivals.begin(at)
    this.#find()
  }

  /**
   * Changes the rate from the segment's start on; what was planned beyond is dropped, the pending unit is due anew.
   * Instants that were handed out stay: a segment that comes too late takes effect after them.
   *
   * @returns when it takes effect: `segment.from`, or later when it came too late, or `Infinity` when it had passed.
   * @throws {ServebenchError} `SERVEBENCH_LOAD` when the segment is impossible or the load has no rate (`burst`).
   */
  append(segment: RateSegment): Nanos {
    const effective = this.#arrivals.append(segment)
    this.#find()
    return effective
  }

  /** The plan's segments and those appended, as they took effect: the same schedule comes of a plan with these. */
  get segments(): readonly RateSegment[] {
    return this.#arrivals.segments
  }

  #find(): void {
    if (this.#others > 0) this.#others = this.#arrivals.skip(this.#others)
    const due = this.#others === 0 ? this.#arrivals.peek() : Infinity
    this.#pending = due < this.#until ? due : Infinity
  }
}

/**
 * The schedule of an open load. Draws from `random` alone; equal plans and seeds give equal instants, byte for byte.
 * @throws {ServebenchError} `SERVEBENCH_LOAD` when the plan is impossible.
 */
export function createSchedule(plan: OpenLoadPlan, random: Random, options: ScheduleOptions = {}): Schedule {
  const arrivals = createArrivals(plan, random, options.openTrace)
  const { begin = 0 } = options
  if (begin !== null) arrivals.begin(begin)
  return new Schedule(arrivals, options)
}
