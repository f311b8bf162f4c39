import type { Random } from '../stats/prng.ts'
import type { Nanos } from '../units/nanos.ts'
import { gapDraw } from './gap.ts'
import type { ProcessPlan, TracePlan } from './load-plan.ts'
import type { PointProcess } from './point-process.ts'
import { BurstProcess } from './processes/burst.ts'
import { ConstantProcess } from './processes/constant.ts'
import { JitteredProcess } from './processes/jittered.ts'
import { MarkovPath } from './processes/mmpp.ts'
import { ModulatedPoissonProcess } from './processes/modulated-poisson.ts'
import { RenewalProcess } from './processes/renewal.ts'
import { OnOffSourcesPath } from './processes/self-similar.ts'

/** A process that stands for itself; the others are made of loads or of files. */
export type SimpleProcess = Exclude<ProcessPlan, { readonly kind: 'superpose' | 'slice' | 'trace' }>
type ProcessKind = SimpleProcess['kind']
type CreateProcess<Kind extends ProcessKind> = (
  plan: Extract<SimpleProcess, { readonly kind: Kind }>,
  random: Random,
) => PointProcess

/** Every kind of arrival process has its line here. */
const PROCESSES: { readonly [Kind in ProcessKind]: CreateProcess<Kind> } = {
  constant: () => new ConstantProcess(),
  jittered: ({ jitter }, random) => new JitteredProcess(random, jitter),
  poisson: (_, random) => new RenewalProcess(random, gapDraw({ kind: 'exponential' })),
  gamma: (plan, random) => new RenewalProcess(random, gapDraw(plan)),
  weibull: (plan, random) => new RenewalProcess(random, gapDraw(plan)),
  lognormal: (plan, random) => new RenewalProcess(random, gapDraw(plan)),
  hyperexponential: (plan, random) => new RenewalProcess(random, gapDraw(plan)),
  burst: (plan) => new BurstProcess(plan),
  mmpp: (plan, random) => new ModulatedPoissonProcess(random, new MarkovPath(plan, random.split())),
  selfSimilar: (plan, random) =>
    new ModulatedPoissonProcess(random, new OnOffSourcesPath(plan, random.split())),
}

export function createProcess(plan: SimpleProcess, random: Random): PointProcess {
  const create = PROCESSES[plan.kind] as CreateProcess<ProcessKind>
  return create(plan, random)
}

/** What has been found in a trace's files: the instants one by one, or counts per `every`. */
export type TraceContent = TraceFacts &
  (
    | {
        readonly kind: 'instants'
        /** From the start of the trace, in order; Infinity after the last one, NaN while the next is not in memory. */
        next(): Nanos
      }
    | { readonly kind: 'counts'; readonly every: Nanos; readonly counts: ArrayLike<number> }
  )

export interface TraceFacts {
  readonly arrivals: number
  readonly length: Nanos
  /** Arrivals per second: of the second (or the time of one count) that has most. */
  readonly peak: number
}

/** Opens a trace that has been read; throws when it has not. */
export type OpenTrace = (plan: TracePlan) => TraceContent
