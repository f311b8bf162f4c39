import type { ByteSize } from '../units/bytes.ts'
import type { CarbonSource } from './carbon-source.ts'
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
  /** Energy per item, and its carbon: made from what samplers read of power. */
  readonly energy?: EnergyOptions
  /** What the measured throughput costs; nothing by default. */
  readonly cost?: CostOptions
}

export interface EnergyOptions {
  /**
   * How long the machine is measured before the load starts, its server ready and its models loaded: what it draws anyway is
   * no energy of the items. Default `'0s'`: not measured; `'60s'` is a good length. Searches and cold starts
   * go without.
   */
  readonly idle?: Duration
  /** Whose electricity: a country (`'DE'`), a region of a cloud (`'gcp:europe-west4'`) or `'world'`, the default. */
  readonly region?: string
  /** Of that electricity, in g CO2e per kWh, instead of a region. */
  readonly intensity?: number
  /** A file of intensities by region, relative to the root, instead of the one that comes with servebench. */
  readonly table?: string
  /** Energy of the data centre over that of its IT. Default 1.15 in a cloud's region and 1.58 elsewhere. */
  readonly pue?: number
  /**
   * Who says how much carbon that electricity makes right now, such as {@link electricityMaps}: asked after each trial. The
   * region's table stands in while there is no answer. Nobody is asked by default.
   */
  readonly live?: CarbonSource
  /** Carbon of making the machine: kilograms of CO2e, years of use, and the share of the machine that is used. */
  readonly embodied?: { readonly kilograms: number; readonly years: number; readonly share?: number }
}

export interface CostOptions {
  /** Prices to look `shape` up in: `'aws'`, `'gcp'`, `'azure'`, or a file relative to the root. */
  readonly prices?: string
  /** What the target runs on: `'g4dn.xlarge'`, `'e2-standard-4'`, `'e2-custom-8-16'` (8 CPUs, 16 GiB). */
  readonly shape?: string
  /** Of one node per hour, instead of `prices` and `shape`. */
  readonly price?: number
  /** Of `price`, of `own` and of `budget`. Default `'USD'`, or that of the prices. */
  readonly currency?: string
  /** Nodes that the target consists of. Default 1. */
  readonly nodes?: number
  /** Default 730. */
  readonly hoursPerMonth?: number
  /** Share of its capacity that is used on average, above 0 and up to 1. Default 1. */
  readonly utilization?: number
  /** Paid by memory and time of each request: `service` of `prices`, such as `'lambda'`. */
  readonly serverless?: { readonly service: string; readonly memory: ByteSize }
  /** Machines of one's own. Without `watts` what was measured; `pue` is that of `energy` unless given. */
  readonly own?: OwnMachineOptions
  /** Per month: how much of the work it pays for. */
  readonly budget?: number
  /** Requests per second: how many such targets it takes, with the share of each that stays free (default 0.3). */
  readonly demand?: number
  readonly headroom?: number
}

export interface OwnMachineOptions {
  /** To buy one node. */
  readonly price: number
  readonly years: number
  readonly perKWh: number
  readonly watts?: number
  readonly pue?: number
  /** Share of its life that it is used. Default 1. */
  readonly utilization?: number
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
