import type { Slo } from '../slo/slo.ts'
import type { AgreementOptions } from './agreement.ts'
import type { ColdStartOptions } from './cold-start.ts'
import type { ExchangeOptions } from './exchange.ts'
import type { GeneratedInput, InputSpec } from './input.ts'
import type { SearchSpec } from './find-max.ts'
import type { LoadSpec } from './loads/definitions.ts'
import type { Case, FilledAxes, Matrix } from './matrix.ts'
import type { Option } from './option.ts'
import { callerOf } from './place.ts'
import type { ProfileOptions } from './profile.ts'
import { addScenario } from './registry.ts'
import type { Sample } from './sample.ts'
import type { SamplerSpec } from './sampler.ts'
import type { ServerSpec } from './server.ts'
import type { SettingOptions } from './settings.ts'
import type { SetupContext } from './setup.ts'
import type { ExpectOptions, StreamSpec } from './stream.ts'
import type { AnyTarget, RequestOf, ResponseOf } from './target.ts'

/** The settings of a trial, each a value or a function of the case. */
export type CaseSettings<M extends Matrix = Matrix, Setup = unknown> = {
  readonly [Name in keyof SettingOptions]?: Option<NonNullable<SettingOptions[Name]>, M, Setup>
}

/** What one payload may be: a sample, or the target's own request; or where payloads come from. */
export type InputOption<Target> =
  | InputSpec
  | GeneratedInput<Sample | RequestOf<Target>>
  | Sample
  | RequestOf<Target>

/**
 * A scenario: what is measured, with which inputs, under which load. Every option is a value or a function of the case,
 * unless its type says otherwise. Write `matrix` and `setup` first and `target` before `check`: types flow in this order.
 */
export interface ScenarioOptions<M extends Matrix, Setup, Target extends AnyTarget> extends CaseSettings<
  M,
  Setup
> {
  /** Axes; every combination of their values is a case. The last axis varies fastest. */
  readonly matrix?: M & FilledAxes<M>
  /** Combinations to leave out: all cases that agree with one of these, or for which the function is true. */
  readonly exclude?: readonly Partial<Case<NoInfer<M>>>[] | ((at: Case<NoInfer<M>>) => boolean)
  /**
   * Compares cases with each other, repeat by repeat: every case with the values of `case` (all others, where it is left
   * out) against the one that has those of `against` instead. The result has a table of it; six repeats and more can tell.
   */
  readonly versus?: {
    readonly case?: Partial<Case<NoInfer<M>>>
    readonly against: Partial<Case<NoInfer<M>>>
  }
  /**
   * Runs once before the scenario's first trial. Plain data that it returns reaches all functions of the case as their
   * second argument, and `defer` takes what undoes it.
   */
  readonly setup?: (context: SetupContext) => Setup | Promise<Setup>
  /** A server to start for the cases; without it the target's URL must be of a server that runs already. */
  readonly server?: Option<ServerSpec, NoInfer<M>, NoInfer<Setup>>
  /** What is measured; a target without a URL is bound to the case's server. */
  readonly target?: Option<Target, NoInfer<M>, NoInfer<Setup>>
  /** What is sent; without it the target derives inputs from the server's metadata, or sends an empty request. */
  readonly input?: Option<InputOption<NoInfer<Target>>, NoInfer<M>, NoInfer<Setup>>
  readonly load?: Option<LoadSpec, NoInfer<M>, NoInfer<Setup>>
  /**
   * Looks for the highest load at which `slo` holds, instead of measuring one: `findMax({ vary: 'rate', from: 10 })`.
   * `load` then says of which kind the load is; Poisson arrivals, or users of a closed loop, without it.
   */
  readonly search?: Option<SearchSpec, NoInfer<M>, NoInfer<Setup>>
  /**
   * Measures how long it takes until a server answers that is not there yet: the server is started anew for every repeat
   * (five by default), and its first requests are sent one after the other. Instead of `load`.
   */
  readonly coldStart?: Option<boolean | ColdStartOptions, NoInfer<M>, NoInfer<Setup>>
  /**
   * Before its load each case is sent the same few inputs, and its answers are compared with those of the case that was
   * asked first: one that differs fails, and is not measured. `true` for the defaults.
   */
  readonly agreement?: Option<boolean | AgreementOptions, NoInfer<M>, NoInfer<Setup>>
  /**
   * One trial more of each case with the server's profiler on, behind all that is measured: what it finds is a table and
   * files of the result. A server that has none is left out, with the reason.
   */
  readonly profile?: Option<boolean | ProfileOptions, NoInfer<M>, NoInfer<Setup>>
  /** Several kinds of traffic at once, by name, instead of one `target`, `input` and `load`. */
  readonly streams?: Option<Readonly<Record<string, StreamSpec>>, NoInfer<M>, NoInfer<Setup>>
  /** Runs each stream alone as well, with the arrivals that it has in the mix, to show what the streams cost each other. */
  readonly solo?: Option<boolean, NoInfer<M>, NoInfer<Setup>>
  readonly exchange?: Option<ExchangeOptions, NoInfer<M>, NoInfer<Setup>>
  /** Whether an answer is correct; called beside the load, for as many answers as it can keep up with (the result says how many). */
  readonly check?: (
    response: ResponseOf<NoInfer<Target>>,
    at: Case<NoInfer<M>>,
    setup: NoInfer<Setup>,
  ) => boolean | Promise<boolean>
  readonly expect?: Option<ExpectOptions, NoInfer<M>, NoInfer<Setup>>
  readonly slo?: Option<Slo, NoInfer<M>, NoInfer<Setup>>
  readonly samplers?: Option<readonly SamplerSpec[], NoInfer<M>, NoInfer<Setup>>
  /** Trials of each case. Default 1. */
  readonly repeats?: Option<number, NoInfer<M>, NoInfer<Setup>>
  readonly tags?: readonly string[]
  /** Runs this scenario (and others with `only`) and no other one. */
  readonly only?: boolean
  /** Leaves cases out: `true`, or why. */
  readonly skip?: Option<boolean | string, NoInfer<M>, NoInfer<Setup>>
}

/** A scenario without a matrix has no axes: reading one is an error. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- it has no members, which is the point
type NoAxes = Readonly<Record<never, never>>

/** Declares a scenario. Only collects: nothing is connected to, built or started before the run. */
export function scenario<
  Target extends AnyTarget = AnyTarget,
  const M extends Matrix = NoAxes,
  Setup = undefined,
>(name: string, options: ScenarioOptions<M, Setup, Target>): void {
  addScenario(name, options, callerOf(scenario))
}
