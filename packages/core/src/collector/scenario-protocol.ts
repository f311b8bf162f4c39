import type { CasePlan } from '../plan/case-plan.ts'
import type { CaseValues } from '../plan/expand.ts'
import type { CollectProblem } from './collect-problem.ts'
import type { CollectRequest } from './collect-scenario.ts'

/** To the thread of a scenario with a `setup`. */
export type ScenarioCommand =
  | {
      readonly type: 'start'
      /** Absolute path of the bench file. */
      readonly file: string
      readonly digest: string
      readonly path: readonly string[]
      readonly cases: readonly CaseValues[]
      readonly request: CollectRequest
    }
  /** Tells `setup` to give up. */
  | { readonly type: 'abort' }
  | { readonly type: 'close' }

/** From that thread. */
export type ScenarioEvent =
  | { readonly type: 'open'; readonly cases: readonly CasePlan[]; readonly warnings: readonly string[] }
  /** Nothing stays open: what was deferred until then has run. */
  | { readonly type: 'failed'; readonly problems: readonly CollectProblem[] }
  | { readonly type: 'closed'; readonly problems: readonly CollectProblem[] }
