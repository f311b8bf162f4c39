export interface Metrics {
  readonly counts: Counts
  /** Failed requests by kind: `{ 'http-503': 12, reset: 1 }`. */
  readonly failures: Readonly<Record<string, number>>
  /** Due per second of measurement. */
  readonly offeredLoad: number | null
  /** Completions inside the measurement per second. */
  readonly throughput: number | null
  /** Completed, correct and inside the deadline, per second. */
  readonly goodput: number | null
  /** Intervals at 95 %, of the rates above. */
  readonly rateIntervals: { readonly throughput: Interval | null; readonly goodput: Interval | null }
  readonly items: { readonly perRequest: number | null; readonly throughput: number | null }
  readonly responseTime: Distribution
  readonly serviceTime: Distribution
  readonly firstByte: Distribution
  readonly dispatchLag: Distribution
  readonly transportWait: Distribution
  /** Between messages of one answer. */
  readonly messageGap: Distribution
  /** Response time with everything that did not complete as +∞. */
  readonly responseTimeWithFailures: Distribution
  /** Response time of failed requests, apart. */
  readonly failedResponseTime: Distribution
  /** Time that the server itself reports per request. */
  readonly serverQueue: Distribution
  readonly serverCompute: Distribution
  readonly inFlight: { readonly mean: number | null; readonly max: number | null }
  /** The articles' formulas beside the right ones. */
  readonly littlesLaw: { readonly relativeGap: number | null }
  readonly labels?: Readonly<Record<string, Distribution>>
  /** Of a target that is a pipeline: what its steps took. */
  readonly pipeline?: PipelineMetrics
  /** Of a target that has replicas: each of them apart, in their order. */
  readonly replicas?: readonly ReplicaMetrics[]
}

/** Requests of the population by the replica that they went to last; due = completed + failed + timedOut + censored. */
export interface ReplicaMetrics {
  /** Its URL, or its number (from 1) where it has none. */
  readonly name: string
  readonly counts: {
    readonly due: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** Of completed requests. */
  readonly responseTime: Distribution
  /** Of requests that are with it; the maximum is that of each load worker, added up, over the whole trial. */
  readonly inFlight: { readonly mean: number | null; readonly max: number | null }
}

/**
 * Where the time of a chain goes. Means and shares are over the chains that completed, and add up: mean response time =
 * before + the steps' means + glue. Percentiles of steps do not add up.
 */
export interface PipelineMetrics {
  /** Chains that completed. */
  readonly completed: number
  /** Mean response time of these chains, ns. */
  readonly response: number | null
  /** Mean time from the intended start to that of the first step, ns: dispatch lag, and attempts before the last one. */
  readonly before: number | null
  /** Time between steps: decoding an answer, `check`, `input`, encoding the next request; all of a chain together. */
  readonly glue: Distribution
  /** Share of the response time, 0 to 1. */
  readonly glueShare: number | null
  /** In their order. */
  readonly steps: readonly StepMetrics[]
}

/** One step of a pipeline. due = completed + failed + timedOut + censored; the last three end the chain. */
export interface StepMetrics {
  readonly name: string
  /** The kind of its target; `null` where it runs a function. */
  readonly target: string | null
  readonly counts: {
    /** Chains that came to this step. */
    readonly due: number
    readonly sent: number
    readonly completed: number
    readonly failed: number
    readonly timedOut: number
    readonly censored: number
  }
  readonly failures: Readonly<Record<string, number>>
  /** From its start (the request is made and handed to the session) to its answer, of completed steps. */
  readonly time: Distribution
  /** From the answer before to its start. */
  readonly glue: Distribution
  readonly transportWait: Distribution
  /** From its start to the first byte of its answer. */
  readonly firstByte: Distribution
  readonly serverQueue: Distribution
  readonly serverCompute: Distribution
  /** Mean time and glue in chains that completed, ns. */
  readonly mean: number | null
  readonly glueMean: number | null
  /** Share of the response time of these chains, 0 to 1. */
  readonly share: number | null
}

/** Of the population: requests whose intended start lies in the measurement. due = completed + failed + timedOut + dropped + censored. */
export interface Counts {
  readonly due: number
  readonly sent: number
  readonly completed: number
  readonly failed: number
  readonly timedOut: number
  readonly dropped: number
  readonly censored: number
  /** Completed, but `check` or `expect` said no; a subset of `completed`. */
  readonly incorrect: number
  /** Completed and looked at by `check`. */
  readonly checked: number
  /** Attempts that were retried. */
  readonly retried: number
  /** Answers that came after their deadline. */
  readonly late: number
}

/** `null` on the upper side: no finite upper bound exists at this sample size. */
export type Interval = readonly [low: number, high: number | null]

export interface Distribution {
  readonly unit: 'ns'
  readonly count: number
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly 'p99.9': number | null
  readonly 'p99.99'?: number | null
  /** Further percentiles, where an SLO judges by them. */
  readonly [percentile: `p${number}`]: number | null
  /** `exact`: nearest rank over all samples; `histogram`: within 0.1 %. */
  readonly method: 'exact' | 'histogram' | 'none'
  /** 95 % intervals that allow for autocorrelation. */
  readonly intervals: Readonly<Record<string, Interval | null>>
  /** Why a percentile is `null` or a lower bound. */
  readonly why: Readonly<Record<string, 'censored' | 'too-few' | 'failures'>>
  /** Independent samples that this many correlated ones are worth, at p99 (or the median when few). */
  readonly effectiveCount: number | null
  /** The same for each percentile with an interval; not for what was pooled from histograms. */
  readonly effectiveCounts?: Readonly<Record<string, number>>
  /** What the root mean square is not above, at 99 %; absent where a request is infinite, or the order is not known. */
  readonly rmsBound?: number
  /** HdrHistogram V2, compressed, base64, in nanoseconds; `null` when empty. */
  readonly hdr: string | null
}
