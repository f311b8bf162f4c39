import type { ClosedLoadPlan, OpenLoadPlan, RateSegment } from '../arrival/load-plan.ts'
import type { Schedule } from '../arrival/schedule.ts'
import type { ThinkTime } from '../arrival/think-time.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import { failureName } from './outcome.ts'
import type { Patch, Prepared, TargetSession } from './session.ts'

/** Units of different stages never share a number: stage k counts from k × this. */
const STAGE_UNITS = 1e12

/** One stage of a stream's load in a worker. */
export interface LoadStage {
  readonly plan: OpenLoadPlan | ClosedLoadPlan
  /** From the start of the measurement; Infinity when the stage lasts to the end. */
  readonly until: Nanos
  /**
   * Only for open loads: this worker's part, on the stage's own clock. That of the first stage, which also warms up,
   * holds its initial rate until `segments` follow at A.
   */
  readonly schedule: Schedule | null
  readonly segments: readonly RateSegment[]
}

export interface StreamLoadOptions {
  readonly index: number
  readonly session: TargetSession
  readonly prepared: readonly Prepared[]
  readonly timeout: Nanos
  readonly worker: number
  readonly workers: number
  /** Before the first stage, when that cannot run unmeasured: a single user. */
  readonly warmUpFirst: boolean
  readonly stages: readonly LoadStage[]
  /** Requests per unit; above 1 for sequences. */
  readonly steps: number
  readonly stepPause: Nanos
  /** Messages of a streaming exchange and the time between them; `streaming` false for plain requests. */
  readonly streaming: boolean
  readonly messages: number
  readonly interval: Nanos
  /** Whether answers are captured for `check`. */
  readonly captures: boolean
  /** Payload bytes every answer must have, −1 for any. */
  readonly expectedBytes: number
  /** CRC-32 of the payload that every answer must have, −1 for any. */
  readonly expectedCrc: number
  readonly retries: number
  readonly retryOn: readonly string[]
  /** Gaps between the messages of one answer. */
  readonly gaps: LogLinearHistogram
  /** One for each user of a stage; called once per user. */
  readonly thinkTimes: (stage: number, user: number) => ThinkTime
  /** Two words that the salts derive from. */
  readonly saltSeed: readonly [number, number]
}

/**
 * The load of one stream in one worker: which unit is due when, and what it consists of. All workers walk through the
 * same arrivals; each takes every n-th, so their number changes nothing.
 */
export class StreamLoad {
  readonly index: number
  readonly session: TargetSession
  readonly prepared: readonly Prepared[]
  readonly timeout: Nanos
  readonly steps: number
  readonly stepPause: Nanos
  readonly streaming: boolean
  readonly messages: number
  readonly interval: Nanos
  readonly captures: boolean
  readonly expectedBytes: number
  readonly expectedCrc: number
  readonly retries: number
  readonly gaps: LogLinearHistogram

  /** Number of the current stage; −1 while a single user warms up. */
  stage: number
  stageStart: Nanos = 0
  stageEnd: Nanos = Infinity
  /** Users of the current stage that have not begun. */
  usersToStart = 0

  readonly #stages: readonly LoadStage[]
  readonly #worker: number
  readonly #workers: number
  readonly #retryOn: ReadonlySet<string> | null
  readonly #thinkTimes: (stage: number, user: number) => ThinkTime
  #thinkers: ThinkTime[] = []
  readonly #salt: readonly [number, number]
  #measureFrom: Nanos = Infinity
  #schedule: Schedule | null = null
  /** Units that users of this worker have begun in the stage. */
  #userUnits = 0
  /** Units that may still begin inside the measurement; Infinity without a fixed count. */
  #unitsLeft = Infinity
  #nextUser = 0

  constructor(options: StreamLoadOptions) {
    this.index = options.index
    this.session = options.session
    this.prepared = options.prepared
    this.timeout = options.timeout
    this.steps = options.steps
    this.stepPause = options.stepPause
    this.streaming = options.streaming
    this.messages = options.messages
    this.interval = options.interval
    this.captures = options.captures
    this.expectedBytes = options.expectedBytes
    this.expectedCrc = options.expectedCrc
    this.retries = options.retries
    this.gaps = options.gaps
    this.#stages = options.stages
    this.#worker = options.worker
    this.#workers = options.workers
    this.#retryOn = options.retryOn.length > 0 ? new Set(options.retryOn) : null
    this.#thinkTimes = options.thinkTimes
    this.#salt = options.saltSeed
    this.stage = options.warmUpFirst ? -1 : 0
    this.#enter(0)
  }

