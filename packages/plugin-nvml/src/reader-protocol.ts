import type { Gauge } from 'servebench/session'

/** Lines of JSON between the sampler and the process that reads the GPUs: it is asked, and answers in that order. */
export interface ReadRequest {
  /** The trial's clock, in nanoseconds. */
  readonly now: number
}

export type ReaderAnswer =
  | {
      readonly type: 'ready'
      readonly driver: string
      readonly gauges: readonly Gauge[]
      readonly warnings: readonly string[]
    }
  /** `null` is a gap. */
  | {
      readonly type: 'reading'
      readonly values: readonly (number | null)[]
      readonly warnings: readonly string[]
    }
  /** Nothing more follows. */
  | { readonly type: 'failed'; readonly message: string }
