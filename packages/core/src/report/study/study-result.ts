import type { Scalar } from '../../dsl/matrix.ts'
import type { StudyPlan, StudySearchPlan } from '../../dsl/study-plan.ts'
import type { ServerPlan } from '../../plan/trial-plan.ts'
import type { Interval, QualityReport, SloTermResult, TrialState, Verdict } from '../result.ts'

/** Why a configuration was measured. */
export type StudyPurpose =
  /** It is the default one. */
  | 'baseline'
  /** The search chose it. */
  | 'search'
  /** One of the best of the search, at all loads. */
  | 'sweep'
  /** The best with one axis as in the baseline, or the baseline with one axis as in the best. */
  | 'ablation'
  /** One of the leaders, in turns with the others. */
  | 'confirm'

/** One measurement of one configuration: all that a study needs of its trial. */
export interface StudyMeasurement {
  /** Of the study. */
  readonly study: string
  /** Of the configuration: 12 hexadecimal digits of SHA-256 over its canonical values. */
  readonly point: string
  readonly configuration: Readonly<Record<string, Scalar>>
  /** Arrivals per second or users; `null` where the study has no `loads`. */
  readonly load: number | null
  readonly purpose: StudyPurpose
  /** Of `confirm`: counts from 0. */
  readonly round: number | null
  /** Share of the usual length. */
  readonly fidelity: number
  /** The trial and the run that have measured it. */
  readonly trial: string
  readonly run: string
  readonly startedAt: string | null
  readonly state: TrialState
  readonly error: { readonly code: string; readonly message: string; readonly detail: string | null } | null
  readonly validity: Verdict['validity']
  /** By name, see `docs/tuning.md`; what was not measured is `null` or absent. */
  readonly metrics: Readonly<Record<string, number | null>>
  /** Of `cost.perMonth` and `cost.perMillion`. */
  readonly currency?: string
  /** 95 %, of those metrics that have one. */
  readonly intervals: Readonly<Record<string, Interval>>
  readonly terms: readonly SloTermResult[]
  /** How far the constraint that is missed most is missed, as the logarithm of the ratio; up to 0 all hold. */
  readonly violation: number
  /** A constraint is missed that more load makes worse. */
  readonly overloaded: boolean
  /** What the answers of the configuration are worth, where that was found out, and what it was found out for. */
  readonly quality?: QualityReport & { readonly key: string }
  /** Batches that the server executed, by size. */
  readonly batches: readonly { readonly size: number; readonly count: number }[] | null
  /** What it was measured for and on: another digest is another measurement. */
  readonly plan: string
  readonly environment: Readonly<Record<string, string>>
  /** Digests of what the local files held that its plan names, by path; absent where it names none. */
  readonly files?: Readonly<Record<string, string>>
}

/** Configurations that `skip` left out, for one reason. */
export interface SkippedConfigurations {
  readonly reason: string
  readonly count: number
  /** What they have in common, of the axes that vary. */
  readonly values: Readonly<Record<string, Scalar>>
}

/** What is known of a study before, and besides, its measurements. */
export interface StudyHeader {
  /** 12 hexadecimal digits over file and path: stable between runs. */
  readonly id: string
  readonly file: string
  readonly path: readonly string[]
  readonly plan: StudyPlan
  /** The strategy that is used. */
  readonly search: StudySearchPlan
  /** Of the configuration that is measured first. */
  readonly baseline: string
  /** Configurations of the space, without those that are skipped. */
  readonly size: number
  readonly skipped?: readonly SkippedConfigurations[]
  /** `running` until it has ended by itself. */
  readonly state: 'running' | 'ended'
  /** Why the search ended, and what else a reader should know. */
  readonly notes: readonly string[]
}

export type StudyOutcome =
  | 'running'
  | 'interrupted'
  /** One configuration is best. */
  | 'winner'
  /** Several are best: their differences are within what chance does. */
  | 'tie'
  /** What was found was not confirmed by measuring it again. */
  | 'unconfirmed'
  /** No configuration keeps the constraints. */
  | 'infeasible'
  /** Nothing could be measured. */
  | 'failed'

/** A configuration with all its measurements. */
export interface StudyPoint {
  readonly id: string
  /** `instances=2,threads=1` */
  readonly name: string
  readonly configuration: Readonly<Record<string, Scalar>>
  /** Indices of `StudyResult.measurements`. */
  readonly measurements: readonly number[]
  /** The measurement that stands for it: of those that keep the constraints the best, else the one that is nearest to. */
  readonly best: number | null
  readonly feasible: boolean
  /** Sum of the weighted logarithms of what is aimed at; higher is better. */
  readonly score: number | null
  /** Relative, against the baseline. */
  readonly gain: number | null
  /** By the rounds in which both were measured, else by the intervals of both measurements. */
  readonly gainInterval: readonly [low: number, high: number] | null
  /** Why it could not be measured. */
  readonly error: StudyMeasurement['error']
  /** No other configuration is certainly better in one of the metrics of `pareto`, and not worse in any. */
  readonly pareto: boolean
  /** Without secrets; absent where nothing is launched or attached to. */
  readonly server?: ServerPlan
}

/** What brings a server into one configuration without servebench. */
export interface StudyConfiguration {
  readonly point: string
  /** What tables call it: `instances=2,threads=1`, without what is the same everywhere. */
  readonly name: string
  /** `chosen`: somebody asked for it. */
  readonly role: 'baseline' | 'best' | 'chosen'
  /** With its files, relative to the run's folder; `null` where there is nothing to be written. */
  readonly directory: string | null
  /** Names below `directory`, as the server calls them. */
  readonly files: readonly string[]
  /** A patch from the files of the baseline to these, relative to the run's folder; `null` where they are equal. */
  readonly patch: string | null
  /** Text of the patch; `null` without one, or when it is too long to be shown. */
  readonly diff: string | null
  /** How it is applied, in sentences. */
  readonly apply: string | null
  /** Why there are no files. */
  readonly problem: string | null
}

/** How much one axis matters. */
export interface AxisSensitivity {
  readonly axis: string
  /** Mean score of each value, over the configurations that were measured with it, relative to the best value; as a gain. */
  readonly values: readonly {
    readonly value: Scalar
    readonly points: number
    readonly gain: number | null
  }[]
  /** Share of the variance of scores that the axis explains by itself. */
  readonly share: number | null
}

export interface StudyResult extends StudyHeader {
  readonly outcome: StudyOutcome
  /** What came out, in a sentence. */
  readonly message: string
  /** Ids of points, the recommended one first: the winner, or those that tie. */
  readonly best: readonly string[]
  /** Those that were measured again in rounds, with the interval of their gain over the baseline. */
  readonly leaders: readonly {
    readonly point: string
    readonly load: number | null
    readonly rounds: number
    readonly feasible: boolean
    /** Of the best against this one, relative; `null` of itself. */
    readonly behind: readonly [mean: number, low: number, high: number] | null
  }[]
  /** Metrics of the Pareto front. */
  readonly pareto: readonly string[]
  readonly sensitivity: readonly AxisSensitivity[]
  readonly points: readonly StudyPoint[]
  readonly measurements: readonly StudyMeasurement[]
  /** Of the baseline and the best; absent where no server is configured. */
  readonly configurations?: readonly StudyConfiguration[]
}
