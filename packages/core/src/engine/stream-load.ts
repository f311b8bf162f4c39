import type { ThinkTime } from '../arrival/think-time.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../units/nanos.ts'
import type { LoadWalk } from './load-walk.ts'
import { failureName, type Outcome } from './outcome.ts'
import type { Patch, Prepared, TargetSession } from './session.ts'

/** What a user does between a settlement and its next unit, in one stage. */
export interface UserPace {
  /** From the start of one unit to that of the next at least; 0 for no such rule. */
  readonly cycle: Nanos
  /** Whether a user pauses as long as its request took. */
  readonly mirrors: boolean
  /** The pauses of one user; called once per user. */
  readonly thinkTime: (user: number) => ThinkTime
}

/** Told of every request of the population when it settles, before its slot is used again. */
export interface SettlementObserver {
  /** @param code the failure, as records have it; 0 without one */
  settled(slot: number, outcome: Outcome, code: number, intended: Nanos, now: Nanos): void
}

export interface StreamLoadOptions {
  readonly index: number
  readonly session: TargetSession
  readonly prepared: readonly Prepared[]
  readonly timeout: Nanos
  readonly walk: LoadWalk
  /** By stage. */
  readonly paces: readonly UserPace[]
  /** Requests per unit; above 1 for sequences. */
  readonly steps: number
  readonly stepPause: Nanos
  /** Messages of a streaming exchange and the time between them; `streaming` false for plain requests. */
  readonly streaming: boolean
  readonly messages: number
  readonly interval: Nanos
  /** Whether answers are captured for `check`. */
  readonly captures: boolean
  /** How many payload bytes every answer must have. */
  readonly leastBytes: number
  readonly mostBytes: number
  /** CRC-32 of the payload that every answer must have, −1 for any. */
  readonly expectedCrc: number
  readonly retries: number
  readonly retryOn: readonly string[]
  /** Gaps between the messages of one answer. */
  readonly gaps: LogLinearHistogram
  /** Two words that the salts derive from. */
  readonly saltSeed: readonly [number, number]
  readonly observer: SettlementObserver | null
}

/** The load of one stream in one worker: which unit is due when ({@link walk}), and what it consists of. */
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
  readonly leastBytes: number
  readonly mostBytes: number
  readonly expectedCrc: number
  readonly retries: number
  readonly gaps: LogLinearHistogram
  readonly observer: SettlementObserver | null
  /** Answers that came after their deadline. */
  late = 0
  /** Units of the measurement that took as long as the cycle of their user or longer. */
  overruns = 0

  readonly walk: LoadWalk
  readonly #paces: readonly UserPace[]
  readonly #retryOn: ReadonlySet<string> | null
  readonly #salt: readonly [number, number]
  #thinkers: ThinkTime[] = []
  #thinkersStage = -1

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
    this.leastBytes = options.leastBytes
    this.mostBytes = options.mostBytes
    this.expectedCrc = options.expectedCrc
    this.retries = options.retries
    this.gaps = options.gaps
    this.observer = options.observer
    this.walk = options.walk
    this.#paces = options.paces
    this.#retryOn = options.retryOn.length > 0 ? new Set(options.retryOn) : null
    this.#salt = options.saltSeed
  }

  /** From the start of one unit of a user to that of the next at least, in the present stage; 0 without such a rule. */
  get cycle(): Nanos {
    return this.#paces[this.walk.stage]?.cycle ?? 0
  }

  /**
   * When a user's next unit is due.
   * @param began when the last one was due
   * @param dispatched when its last request was; NaN when it never was
   */
  nextDue(user: number, began: Nanos, dispatched: Nanos, now: Nanos): Nanos {
    const { stage } = this.walk
    const pace = this.#paces[stage]
    if (pace === undefined) return now
    if (pace.cycle > 0) return Math.max(now, began + pace.cycle)
    if (pace.mirrors) return dispatched < now ? now + (now - dispatched) : now
    if (stage !== this.#thinkersStage) {
      this.#thinkers = []
      this.#thinkersStage = stage
    }
    return now + (this.#thinkers[user] ??= pace.thinkTime(user)).next()
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
