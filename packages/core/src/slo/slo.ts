import type { Duration } from '../units/duration.ts'

/** Limits of a latency: a percentile as `p50`, `p99`, `p99.9`, …, the mean, or the maximum. */
export interface LatencyLimits {
  readonly [percentile: `p${number}`]: Duration
  readonly mean?: Duration
  readonly max?: Duration
}

/** Limits of a gauge, in its unit (ratios 0–1, `W`, `By`): `mean`, `max` and `p95` at most, `min` at least. */
export interface GaugeLimits {
  readonly mean?: number
  readonly max?: number
  readonly p95?: number
  readonly min?: number
}

/**
 * What a scenario promises: `{ p99: '50ms', errorRate: 0.001 }`. All terms must hold.
 *
 * Percentiles count every request that did not complete as infinitely slow. Percentiles at the top are short for
 * `responseTime`.
 */
export interface Slo {
  readonly [percentile: `p${number}`]: Duration
  /** From the intended start to the completion. */
  readonly responseTime?: LatencyLimits
  /** From the sent request to the completion. */
  readonly serviceTime?: LatencyLimits
  /** From the intended start to the first byte of the answer. */
  readonly firstByte?: LatencyLimits
  /** Between messages of one answer. */
  readonly messageGap?: LatencyLimits
  /** Share of due requests that may fail, time out, be dropped, be censored or be incorrect: 0 to 1. Without it the limit is 0. */
  readonly errorRate?: number
  /** Completed requests per second, at least. */
  readonly throughput?: number
  /** Correct requests inside the deadline per second, at least. */
  readonly goodput?: number
  readonly gauges?: Readonly<Record<string, GaugeLimits>>
  /** What goodput counts as in time; the largest response-time limit by default. */
  readonly deadline?: Duration
}
