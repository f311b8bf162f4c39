import type { LoadPlan } from '../../arrival/load-plan.ts'
import { suggest } from '../../units/suggest.ts'
import { isFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import { burstLoad } from './burst.ts'
import { closedLoad } from './closed.ts'
import { constantRateLoad } from './constant-rate.ts'
import type { ImpliedSettings, LoadDefinition } from './definition.ts'
import { poissonLoad } from './poisson.ts'
import { createStagesLoad, type StageLoad, type StagesLoad } from './stages.ts'

/** Any load that a bench file can ask for. */
export type LoadSpec = StageLoad | StagesLoad

/** All loads, by the name of their constructor. */
const DEFINITIONS: ReadonlyMap<string, LoadDefinition> = new Map(
  [
    closedLoad,
    constantRateLoad,
    poissonLoad,
    burstLoad,
    createStagesLoad((...args) => planLoad(...args)?.plan),
  ].map((definition) => [definition.name, definition as LoadDefinition]),
)

export interface PlannedLoad {
  readonly plan: LoadPlan
  readonly implies: ImpliedSettings
}

/** Turns what a bench file wrote under `path` into a plan, or tells all that is wrong with it. */
export function planLoad(value: unknown, path: string, problems: Problems): PlannedLoad | undefined {
  const name = isFields(value) ? value['load'] : undefined
  const definition = typeof name === 'string' ? DEFINITIONS.get(name) : undefined
  if (!isFields(value) || definition === undefined) {
    const names = [...DEFINITIONS.keys()]
    const found = typeof name === 'string' ? `a load '${name}'` : show(value)
    problems.error(
      path,
      `expected a load (${names.map((known) => `${known}()`).join(', ')}), not ${found}.`,
      typeof name === 'string' ? suggest(name, names) : undefined,
    )
    return undefined
  }
  const before = problems.errors.length
  const plan = definition.plan(value, path, problems)
  return plan === undefined || problems.errors.length > before
    ? undefined
    : { plan, implies: definition.implies?.(plan) ?? {} }
}
