import type { BalancePolicy } from '../dsl/balance.ts'
import { isFields, join, readChoice } from '../dsl/fields.ts'
import { show, type Problems } from '../dsl/problems.ts'
import type { JsonObject } from '../units/json.ts'
import type { TargetPlan } from './trial-plan.ts'

/** Replicas as plans hold them. */
export interface BalancePlan {
  readonly targets: readonly TargetPlan[]
  readonly policy: BalancePolicy
}

const MOST = 256

/** The replicas that a target consists of; `null` for any other target. */
export function replicasOf(target: TargetPlan): BalancePlan | null {
  return target.kind === 'balance' ? (target.options as unknown as BalancePlan) : null
}

/** Tells all that is wrong with replicas. */
export function reviewBalance(problems: Problems, path: string, { targets, policy }: JsonObject): void {
  readChoice(problems, join(path, 'policy'), policy, ['roundRobin', 'leastInFlight'])
  const at = join(path, 'targets')
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MOST) {
    problems.error(at, `expected a list of 1 to ${MOST} targets, not ${show(targets)}.`)
    return
  }
  const [first] = targets
  for (const [index, target] of targets.entries()) {
    if (!isFields(target) || typeof target['kind'] !== 'string' || !isFields(target['options']))
      problems.error(join(at, index), `expected a target such as http({ url }), not ${show(target)}.`)
    else if (target['kind'] === 'balance' || target['kind'] === 'pipeline' || target['kind'] === 'inline')
      problems.error(join(at, index), `a replica cannot be ${target['kind']}(); give targets with a URL.`)
    else if (isFields(first) && target['kind'] !== first['kind'])
      problems.error(
        join(at, index),
        `replicas are of one kind, and the first is '${String(first['kind'])}', not '${target['kind']}'.`,
      )
  }
}
