import type { Random } from '../../dsl/random.ts'
import { settingNames, type StudyPlan, type StudySearchPlan } from '../../dsl/study-plan.ts'
import { BayesianSearch } from './bayesian-search.ts'
import { HalvingSearch } from './halving-search.ts'
import { ListSearch } from './list-search.ts'
import { spread } from './quasi-random.ts'
import { QuickSearch } from './quick-search.ts'
import type { SearchStrategy } from './search-strategy.ts'
import { isAsItIs, type StudySpace } from './space.ts'

/** A space of at most so many configurations is measured as a whole unless the study says otherwise. */
const SMALL = 64

/** How a study searches when it does not say. */
export function searchOf(plan: StudyPlan, size: number): StudySearchPlan {
  // As Model Analyzer does: what several models are worth a try is a product of spaces.
  const several = plan.automatic === true && Object.keys(plan.models ?? {}).length > 1
  return plan.search ?? (size <= SMALL && !several ? { strategy: 'grid' } : { strategy: 'quick', top: 3 })
}

export interface StrategyOptions {
  readonly search: StudySearchPlan
  readonly plan: StudyPlan
  readonly space: StudySpace
  /** Of the default configuration, which has been measured when a strategy is asked first. */
  readonly baseline: number
  readonly random: Random
  /** Puts points into the order in which they are measured: those of one server process together. */
  readonly arrange: (points: readonly number[]) => readonly number[]
}

export function chooseStrategy(options: StrategyOptions): SearchStrategy {
  const { search, plan, space, baseline, random, arrange } = options
  // What is usual for a search that need not see everything: a tenth, but no fewer than tell anything.
  const usual = plan.budget.configurations ?? Math.min(space.size, Math.max(20, Math.ceil(space.size / 10)))
  switch (search.strategy) {
    case 'grid':
      return new ListSearch(arrange(Array.from({ length: space.size }, (_, point) => point)))
    case 'list': {
      const named = Object.values(search.configurations).map((values) =>
        space.findValues({ ...plan.baseline, ...values }),
      )
      return new ListSearch(arrange([...new Set(named.filter((point) => point !== null))]))
    }
    case 'quick':
      return quickSearch(plan, space, baseline)
    case 'random':
      return new ListSearch(arrange(spread(space, search.count ?? usual, random)))
    case 'bayesian':
      return new BayesianSearch(space, baseline, random, {
        initial: Math.min(usual, search.initial ?? Math.max(5, 2 * space.axes.length + 1)),
        patience: search.patience,
        fewest: Math.min(usual, search.fewest),
      })
    case 'halving': {
      // Each of the rounds takes as long as the last: n ÷ factor^(rounds − 1) configurations at full length.
      let share = 1
      for (let round = 1; round < search.rounds; round++) share *= search.factor
      const initial = search.initial ?? Math.floor((usual * share) / search.rounds)
      return new HalvingSearch(space, baseline, random, {
        initial: Math.min(space.size, Math.max(search.factor, initial)),
        factor: search.factor,
        rounds: search.rounds,
      })
    }
  }
}

/** Where the settings of the baseline are not known, climbing starts at the least that is. */
function quickSearch(plan: StudyPlan, space: StudySpace, baseline: number): QuickSearch {
  const settings = settingNames(plan)
  if (!isAsItIs(settings, plan.baseline)) return new QuickSearch(space, baseline)
  const outside = (point: number): boolean => isAsItIs(settings, space.values(point))
  const points = Array.from({ length: space.size }, (_, point) => point)
  return new QuickSearch(space, points.find((point) => !outside(point)) ?? baseline, outside)
}
