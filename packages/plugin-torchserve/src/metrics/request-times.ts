import { nearestRank } from 'servebench/plugin'

/** Names of the times that handlers and the server log, and what they are called here. */
export const TIMES = {
  PredictionTime: 'prediction',
  HandlerTime: 'handler',
  ts_handler_preprocess: 'preprocess',
  ts_handler_inference: 'inference',
  ts_handler_postprocess: 'postprocess',
  ts_queue_latency_microseconds: 'queue',
  WorkerThreadTime: 'worker',
} as const
export type TimeName = (typeof TIMES)[keyof typeof TIMES]

/**
 * Times of single requests, ns. Those of a handler are measured once for each batch: every request of the batch has them,
 * so that percentiles are those of requests, however full the batches were.
 */
export class RequestTimes {
  readonly #times = new Map<TimeName, number[]>()

  /** @param count of the requests that it was measured for */
  add(name: TimeName, nanos: number, count: number): void {
    const times = this.#times.get(name) ?? []
    this.#times.set(name, times)
    for (let index = 0; index < count; index++) times.push(nanos)
  }

  addAll(other: RequestTimes): void {
    for (const [name, times] of other.#times) for (const nanos of times) this.add(name, nanos, 1)
  }

  count(name: TimeName): number {
    return this.#times.get(name)?.length ?? 0
  }

  mean(name: TimeName): number | null {
    const times = this.#times.get(name)
    return times === undefined ? null : times.reduce((sum, nanos) => sum + nanos, 0) / times.length
  }

  /** By nearest rank. @param percent in (0, 100] */
  percentile(name: TimeName, percent: number): number | null {
    const times = this.#times.get(name)
    if (times === undefined) return null
    return nearestRank(Float64Array.from(times).sort(), percent)
  }
}
