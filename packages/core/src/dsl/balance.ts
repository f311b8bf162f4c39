import type { AnyTarget, RequestOf, ResponseOf, TargetSpec } from './target.ts'

/** How requests are dealt to replicas. */
export type BalancePolicy = 'roundRobin' | 'leastInFlight'

export interface BalanceOptions {
  /**
   * `roundRobin`: one after the other. `leastInFlight`: the one with the fewest requests in flight from the same load
   * worker; of several the one whose turn it is. Default `roundRobin`.
   */
  readonly policy?: BalancePolicy
}

/** Several targets that answer alike: asked what each of them is asked. */
export type BalancedTarget<Target extends AnyTarget> = TargetSpec<
  'balance',
  RequestOf<Target>,
  ResponseOf<Target>
>

/**
 * Replicas of one service behind several URLs, with this tool as their load balancer. Results are in total, and apart for
 * every replica. All get the same bytes, which are encoded for the first: they differ in nothing but where they are.
 * @example target: () => balance([http({ url: 'http://a:8000/v1' }), http({ url: 'http://b:8000/v1' })], { policy: 'leastInFlight' })
 */
export function balance<Target extends AnyTarget>(
  targets: readonly [Target, ...Target[]],
  { policy = 'roundRobin' }: BalanceOptions = {},
): BalancedTarget<Target> {
  return { kind: 'balance', package: 'servebench', options: { targets, policy } }
}
