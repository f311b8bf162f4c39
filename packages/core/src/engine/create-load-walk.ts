import type { ClosedLoadPlan, LoadPlan, OpenLoadPlan } from '../arrival/load-plan.ts'
import { canWarmUp } from '../arrival/load-rates.ts'
import type { OpenTrace } from '../arrival/process.ts'
import { createSchedule } from '../arrival/schedule.ts'
import { drawUniform } from '../stats/draws/uniform.ts'
import { createRandom, type SeedPath } from '../stats/seed.ts'
import type { Nanos } from '../units/nanos.ts'
import { LoadWalk, type LoadStage } from './load-walk.ts'

/** Streams that share one load draw its arrivals from the same numbers, which belong to none of them. */
const SHARED_STREAM = '*'

export interface LoadWalkSource {
  readonly load: LoadPlan
  readonly worker: number
  readonly workers: number
  readonly seed: Omit<SeedPath, 'purpose'>
  /** For loads that replay files. */
  readonly openTrace?: OpenTrace
  /** For how many units each user has inputs, or all together where there is one number; without it, for any number. */
  readonly userUnits?: readonly number[] | undefined
}

export interface StagePlan {
  readonly plan: OpenLoadPlan | ClosedLoadPlan
  /** From the start of the measurement; Infinity for the last stage. */
  readonly until: Nanos
}

/** Makes a load's walk from its plan, for one worker. The same plan, seed and worker give the same walk. */
export function createLoadWalk(source: LoadWalkSource): LoadWalk {
  const stages = stagesOf(source.load)
  const first = stages[0]?.plan
  return new LoadWalk({
    stages: stages.map((stage, index) => createStage(stage, index, source)),
    worker: source.worker,
    workers: source.workers,
    warmUpFirst: first?.loop === 'open' && !canWarmUp(first),
    stagger: (stage, user) => staggerOf(stages[stage]?.plan, stage, user, source),
    userUnits: source.userUnits ?? null,
  })
}

/** A load as the list of its stages: itself, unless it has several. */
export function stagesOf(load: LoadPlan): readonly StagePlan[] {
  if (load.loop !== 'stages') return [{ plan: load, until: Infinity }]
  let until = 0
  return load.stages.map((stage, index) => {
    until += stage.duration
    // Arrivals go on after the measurement: the last stage has no end of its own.
    return { plan: stage.load, until: index === load.stages.length - 1 ? Infinity : until }
  })
}

function createStage(stage: StagePlan, index: number, source: LoadWalkSource): LoadStage {
  const { plan, until } = stage
  if (plan.loop === 'closed') return { plan, until, schedule: null }
  const { worker, workers, openTrace } = source
  const isShared = plan.process.kind === 'slice' && plan.process.shared === true
  const random = createRandom({
    ...source.seed,
    ...(isShared ? { stream: SHARED_STREAM } : {}),
    purpose: `arrivals/${index}`,
  })
  const options = { worker, workers, begin: null, ...(openTrace === undefined ? {} : { openTrace }) }
  return { plan, until, schedule: createSchedule(plan, random, options) }
}

function staggerOf(
  plan: OpenLoadPlan | ClosedLoadPlan | undefined,
  stage: number,
  user: number,
  source: LoadWalkSource,
): Nanos {
  const within = plan?.loop === 'closed' ? plan.stagger : undefined
  if (within === undefined) return 0
  return drawUniform(createRandom({ ...source.seed, purpose: `stagger/${stage}/${user}` }), 0, within)
}
