import { COARSE_LAYOUT } from '../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'

/**
 * What a load worker shows of itself while it runs, in shared memory: plain counters and two coarse histograms that the
 * main thread reads at most ten times a second. Reads may be torn by a row or two; results never come from here.
 */
const FIELDS = [
  'due',
  'dispatched',
  'sent',
  'completed',
  'failed',
  'timedOut',
  'dropped',
  'censored',
  'retried',
  'late',
  'inFlight',
  'queued',
  'settledUnits',
  'populationOpen',
  'blockedReason',
  'cpuNanos',
  'turns',
] as const
export type LiveField = (typeof FIELDS)[number]

const HISTOGRAM_BYTES = LogLinearHistogram.byteLength(COARSE_LAYOUT)
const FIELD_BYTES = FIELDS.length * 8

export const LIVE_BYTES: number = FIELD_BYTES + 2 * HISTOGRAM_BYTES

export class LiveView {
  readonly buffer: SharedArrayBuffer
  /** The raw counters, indexed by {@link LIVE_INDEX}: what the hot path increments. */
  readonly fields: Float64Array
  /** Response times of completed requests, and dispatch lag, from the start of the load. */
  readonly response: LogLinearHistogram
  readonly lag: LogLinearHistogram

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(LIVE_BYTES)) {
    this.buffer = buffer
    this.fields = new Float64Array(buffer, 0, FIELDS.length)
    this.response = new LogLinearHistogram(COARSE_LAYOUT, buffer, FIELD_BYTES)
    this.lag = new LogLinearHistogram(COARSE_LAYOUT, buffer, FIELD_BYTES + HISTOGRAM_BYTES)
  }

  reset(): void {
    this.fields.fill(0)
    this.response.reset()
    this.lag.reset()
  }

  get(field: LiveField): number {
    return this.fields[LIVE_INDEX[field]] as number
  }
}

export const LIVE_INDEX: { readonly [Field in LiveField]: number } = Object.fromEntries(
  FIELDS.map((field, index) => [field, index]),
) as { readonly [Field in LiveField]: number }
