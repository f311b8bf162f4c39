import type { Slo } from '../slo/slo.ts'
import type { Duration } from '../units/duration.ts'
import type { LabelledQuality, QualityLimits } from './labelled.ts'
import type { Option } from './option.ts'
import { callerOf } from './place.ts'
import { addScenario } from './registry.ts'
import type { ScenarioOptions } from './scenario.ts'
import type { Configuration, SettingSpace, SpaceMatrix, StudySpace } from './study-axes.ts'
import type { ModelSpace, StudyModels } from './study-models.ts'
import type { AnyTarget } from './target.ts'

/** Loads that each configuration is measured at: a list, or from the first in factors of two up to the last. */
export type LoadRange =
  | readonly number[]
  | { readonly from?: number; readonly to: number; readonly factor?: number }

export type StudyLoads = (
  | { readonly concurrency: LoadRange; readonly rate?: never }
  | { readonly rate: LoadRange; readonly concurrency?: never }
) & {
  /** The sweep ends where the best of four loads is less than this share above the first of them. Default 0.05; 0: never. */
  readonly gain?: number
  /** Halvings between the last load that keeps the constraints and the first that does not. Default 5. */
  readonly refine?: number
}

/** A metric with how much its relative gain counts, and which way is better where that is not known. */
export interface ObjectiveWeight {
  readonly weight?: number
  readonly better?: 'higher' | 'lower'
}

/**
 * What is aimed at: a metric (`'throughput'`, `'responseTime.p99'`, `'energy.perItem'`, `'gauges.gpu.memory.used'`), or
 * several with weights for their relative gains against the default configuration.
 */
export type Objective = string | Readonly<Record<string, number | ObjectiveWeight>>

/** Limits as in an `slo`, and of the `quality`. */
export interface StudyConstraints extends Slo {
  readonly quality?: QualityLimits
}

export type StudySearch<Point> =
  | 'grid'
  | 'quick'
  | 'random'
  | 'bayesian'
  | 'halving'
  /** Every configuration. */
  | { readonly strategy: 'grid' }
  /** These configurations, by name; axes that are left out are as in the baseline. */
  | { readonly strategy: 'list'; readonly configurations: Readonly<Record<string, Partial<Point>>> }
  /** Hill climbing by Model Analyzer's rules; then `loads` for the best `top` (default 3). */
  | { readonly strategy: 'quick'; readonly top?: number }
  /** Evenly spread configurations, as many as the budget allows, at most `count` (default: a tenth of the space, at least 20). */
  | { readonly strategy: 'random'; readonly count?: number; readonly top?: number }
  /** Gaussian processes; ends after `patience` (10) configurations without a gain, not before `fewest` (20). */
  | {
      readonly strategy: 'bayesian'
      readonly initial?: number
      readonly patience?: number
      readonly fewest?: number
      readonly top?: number
    }
  /** Many configurations shortly, the best of them longer: successive halving on the length of measurements. */
  | {
      readonly strategy: 'halving'
      readonly initial?: number
      readonly factor?: number
      readonly rounds?: number
      readonly top?: number
    }

type OwnOptions =
  | 'matrix'
  | 'exclude'
  | 'versus'
  | 'search'
  | 'coldStart'
  | 'agreement'
  | 'profile'
  | 'solo'
  | 'slo'
  | 'repeats'

/** No model has axes of its own. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it has no members, which is the point
type NoModels = Readonly<Record<never, never>>

/** All axes of a study: its own, and those of its models, `MODEL.AXIS`. */
type WholeSpace<Space extends StudySpace, Models extends StudyModels> = Space & ModelSpace<Models>

/**
 * A study: which configuration is best. Options that a scenario has as well are values or functions of the configuration.
 * Write `space`, `models` and `setup` first and `target` before `check`: types flow in this order.
 */
export interface StudyOptions<
  Space extends StudySpace,
  Setup,
  Target extends AnyTarget,
  Models extends StudyModels = NoModels,
