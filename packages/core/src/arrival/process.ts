import type { Random } from '../stats/prng.ts'
import type { OpenLoadPlan, ProcessPlan } from './load-plan.ts'
import { BurstProcess } from './processes/burst.ts'
import { ConstantProcess } from './processes/constant.ts'
import { PoissonProcess } from './processes/poisson.ts'

/** Points on a line, one after the other, without end. */
export interface PointProcess {
  /**
   * - `arrivals`: the points have mean distance 1 and are stretched by the rate function
   * - `nanos`: the points are instants already, and there is no rate function
   */
  readonly scale: 'arrivals' | 'nanos'
  /** The next point, never before the last one; `Infinity` when there is no further one. */
  next(): number
}

type ProcessKind = ProcessPlan['kind']
type CreateProcess<Kind extends ProcessKind> = (
  plan: Extract<ProcessPlan, { readonly kind: Kind }>,
  random: Random,
) => PointProcess

/** Every kind of arrival process has its file in `processes/` and its line here. */
const PROCESSES: { readonly [Kind in ProcessKind]: CreateProcess<Kind> } = {
  constant: () => new ConstantProcess(),
  poisson: (_, random) => new PoissonProcess(random),
  burst: (plan) => new BurstProcess(plan),
}

export function createProcess(plan: OpenLoadPlan['process'], random: Random): PointProcess {
  const create = PROCESSES[plan.kind] as CreateProcess<ProcessKind>
  return create(plan as never, random)
}