  /** Tells the start of the measurement, once it is decided: the stages' boundaries and rates follow from it. */
  resolve(measureFrom: Nanos): void {
    if (measureFrom === this.#measureFrom) return
    this.#measureFrom = measureFrom
    this.stageEnd = this.#endOf(this.stage)
    const stage = this.#stages[this.stage]
    if (this.stage === 0 && stage?.schedule) {
      for (const segment of stage.segments) {
        stage.schedule.append({
          ...segment,
          from: segment.from + measureFrom,
          until: segment.until === null ? null : segment.until + measureFrom,
        })
      }
    }
  }

  /** Moves to the next stage when the current one is over and all its arrivals are taken. */
  nextStage(now: Nanos): boolean {
    if (now < this.stageEnd || this.stage + 1 >= this.#stages.length) return false
    const start = this.stageEnd
    this.stage += 1
    this.stageEnd = this.#endOf(this.stage)
    this.#enter(start)
    return true
  }

  /** When this worker's next arrival is due; Infinity when the stage has no more (or is a closed loop). */
  peek(): Nanos {
    if (this.#schedule === null) return Infinity
    const due = this.stageStart + this.#schedule.peek()
    return due < this.stageEnd ? due : Infinity
  }

  /** Takes the arrival that {@link peek} showed; its unit number. */
  take(): number {
    const schedule = this.#schedule as Schedule
    const unit = this.stage * STAGE_UNITS + schedule.unit
    schedule.advance()
    return unit
  }

  takeUser(): number {
    const user = this.#nextUser
    this.#nextUser += this.#workers
    this.usersToStart -= 1
    return user
  }

  /** The number of a unit that a user begins, or −1 when the fixed count is reached. */
  takeUserUnit(measured: boolean): number {
    if (measured) {
      if (this.#unitsLeft <= 0) return -1
      this.#unitsLeft -= 1
    }
    const unit = Math.max(0, this.stage) * STAGE_UNITS + this.#userUnits * this.#workers + this.#worker
    this.#userUnits += 1
    return unit
  }

  /** Whether an arrival before `until` is still to come. */
  hasPopulationDue(now: Nanos, until: Nanos): boolean {
    if (this.#schedule !== null) return this.peek() < until
    // Users: before B they are either in flight or about to be; a fixed count is over when no unit is left.
    return now < until && this.#unitsLeft > 0
  }

  /** A controller's change of rate, in ns from the start of the load. */
  append(segment: RateSegment): void {
    this.#schedule?.append({
      ...segment,
      from: segment.from - this.stageStart,
      until: segment.until === null ? null : segment.until - this.stageStart,
    })
  }

  thinkTime(user: number): Nanos {
    let thinker = this.#thinkers[user]
    if (thinker === undefined) {
      thinker = this.#thinkTimes(this.stage, user)
      this.#thinkers[user] = thinker
    }
    return thinker.next()
  }

  payload(unit: number, step: number): Prepared {
    return this.prepared[(unit + step) % this.prepared.length] as Prepared
  }

  retriesOn(kind: number, code: number): boolean {
    return this.#retryOn === null || this.#retryOn.has(failureName(kind, code))
  }

  /** 64 bits that differ from request to request and are the same in every run of the same seed. */
  salt(unit: number, step: number, attempt: number, patch: Patch): void {
    const low = mixed((unit % 4294967296) ^ this.#salt[0], step + attempt * 65536)
    patch.saltLow = low
    patch.saltHigh = mixed(low ^ this.#salt[1], (unit / 4294967296) | 0)
  }

  #endOf(stage: number): Nanos {
    if (this.#measureFrom === Infinity) return Infinity
    if (stage < 0) return this.#measureFrom
    return this.#measureFrom + (this.#stages[stage] as LoadStage).until
  }

  #enter(start: Nanos): void {
    this.stageStart = start
    this.#userUnits = 0
    this.#schedule = null
    this.usersToStart = 0
    this.#unitsLeft = Infinity
    this.#nextUser = this.#worker
    this.#thinkers = []
    if (this.stage < 0) {
      this.usersToStart = this.#worker === 0 ? 1 : 0
      return
    }
    const stage = this.#stages[this.stage] as LoadStage
    if (stage.plan.loop === 'open') {
      this.#schedule = stage.schedule
      return
    }
    this.usersToStart = share(stage.plan.concurrency, this.#worker, this.#workers)
    if (stage.plan.requests !== null) this.#unitsLeft = share(stage.plan.requests, this.#worker, this.#workers)
  }
}

/** How many of `total` things, dealt out in turn, worker `worker` gets. */
export function share(total: number, worker: number, workers: number): number {
  return Math.floor((total - worker - 1) / workers) + 1
}

/** A bijective mix of 32 bits (the finaliser of MurmurHash3), keyed. */
function mixed(value: number, key: number): number {
  let hash = (value ^ Math.imul(key, 0x9e3779b1)) | 0
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  hash ^= hash >>> 16
  return hash >>> 0
}
