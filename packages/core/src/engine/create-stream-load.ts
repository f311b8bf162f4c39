import type { LoadPlan } from '../arrival/load-plan.ts'
import type { OpenTrace } from '../arrival/process.ts'
import { createThinkTime, type ThinkTime } from '../arrival/think-time.ts'
import type { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import type { Random } from '../stats/prng.ts'
import { createRandom, deriveSeed, type SeedPath } from '../stats/seed.ts'
import type { Nanos } from '../units/nanos.ts'
import { createLoadWalk, stagesOf, type StagePlan } from './create-load-walk.ts'
import type { Prepared, TargetSession } from './session.ts'
import { StreamLoad, type SettlementObserver, type UserPace } from './stream-load.ts'

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
  /** Limits, where `expectedBytes` is −1. */
  readonly leastBytes?: number
  readonly mostBytes?: number
  /** −1 for any, as by default. */
  readonly expectedCrc?: number
  readonly worker: number
  readonly workers: number
  readonly seed: Omit<SeedPath, 'purpose'>
  /** The bench file's own think-time function of each stage, where the plan names one. */
  readonly thinkTimes?: readonly (((random: Random) => Nanos) | null)[]
  /** For loads that replay files. */
  readonly openTrace?: OpenTrace
  readonly observer?: SettlementObserver | null
  /** For how many units each user has inputs, or all together where there is one number; without it, for any number. */
  readonly userUnits?: readonly number[] | undefined
}

/** Makes a stream's load from its plan, for one worker. */
export function createStreamLoad(source: StreamLoadSource): StreamLoad {
  const saltWords = deriveSeed({ ...source.seed, purpose: 'salt' })
  return new StreamLoad({
    index: source.index,
    session: source.session,
    prepared: source.prepared,
    timeout: source.timeout,
    walk: createLoadWalk(source),
    paces: stagesOf(source.load).map((stage, index) => paceOf(stage, index, source)),
    steps: source.unit.kind === 'sequence' ? source.unit.steps : 1,
    stepPause: source.unit.kind === 'sequence' ? source.unit.thinkTime : 0,
    streaming: source.unit.kind === 'stream',
    messages: source.unit.kind === 'stream' ? source.unit.messages : 1,
    interval: source.unit.kind === 'stream' ? source.unit.interval : 0,
    captures: source.captures,
    leastBytes: source.expectedBytes >= 0 ? source.expectedBytes : (source.leastBytes ?? 0),
    mostBytes: source.expectedBytes >= 0 ? source.expectedBytes : (source.mostBytes ?? Infinity),
    expectedCrc: source.expectedCrc ?? -1,
    retries: source.retry.attempts,
    retryOn: source.retry.on,
    gaps: source.gaps,
    saltSeed: [saltWords[0], saltWords[1]],
    observer: source.observer ?? null,
  })
}

const NO_PACE: UserPace = { cycle: 0, mirrors: false, thinkTime: () => ({ next: () => 0 }) }

function paceOf({ plan }: StagePlan, stage: number, source: StreamLoadSource): UserPace {
  if (plan.loop === 'open') return NO_PACE
  const { thinkTime, cycle = 0 } = plan
  return {
    cycle,
    mirrors: thinkTime.kind === 'response',
    thinkTime: (user): ThinkTime => {
      // Each user draws from numbers of its own, so that it thinks alike whichever worker it belongs to.
      const random = createRandom({ ...source.seed, purpose: `think-time/${stage}/${user}` })
      if (thinkTime.kind === 'response') return createThinkTime({ kind: 'none' }, random)
      if (thinkTime.kind !== 'function') return createThinkTime(thinkTime, random)
      const draw = source.thinkTimes?.[stage]
      return { next: () => (draw ? draw(random) : 0) }
    },
  }
}
