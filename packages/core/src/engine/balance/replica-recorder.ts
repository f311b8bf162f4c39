import { FINE_LAYOUT } from '../../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../../units/nanos.ts'
import { Outcome } from '../outcome.ts'

/** What is counted of each replica, in the order of {@link ReplicaTotals.replicas}' columns. */
export const ReplicaColumn = {
  due: 0,
  completed: 1,
  failed: 2,
  timedOut: 3,
  censored: 4,
  /** Summed time of its requests with it, ns. */
  held: 5,
  /** Requests in flight at most. */
  most: 6,
} as const
export const REPLICA_COLUMNS = 7

/** What one worker knows of the replicas of a target: plain data and shared memory. */
export interface ReplicaTotals {
  /** {@link REPLICA_COLUMNS} numbers per replica. */
  readonly replicas: Float64Array
  /** By replica, how often it failed with which code. */
  readonly failures: readonly (readonly (readonly [code: number, count: number])[])[]
  /** Response times of completed requests: a fine histogram per replica, one after the other. */
  readonly histograms: SharedArrayBuffer
}

const HISTOGRAM_BYTES = Math.ceil(LogLinearHistogram.byteLength(FINE_LAYOUT) / 8) * 8

/** The histograms of {@link ReplicaTotals}. */
export function replicaHistograms(buffer: SharedArrayBuffer): LogLinearHistogram[] {
  return Array.from(
    { length: buffer.byteLength / HISTOGRAM_BYTES },
    (_, index) => new LogLinearHistogram(FINE_LAYOUT, buffer, index * HISTOGRAM_BYTES),
  )
}

/** Counts the requests of the population by the replica that they went to. Nothing is allocated per request. */
export class ReplicaRecorder {
  readonly #numbers: Float64Array
  readonly #buffer: SharedArrayBuffer
  readonly #histograms: readonly LogLinearHistogram[]
  readonly #failures: readonly Map<number, number>[]

  constructor(replicas: number) {
    this.#numbers = new Float64Array(replicas * REPLICA_COLUMNS)
    this.#buffer = new SharedArrayBuffer(replicas * HISTOGRAM_BYTES)
    this.#histograms = replicaHistograms(this.#buffer)
    this.#failures = Array.from({ length: replicas }, () => new Map<number, number>())
  }

  /** A replica has this many requests in flight. */
  holds(replica: number, count: number): void {
    const at = replica * REPLICA_COLUMNS + ReplicaColumn.most
    if (count > (this.#numbers[at] as number)) this.#numbers[at] = count
  }

  /**
   * A request of the population has settled.
   * @param opened when the replica got it
   */
  settled(replica: number, outcome: Outcome, code: number, opened: Nanos, intended: Nanos, now: Nanos): void {
    const base = replica * REPLICA_COLUMNS
    this.#numbers[base + ReplicaColumn.due]! += 1
    this.#numbers[base + ReplicaColumn.held]! += now - opened
    switch (outcome) {
      case Outcome.completed:
        this.#numbers[base + ReplicaColumn.completed]! += 1
        ;(this.#histograms[replica] as LogLinearHistogram).record(now - intended)
        break
      case Outcome.timedOut:
        this.#numbers[base + ReplicaColumn.timedOut]! += 1
        break
      case Outcome.censored:
        this.#numbers[base + ReplicaColumn.censored]! += 1
        break
      default: {
        this.#numbers[base + ReplicaColumn.failed]! += 1
        const counts = this.#failures[replica] as Map<number, number>
        counts.set(code, (counts.get(code) ?? 0) + 1)
      }
    }
  }

  totals(): ReplicaTotals {
    return {
      replicas: this.#numbers,
      failures: this.#failures.map((counts) => [...counts]),
      histograms: this.#buffer,
    }
  }
}
