import type { LoadPlan } from '../../arrival/load-plan.ts'
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
  /** Checks a spec of any content; `undefined` when problems were found (they are in `problems`). */
  plan(fields: Fields, path: string, problems: Problems): Plan | undefined
  /** Settings that follow from the load unless they are given: a fixed number of requests needs no duration. */
  implies?(plan: Plan): ImpliedSettings
}

export interface ImpliedSettings {
  /** `null`: the load itself ends the measurement. */
  readonly duration?: Nanos | null
}
