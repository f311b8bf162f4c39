import type { ByteSize } from '../units/bytes.ts'
import type { Duration } from '../units/duration.ts'
import type { StopRule } from './stop-rule.ts'
import type { Warmup } from './warmup.ts'

/**
 * How a trial is run. The same names in `servebench.config.ts`, in `describe` and in `scenario`, where later levels
 * override earlier ones member by member.
 */
export interface SettingOptions {
  /**
   * How long, or for how many settled requests, the load runs before the measurement, or `'auto'`: until the target looks
   * steady. Default `'2s'`.
   */
  readonly warmup?: Warmup
  /** What must be known before the measurement may end, such as `certified({ percentile: 99, limit: '50ms' })`; not before `duration`. */
  readonly until?: StopRule
  /** Length of the measurement. Default `'10s'`; a load with an end of its own (`requests`, `stages`) sets it. */
  readonly duration?: Duration
  /** How long arrivals go on, and answers are awaited, after the measurement. Default `'5s'`. */
  readonly drain?: Duration
  /** Pause after a trial. Default `'0s'`. */
  readonly cooldown?: Duration
  /** From the intended start; a request that passes it is cancelled and counts as timed out. Default `'30s'`. */
  readonly timeout?: Duration
  /** Whether a failed request is sent again; each attempt is recorded, and response time spans them. Default: never. */
  readonly retry?: number | RetryOptions
  /** A number, or how connections are used, for all workers together. */
  readonly connections?: number | ConnectionOptions
  /** Requests in flight at most, over all workers. Default 10 000. */
  readonly maxInFlight?: number
  /** A due request beyond `maxInFlight` waits, which is charged to it (`'queue'`), or is dropped and counted. Default `'queue'`. */
  readonly overflow?: 'queue' | 'drop'
  /** Load threads. Default `'auto'`: one, more when the load needs them. */
  readonly workers?: number | 'auto'
  /** Which requests leave a row in the records. Default `'all'`. */
  readonly records?: 'all' | 'sample' | 'none'
  /** An answer above this size fails. Default `'64MiB'`. */
  readonly maxResponseBytes?: ByteSize
  /** The ring of distinct payloads that is encoded before a trial. Default 64 payloads and `'256MiB'`. */
  readonly payloads?: { readonly count?: number; readonly bytes?: ByteSize }
  /** Limits of the validity verdict. */
  readonly gates?: GateOptions
}

export interface RetryOptions {
  /** Further attempts after the first. */
  readonly attempts?: number
  /** Failures that are retried, by their names in the result: `http-503`, `reset`. Default: all. */
  readonly on?: readonly string[]
}

export interface ConnectionOptions {
  /** `'auto'`: the concurrency of a closed loop; for an open loop what rate × timeout needs, up to 64, more on demand. */
  readonly count?: number | 'auto'
  /** Concurrent exchanges per connection, where the protocol multiplexes. */
  readonly streams?: number | 'auto'
  readonly reuse?: 'keep-alive' | 'per-request'
  readonly open?: 'before' | 'on-demand' | 'auto'
}

/** A number is the limit from which a measurement is suspect or invalid; `null` switches the limit off. */
export interface GateLimits {
  readonly suspect?: number | null
  readonly invalid?: number | null
}

export interface GateOptions {
  /** p99 of the dispatch lag, as a share of the median response time, but at least the floors. */
  readonly dispatchLag?: GateLimits & { readonly floorSuspect?: Duration; readonly floorInvalid?: Duration }
  /** Dispatched requests as a share of due ones: below the limit. */
  readonly dispatched?: GateLimits
  /** A load thread's own share of a core. */
  readonly loadThreadCpu?: GateLimits
  /** Live in-flight integral against the sum of records, relative. */
  readonly accounting?: GateLimits
  /** Little's law, relative gap. */
  readonly littlesLaw?: GateLimits
  /** Share of the machine's CPU that belonged to others. */
  readonly foreignCpu?: GateLimits
  /** Monotonic clock against wall clock, relative. */
  readonly clockDrift?: GateLimits
}
