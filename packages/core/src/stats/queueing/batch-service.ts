/** A server that executes a batch of b in a + c·b; any unit of time. */
export interface BatchService {
  /** a: what an execution takes, whatever is in it. */
  readonly fixed: number
  /** c: what each item adds. */
  readonly perItem: number
}

export function batchTime({ fixed, perItem }: BatchService, batch: number): number {
  return fixed + perItem * batch
}

/** Where b ÷ T(b) reaches a share of its limit 1/c: b = (a ÷ c) · share ÷ (1 − share); a ÷ c for the half of it. */
export function batchForShare({ fixed, perItem }: BatchService, share: number): number {
  return ((fixed / perItem) * share) / (1 - share)
}

export interface ClosedBatching {
  readonly users: number
  /** The largest batch; 1 where requests are executed one by one. */
  readonly most: number
  /** How long a batch waits for more, and from which size on it does not; the largest one when absent. */
  readonly delay: number
  readonly ready?: number
  /** What a user's request takes outside of executions: network, copies, the client. */
  readonly outside: number
}

/**
 * Requests per unit of time in a closed loop without think time before one instance that takes all that waits, up to the
 * largest batch. Users move in step: N ≤ B of them make batches of N, and N > B keep the server busy with full ones.
 *
 *     X = min( N ÷ (T(min(N, B)) + outside + (N < ready ? delay : 0)), B ÷ T(B) )
 *
 * Without delay and outside that is N ÷ (a + cN) up to N = B, and B ÷ (a + cB) from there on. Response time is N ÷ X, by
 * Little's law.
 */
export function closedBatchThroughput(
  service: BatchService,
  { users, most, delay, ready = most, outside }: ClosedBatching,
): number {
  const cycle = batchTime(service, Math.min(users, most)) + outside + (users < ready ? delay : 0)
  return Math.min(users / cycle, most / batchTime(service, most))
}
