/** What the decision looks at. */
export interface Waiting {
  readonly rows: number
  /** Requests with equal keys have equal shapes apart from the batch dimension. */
  readonly shapeKey: string
  /** Must not share an execution with others. */
  readonly alone: boolean
  readonly enqueuedAt: number
}

export interface BatchingRules {
  readonly maxBatchSize: number
  readonly preferred: readonly number[]
  readonly maxQueueDelay: number
}

/** Requests in the order of arrival. */
export interface WaitingList {
  readonly length: number
  at(index: number): Waiting
}

/**
 * How many requests from the front of the queue the next execution takes; 0: wait for more until its oldest has waited for the queue
 * delay.
 *
 * - A batch that cannot grow (full, or the next request does not fit by size or shape) starts at once.
 * - So does the largest one that has a preferred size.
 * - Otherwise it waits until its oldest request has waited for the queue delay.
 *
 * @param queue not empty
 */
export function decideBatch(queue: WaitingList, rules: BatchingRules, now: number): number {
  const first = queue.at(0)
  if (first.alone) return 1
  let rows = 0
  let taken = 0
  let preferred = 0
  while (taken < queue.length) {
    const next = queue.at(taken)
    if (
      next.alone ||
      next.shapeKey !== first.shapeKey ||
      (taken > 0 && rows + next.rows > rules.maxBatchSize)
    )
      return taken
    rows += next.rows
    taken += 1
    if (rules.preferred.includes(rows)) preferred = taken
    if (rows >= rules.maxBatchSize) return taken
  }
  if (preferred > 0) return preferred
  return now - first.enqueuedAt >= rules.maxQueueDelay ? taken : 0
}
