import type { ClosedLoadPlan, LoadPlan, OpenLoadPlan, RateSegment } from '../arrival/load-plan.ts'
import { createSchedule } from '../arrival/schedule.ts'
import { createThinkTime, type ThinkTime } from '../arrival/think-time.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Random } from '../stats/prng.ts'
import { createRandom, deriveSeed } from '../stats/seed.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Prepared, TargetSession } from './session.ts'
import { StreamLoad, type LoadStage } from './stream-load.ts'

/** What one unit of arrival consists of; see `ExchangePlan` in the plan. */
export type UnitPlan =
  | { readonly kind: 'request' }
  | { readonly kind: 'sequence'; readonly steps: number; readonly thinkTime: Nanos }
  | { readonly kind: 'stream'; readonly messages: number; readonly interval: Nanos }

export interface StreamLoadSource {
  readonly index: number
  readonly load: LoadPlan
  readonly unit: UnitPlan
  readonly session: TargetSession
  readonly prepared: readonly Prepared[]
  readonly timeout: Nanos
  readonly retry: { readonly attempts: number; readonly on: readonly string[] }
  readonly captures: boolean
  /** Receives the gaps between the messages of one answer. */
  readonly gaps: LogLinearHistogram
  readonly expectedBytes: number
  /** −1 for any, as by default. */
  readonly expectedCrc?: number
  readonly worker: number
  readonly workers: number
  readonly seed: { readonly seed: string; readonly path: readonly string[]; readonly repeat: number; readonly stream: string }
  /** The bench file's own think-time function of each stage, where the plan names one. */
  readonly thinkTimes?: readonly (((random: Random) => Nanos) | null)[]
}

/** Makes a stream's load from its plan, for one worker: the only place that knows how seeds are divided. */
export function createStreamLoad(source: StreamLoadSource): StreamLoad {
  const stages = stagesOf(source.load)
  const first = stages[0]?.plan
  const saltWords = deriveSeed({ ...source.seed, purpose: 'salt' })
  return new StreamLoad({
    index: source.index,
    session: source.session,
    prepared: source.prepared,
    timeout: source.timeout,
    worker: source.worker,
    workers: source.workers,
    // A burst has no rate to warm up with: a single user does it.
    warmUpFirst: first?.loop === 'open' && first.process.kind === 'burst',
    stages: stages.map((stage, index) => createStage(stage, index, source)),
    steps: source.unit.kind === 'sequence' ? source.unit.steps : 1,
    stepPause: source.unit.kind === 'sequence' ? source.unit.thinkTime : 0,
    streaming: source.unit.kind === 'stream',
    messages: source.unit.kind === 'stream' ? source.unit.messages : 1,
    interval: source.unit.kind === 'stream' ? source.unit.interval : 0,
    captures: source.captures,
    expectedBytes: source.expectedBytes,
    expectedCrc: source.expectedCrc ?? -1,
    retries: source.retry.attempts,
    retryOn: source.retry.on,
    gaps: source.gaps,
    thinkTimes: (stage, user) => thinkTimeOf(stages[stage]?.plan, stage, user, source),
    saltSeed: [saltWords[0], saltWords[1]],
  })
}

interface StagePlan {
  readonly plan: OpenLoadPlan | ClosedLoadPlan
  readonly until: Nanos
}

function stagesOf(load: LoadPlan): readonly StagePlan[] {
  if (load.loop !== 'stages') return [{ plan: load, until: Infinity }]
  let until = 0
  return load.stages.map((stage, index) => {
    until += stage.duration
    // Arrivals go on after the measurement: the last stage has no end of its own.
    return { plan: stage.load, until: index === load.stages.length - 1 ? Infinity : until }
  })
}

function createStage(stage: StagePlan, index: number, source: StreamLoadSource): LoadStage {
  const { plan, until } = stage
  if (plan.loop === 'closed') return { plan, until, schedule: null, segments: [] }
  const random = createRandom({ ...source.seed, purpose: `arrivals/${index}` })
  const options = { worker: source.worker, workers: source.workers }
  const first = plan.rate[0]
  const warmsUp = index === 0 && plan.process.kind !== 'burst' && first !== undefined
  if (!warmsUp) return { plan, until, schedule: createSchedule(plan, random, options), segments: [] }
  const held: RateSegment = { from: 0, until: null, rate: first.rate, rateEnd: first.rate }
  const changes = plan.rate.length > 1 || first.rateEnd !== first.rate || first.until !== null
  return {
    plan,
    until,
    schedule: createSchedule({ ...plan, rate: [held] }, random, options),
    segments: changes ? plan.rate : [],
  }
}

function thinkTimeOf(
  plan: OpenLoadPlan | ClosedLoadPlan | undefined,
  stage: number,
  user: number,
  source: StreamLoadSource,
): ThinkTime {
  // Each user draws from numbers of its own, so that it thinks alike whichever worker it belongs to.
  const random = createRandom({ ...source.seed, purpose: `think-time/${stage}/${user}` })
  const think = plan?.loop === 'closed' ? plan.thinkTime : { kind: 'none' as const }
  if (think.kind !== 'function') return createThinkTime(think, random)
  const draw = source.thinkTimes?.[stage]
  return { next: () => (draw ? draw(random) : 0) }
}
