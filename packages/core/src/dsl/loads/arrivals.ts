import type { ProcessPlan } from '../../arrival/load-plan.ts'
import { readChoice } from '../fields.ts'
import type { Problems } from '../problems.ts'

/** How arrivals are spread where a load says how many there are: at random, or evenly. */
export type ArrivalKind = 'poisson' | 'constant'

export function readArrivals(problems: Problems, path: string, value: unknown): ProcessPlan | undefined {
  const kind = value === undefined ? 'poisson' : readChoice(problems, path, value, ['poisson', 'constant'])
  return kind === undefined ? undefined : { kind }
}
