import type { BalancePolicy } from './balance.ts'
import type { ServerSpec } from './server.ts'

export interface ReplicateOptions {
  /** Processes that are started alike, from 1 to 64. */
  readonly count: number
  /** How requests are dealt to them. Default `roundRobin`. */
  readonly policy?: BalancePolicy
}

/**
 * Several processes of one server. A target without a URL is asked at all of them; results are in total, and apart for
 * every replica.
 * @example server: ({ replicas }) => replicate(onnxServer({ models: [model] }), { count: replicas, policy: 'leastInFlight' })
 */
export function replicate<Spec extends ServerSpec>(
  server: Spec,
  { count, policy = 'roundRobin' }: ReplicateOptions,
): Spec {
  return { ...server, replicas: { count, policy } }
}
