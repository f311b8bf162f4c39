import { ServebenchError } from '../errors/servebench-error.ts'
import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import type { OpenLoadPlan, RateSegment } from './load-plan.ts'
import { createProcess, type PointProcess } from './process.ts'
import { RateFunction } from './rate-function.ts'

/** Which part of a load's schedule to walk. */
export interface ScheduleOptions {
  /** This worker's number, from 0; unit i belongs to worker i mod `workers`. */
  readonly worker?: number
  readonly workers?: number
  /** No arrival at or after this instant; without it the load has no end of its own. */
  readonly until?: Nanos
}

/**
 * When the units of an open load are due, in ns from the load's start: a cursor that computes one arrival at a time,
 * whatever the length of the load. Every worker walks the whole process and stops at its own units, so that all workers
 * together have exactly the schedule of a single one.
 */
export class Schedule {
  readonly #process: PointProcess
  readonly #rate: RateFunction | null
  readonly #workers: number
  readonly #until: Nanos
  /** The pending unit on the process's own scale. */
  #point: number
  #pending: Nanos
  #unit: number
  /** The latest instant that was handed out: what is due up to it cannot change any more. */
  #passed: Nanos = -1

  constructor(process: PointProcess, rate: RateFunction | null, options: ScheduleOptions = {}) {
    const { worker = 0, workers = 1, until = Infinity } = options
    this.#process = process
    this.#rate = rate
    this.#workers = workers
    this.#until = until
    this.#unit = worker
    this.#point = process.next()
    for (let skip = 0; skip < worker; skip++) this.#point = process.next()
    this.#pending = this.#instant()
  }

  /** When the next unit is due; `Infinity` when there is none (for a load with segments: none unless one is appended). */
  peek(): Nanos {
    return this.#pending
  }

  /** The number of the pending unit in the whole load, over all workers. */
  get unit(): number {
    return this.#unit
  }

  /** Goes on to the next unit. The instant that {@link peek} gave is fixed from now on. */
  advance(): void {
    if (this.#pending === Infinity) return
    this.#passed = this.#pending
    for (let step = this.#workers; step > 0; step--) this.#point = this.#process.next()
    this.#unit += this.#workers
    this.#pending = this.#instant()
  }

  /**
   * Changes the rate from the segment's start on; what was planned beyond is dropped, the pending unit is due anew.
   * Instants that were handed out stay: a segment that comes too late takes effect after them.
   *
   * @returns when it takes effect: `segment.from`, or later when it came too late, or `Infinity` when it had passed.
   * @throws {ServebenchError} `SERVEBENCH_LOAD` when the segment is impossible or the load has no rate (`burst`).
   */
  append(segment: RateSegment): Nanos {
    if (this.#rate === null) {
      throw new ServebenchError(
        'SERVEBENCH_LOAD',
        'The arrivals of this load are given instants: it has no rate to change.',
      )
    }
    const effective = partAfter(this.#passed, segment)
    if (effective === null) return Infinity
    this.#rate.append(effective)
    this.#pending = this.#instant()
    return effective.from
  }

  /** The plan's segments and those appended, as they took effect: the same schedule comes of a plan with these. */
  get segments(): readonly RateSegment[] {
    return this.#rate === null ? [] : this.#rate.segments
  }

  #instant(): Nanos {
    const instant = this.#rate === null ? this.#point : this.#rate.instantOf(this.#point)
    return instant < this.#until ? instant : Infinity
  }
}

/**
 * The schedule of an open load. Draws from `random` alone; equal plans and seeds give equal instants, byte for byte.
 * @throws {ServebenchError} `SERVEBENCH_LOAD` when the plan is impossible.
 */
export function createSchedule(plan: OpenLoadPlan, random: Random, options: ScheduleOptions = {}): Schedule {
  const process = createProcess(plan.process, random)
  if (process.scale === 'nanos') return new Schedule(process, null, options)
  const rate = new RateFunction()
  for (const segment of plan.rate) rate.append(segment)
  return new Schedule(process, rate, options)
}

/** What is left of a segment after an instant (from the next nanosecond on); `null` when nothing is. */
function partAfter(instant: Nanos, segment: RateSegment): RateSegment | null {
  const { until, rate, rateEnd } = segment
  if (segment.from > instant) return segment
  const from = instant + 1
  if (until === null) return { ...segment, from }
  if (until <= from) return null
  return {
    from,
    until,
    rate: rate + ((rateEnd - rate) * (from - segment.from)) / (until - segment.from),
    rateEnd,
  }
}
