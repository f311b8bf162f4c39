import type { LoadPlan } from '../../arrival/load-plan.ts'
import { controlOf } from '../../arrival/load-rates.ts'
import { suggest } from '../../units/suggest.ts'
import { isFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import { burstLoad, type BurstLoad } from './burst.ts'
import { closedLoad, type ClosedLoad } from './closed.ts'
import { compressedLoad, type CompressedLoad } from './compress.ts'
import { constantRateLoad, type ConstantRateLoad } from './constant-rate.ts'
import type { ImpliedSettings, LoadDefinition } from './definition.ts'
import { diurnalLoad, type DiurnalLoad } from './diurnal.ts'
import { gammaLoad, type GammaLoad } from './gamma.ts'
import { hyperexponentialLoad, type HyperexponentialLoad } from './hyperexponential.ts'
import { jitteredLoad, type JitteredLoad } from './jittered.ts'
import { lognormalLoad, type LognormalLoad } from './lognormal.ts'
import { mmppLoad, type MmppLoad } from './mmpp.ts'
import {
  multiStreamLoad,
  offlineLoad,
  poissonServerLoad,
  singleStreamLoad,
  type MultiStreamLoad,
  type OfflineLoad,
  type PoissonServerLoad,
  type SingleStreamLoad,
} from './mlperf.ts'
import { onOffLoad, type OnOffLoad } from './on-off.ts'
import { poissonLoad, type PoissonLoad } from './poisson.ts'
import { rampLoad, type RampLoad } from './ramp.ts'
import { selfSimilarLoad, type SelfSimilarLoad } from './self-similar.ts'
import { sineLoad, type SineLoad } from './sine.ts'
import { spikeLoad, type SpikeLoad } from './spike.ts'
import { stagesLoad, type StagesLoad } from './stages.ts'
import { stepsLoad, type StepsLoad } from './steps.ts'
import { superposedLoad, type SuperposedLoad } from './superpose.ts'
import { thinnedLoad, type ThinnedLoad } from './thin.ts'
import { replayLoad, traceLoad, type ReplayLoad, type TraceLoad } from './trace.ts'
import { utilizationLoad, type UtilizationLoad } from './utilization.ts'
import { weibullLoad, type WeibullLoad } from './weibull.ts'

/** A load whose arrivals do not wait for answers. */
export type OpenLoad =
  | ConstantRateLoad
  | JitteredLoad
  | PoissonLoad
  | GammaLoad
  | WeibullLoad
  | LognormalLoad
  | HyperexponentialLoad
  | MmppLoad
  | OnOffLoad
  | SelfSimilarLoad
  | RampLoad
  | StepsLoad
  | SineLoad
  | DiurnalLoad
  | SpikeLoad
  | BurstLoad
  | TraceLoad
  | ReplayLoad
  | SuperposedLoad
  | ThinnedLoad
  | CompressedLoad
  | PoissonServerLoad

/** A load that can be a part of `stages`. */
export type StageLoad = ClosedLoad | OpenLoad | SingleStreamLoad | MultiStreamLoad | OfflineLoad

/** Any load that a bench file can ask for. */
export type LoadSpec = StageLoad | StagesLoad | UtilizationLoad

/** All loads, by the name of their constructor. */
const DEFINITIONS: ReadonlyMap<string, LoadDefinition> = new Map(
  [
    closedLoad,
    constantRateLoad,
    jitteredLoad,
    poissonLoad,
    poissonServerLoad,
    singleStreamLoad,
    multiStreamLoad,
    offlineLoad,
    gammaLoad,
    weibullLoad,
    lognormalLoad,
    hyperexponentialLoad,
    mmppLoad,
    onOffLoad,
    selfSimilarLoad,
    rampLoad,
    stepsLoad,
    sineLoad,
    diurnalLoad,
    spikeLoad,
    burstLoad,
    traceLoad,
    replayLoad,
    superposedLoad,
    thinnedLoad,
    compressedLoad,
    stagesLoad,
    utilizationLoad,
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
    const found = typeof name === 'string' ? `a load '${name}'` : show(value)
    problems.error(
      path,
      `expected a load such as closed(), poisson() or constantRate(), not ${found}.`,
      typeof name === 'string' ? suggest(name, [...DEFINITIONS.keys()]) : undefined,
    )
    return undefined
  }
  const before = problems.errors.length
  const plan = definition.plan(value, path, problems, planPart)
  return plan === undefined || problems.errors.length > before
    ? undefined
    : { plan, implies: definition.implies?.(plan) ?? {} }
}

function planPart(value: unknown, path: string, problems: Problems): LoadPlan | undefined {
  const plan = planLoad(value, path, problems)?.plan
  if (plan === undefined || controlOf(plan) === null) return plan
  problems.error(path, 'a load that follows a gauge stands alone: it cannot be a part of another one.')
  return undefined
}
