import type { LoadPlan, OpenLoadPlan } from '../../arrival/load-plan.ts'
import type { StopRulePlan } from '../../plan/trial-plan.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { Fields } from '../fields.ts'
import type { Problems } from '../problems.ts'

/**
 * How one kind of load becomes a plan. Each kind is one file: the constructor that bench files call, and this
 * definition, listed in `definitions.ts`.
 */
export interface LoadDefinition<Plan extends LoadPlan = LoadPlan> {
  /** The `load` member of its specs. */
  readonly name: string
  /**
   * Checks a spec of any content; `undefined` when problems were found (they are in `problems`).
   * @param planLoad plans a load that this one is made of
   */
  plan(fields: Fields, path: string, problems: Problems, planLoad: PlanPart): Plan | undefined
  /** Settings that follow from the load unless they are given: a fixed number of requests needs no duration. */
  implies?(plan: Plan): ImpliedSettings
}

export type PlanPart = (value: unknown, path: string, problems: Problems) => LoadPlan | undefined

export interface ImpliedSettings {
  /** `null`: the load itself ends the measurement. */
  readonly duration?: Nanos | null
  /** What ends the measurement. */
  readonly until?: StopRulePlan
}

/** Plans a part that has to be an open load. */
export function planOpenPart(
  value: unknown,
  path: string,
  problems: Problems,
  planLoad: PlanPart,
): OpenLoadPlan | undefined {
  const plan = planLoad(value, path, problems)
  if (plan === undefined || plan.loop === 'open') return plan
  const found =
    plan.loop === 'closed' ? 'A closed loop has no arrivals of its own' : 'Stages follow each other'
  problems.error(path, `${found}: use an open load such as poisson() here.`)
  return undefined
}
