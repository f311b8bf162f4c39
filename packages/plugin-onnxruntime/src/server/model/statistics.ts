/** A number of things and the nanoseconds that they took together. */
export class DurationTotal {
  count = 0
  nanos = 0

  add(nanos: number): void {
    this.count += 1
    this.nanos += nanos
  }
}

export class BatchStatistics {
  readonly size: number
  readonly computeInput: DurationTotal = new DurationTotal()
  readonly computeInfer: DurationTotal = new DurationTotal()
  readonly computeOutput: DurationTotal = new DurationTotal()

  constructor(size: number) {
    this.size = size
  }
}

/** Why a request failed, in the words of the metric's label. */
export type FailureReason = 'BACKEND' | 'CANCELED' | 'OTHER' | 'REJECTED'

/**
 * Totals of a model since it was loaded. Durations of requests are summed over requests: five requests in one execution
 * add its compute time five times; those of {@link batches} are per execution.
 */
export class Statistics {
  readonly success: DurationTotal = new DurationTotal()
  readonly fail: DurationTotal = new DurationTotal()
  readonly queue: DurationTotal = new DurationTotal()
  readonly computeInput: DurationTotal = new DurationTotal()
  readonly computeInfer: DurationTotal = new DurationTotal()
  readonly computeOutput: DurationTotal = new DurationTotal()
  readonly failures: Record<FailureReason, number> = { BACKEND: 0, CANCELED: 0, OTHER: 0, REJECTED: 0 }
  readonly #batches = new Map<number, BatchStatistics>()
  /** Rows, executions, and the wall clock of the last execution in milliseconds. */
  inferences = 0
  executions = 0
  lastInference = 0

  recordExecution(rows: number, computeInput: number, computeInfer: number, computeOutput: number): void {
    let batch = this.#batches.get(rows)
    if (batch === undefined) {
      batch = new BatchStatistics(rows)
      this.#batches.set(rows, batch)
    }
    batch.computeInput.add(computeInput)
    batch.computeInfer.add(computeInfer)
    batch.computeOutput.add(computeOutput)
    this.executions += 1
    this.inferences += rows
    this.lastInference = Date.now()
  }

  recordFailure(reason: FailureReason, nanos: number): void {
    this.fail.add(nanos)
    this.failures[reason] += 1
  }

  /** By size, smallest first. */
  get batches(): readonly BatchStatistics[] {
    return [...this.#batches.values()].sort((a, b) => a.size - b.size)
  }
}