> extends Omit<ScenarioOptions<SpaceMatrix<WholeSpace<Space, Models>>, Setup, Target>, OwnOptions> {
  /** What is varied. Without an order of preference, write first what is in use today: that is the baseline. */
  readonly space?: Space
  /**
   * Several models that are asked at once, by the names of their `streams`: what is varied of each, what it aims at, how much
   * that counts, and what it has to keep. Its axes are called `MODEL.AXIS`. A stream that is not named is load beside them.
   */
  readonly models?: Models
  /**
   * Axes that are settings of the server, by the paths that its plugin knows (`'state.instances'`): they are applied to
   * `server` by the plugin. The value `'unchanged'` leaves a setting alone. Without any axis, here or in `space`, the
   * server's plugin says what is worth a try.
   */
  readonly settings?: SettingSpace
  /** Prunes configurations that make no sense: `({ instances, threads }) => instances * threads <= 8`. */
  readonly where?: (at: Configuration<WholeSpace<NoInfer<Space>, NoInfer<Models>>>) => boolean
  /**
   * The default configuration, always measured. Axes that are left out have their first value. `'unchanged'`: the server
   * with none of `settings`, which need not be one of their values.
   */
  readonly baseline?: Partial<Configuration<WholeSpace<NoInfer<Space>, NoInfer<Models>>>> | 'unchanged'
  /**
   * Configurations by name that are measured whatever the search does, such as published rules of thumb:
   * `{ 'a worker for two cores': { workers: 4 } }`. Axes that are left out are as in the baseline.
   */
  readonly candidates?: Readonly<
    Record<string, Partial<Configuration<WholeSpace<NoInfer<Space>, NoInfer<Models>>>>>
  >
  /**
   * Loads that a configuration is measured at, instead of the one of `load`. With both, a search that chooses measures at
   * `load`, and the best configurations at all of these.
   */
  readonly loads?: StudyLoads
  /** Default `'throughput'`. */
  readonly objective?: Objective
  /**
   * What a configuration's answers are worth, the metric `quality`: a number that is known, such as the accuracy of a variant,
   * or what {@link labelled} samples find out.
   */
  readonly quality?: Option<
    number | LabelledQuality,
    SpaceMatrix<WholeSpace<NoInfer<Space>, NoInfer<Models>>>,
    NoInfer<Setup>
  >
  /** What a configuration has to keep to be chosen; those that do not are measured, and marked. */
  readonly constraints?: Option<
    StudyConstraints,
    SpaceMatrix<WholeSpace<NoInfer<Space>, NoInfer<Models>>>,
    NoInfer<Setup>
  >
  /**
   * Limits of all streams together: `{ throughput: 1000 }` is their sum, a latency that of all requests. `constraints` are of
   * each stream.
   */
  readonly overall?: Option<Slo, SpaceMatrix<WholeSpace<NoInfer<Space>, NoInfer<Models>>>, NoInfer<Setup>>
  /** Short for `constraints: { p99: … }`. */
  readonly latencyBudget?: Duration
  /** Short for `constraints: { throughput: … }`, per second. */
  readonly minThroughput?: number
  /** Default `'grid'` for up to 64 configurations, else `'quick'`. */
  readonly search?: StudySearch<Configuration<WholeSpace<NoInfer<Space>, NoInfer<Models>>>>
  /** Configurations, or a time such as `'30m'`, or both. The search ends there; what it has found is then confirmed. */
  readonly budget?: number | Duration | { readonly configurations?: number; readonly time?: Duration }
  /** The best configurations are measured again, in turns with the baseline. Default 3 of them in 5 rounds; 0 rounds: not. */
  readonly confirm?: { readonly leaders?: number; readonly rounds?: number; readonly confidence?: number }
  /**
   * Measures what each change between the baseline and the best does alone, and what is lost without it; pairs of changes
   * too, up to four changes. Default `true`.
   */
  readonly ablation?: boolean
}

/** Declares a study: `servebench tune` runs it, `servebench run` leaves it out. Only collects. */
export function study<
  Target extends AnyTarget = AnyTarget,
  const Space extends StudySpace = StudySpace,
  Setup = undefined,
  const Models extends StudyModels = NoModels,
>(name: string, options: StudyOptions<Space, Setup, Target, Models>): void {
  addScenario(name, options, callerOf(study), 'study')
}
