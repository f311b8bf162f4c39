import type { Nanos } from '../../units/nanos.ts'
import type { StudyPlan } from '../../dsl/study-plan.ts'
import type { StudyHeader } from '../../report/study/study-result.ts'
import type { CasePlan } from '../case-plan.ts'
import { estimateTrial } from '../estimate.ts'
import { searchOf } from './choose-strategy.ts'

/** What a study will take, as far as can be said before it has begun. */
export interface StudyOutlook {
  /** Configurations that the search looks at, at most. */
  readonly explored: number
  /** Measurements, at most. */
  readonly measurements: number
  /** The search looks at each configuration's own load, and sweeps the study's `loads` for the best alone. */
  readonly atOwnLoad: boolean
  /** Measurements of a configuration that the search looks at, at most. */
  readonly loadsPerPoint: number
  /** Measurements after the search. */
  readonly finale: number
  /** What comparing the leaders takes at least. */
  readonly finaleTime: Nanos
  /** One measurement; `null`: its length depends on the server. */
  readonly trial: Nanos | null
}

/** @param typical a case that is not the baseline; unknown while cases wait for a `setup` */
export function outlookOf(plan: StudyPlan, size: number, typical: CasePlan | undefined): StudyOutlook {
  const { loads, confirm } = plan
  const search = searchOf(plan, size)
  const { strategy } = search
  const atOwnLoad =
    loads !== null && strategy !== 'grid' && strategy !== 'list' && typical?.study?.ownLoad === true
  const loadsPerPoint = loads === null || atOwnLoad ? 1 : loads.values.length
  const sweeps = atOwnLoad && 'top' in search ? search.top + 1 : 0
  const turns = Math.min(confirm.leaders, size - 1) + 1
  const finale = sweeps * (loads?.values.length ?? 0) + confirm.rounds * turns
  const explored = exploredAtMost(plan, search, size)
  const trial = typical === undefined ? null : estimateTrial(typical.trial)
  return {
    explored,
    measurements: explored * loadsPerPoint + finale,
    atOwnLoad,
    loadsPerPoint,
    finale,
    // Two rounds are the least that tell anything.
    finaleTime: Math.min(2, confirm.rounds) * turns * (trial ?? 0),
    trial,
  }
}

/** Configurations that a search looks at, as far as can be said before. */
function exploredAtMost(plan: StudyPlan, search: StudyHeader['search'], size: number): number {
  const usual = Math.min(size, Math.max(20, Math.ceil(size / 10)))
  const own = {
    grid: size,
    list: search.strategy === 'list' ? Object.keys(search.configurations).length + 1 : 0,
    quick: usual,
    random: search.strategy === 'random' ? (search.count ?? usual) + 1 : usual,
    bayesian: usual,
    halving: usual,
  }[search.strategy]
  const named = Object.keys(plan.candidates ?? {}).length
  return Math.min(own + named, size, Math.max(plan.budget.configurations ?? Infinity, 1 + named))
}
