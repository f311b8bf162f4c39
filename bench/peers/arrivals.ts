/** One value per request, in the order in which the server parsed them; nanoseconds of one clock. */
export interface Arrivals {
  /** The kernel had the whole request. */
  readonly received: Float64Array
  readonly parsed: Float64Array
  /** The answer left. */
  readonly sent: Float64Array
}

export interface Punctuality {
  readonly count: number
  /** Arrivals per second, from the first to the last. */
  readonly rate: number
  /** Against an even grid of the rate that was asked for; ns. */
  readonly late: Quantiles
  /** Standard deviation of the gaps over their mean: 0 for an even grid, 1 for a Poisson process. */
  readonly gapVariation: number
}

export interface Quantiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** By nearest rank. */
export function quantiles(values: Float64Array): Quantiles {
  const sorted = values.toSorted()
  const at = (p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? NaN
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) }
}

/**
 * How well a schedule of constant rate was kept. The grid starts as early as it can without any arrival being early, so
 * that starting late is no merit; whatever is missing makes all that follows late.
 */
export function punctuality(received: Float64Array, rate: number): Punctuality | null {
  const arrivals = received.toSorted()
  const count = arrivals.length
  if (count < 100) return null
  const period = 1e9 / rate
  const first = arrivals[0] as number
  const offsets = arrivals.map((arrival, index) => arrival - first - index * period)
  const earliest = offsets.reduce((least, offset) => Math.min(least, offset), Infinity)
  const span = (arrivals[count - 1] as number) - first
  const mean = span / (count - 1)
  let squares = 0
  for (let index = 1; index < count; index++) {
    squares += ((arrivals[index] as number) - (arrivals[index - 1] as number) - mean) ** 2
  }
  return {
    count,
    rate: ((count - 1) / span) * 1e9,
    late: quantiles(offsets.map((offset) => offset - earliest)),
    gapVariation: Math.sqrt(squares / (count - 1)) / mean,
  }
}

/** Those that were received at least `nanos` after the first one: what a tool does once it is warm. */
export function afterWarmup({ received, parsed, sent }: Arrivals, nanos: number): Arrivals {
  const first = received.reduce((least, at) => Math.min(least, at), Infinity)
  const keep = (column: Float64Array) =>
    column.filter((_, index) => (received[index] as number) - first >= nanos)
  return { received: keep(received), parsed: keep(parsed), sent: keep(sent) }
}

/** What requests took as seen by the server: kernel in to send call. */
export function wireTimes({ received, sent }: Arrivals): Quantiles {
  const taken = sent.map((at, index) => at - (received[index] as number))
  return quantiles(taken.filter((_, index) => (sent[index] as number) > 0))
}
