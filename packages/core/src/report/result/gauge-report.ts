export interface GaugeSummary {
  readonly unit: string
  readonly device: string | null
  /** Time-weighted over the measurement. */
  readonly mean: number | null
  readonly min: number | null
  readonly max: number | null
  readonly p95: number | null
  /** Share of the measurement that samples cover. */
  readonly coverage: number
}

export interface SamplerReport {
  readonly kind: string
  /** Nanoseconds between reads; `null` when it never got ready. */
  readonly period: number | null
  readonly reads: number
  /** Reads that were due and did not take place. */
  readonly missed: number
  /** Nanoseconds that reads took, together and at most. */
  readonly time: number
  readonly longest: number
  /** Why it was switched off. */
  readonly problem: string | null
  /** Paths of what it has written, relative to the run's folder; absent where it wrote nothing. */
  readonly files?: readonly string[]
}
