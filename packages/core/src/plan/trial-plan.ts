import type { LoadPlan } from '../arrival/load-plan.ts'
import type { AgreementPlan } from '../dsl/agreement.ts'
import type { BalancePolicy } from '../dsl/balance.ts'
import type { ServerLimits } from '../dsl/confine.ts'
import type { Secret } from '../dsl/secret.ts'
import type { PlannedContainer } from '../dsl/container.ts'
import type { ColdStartPlan } from '../dsl/cold-start.ts'
import type { Scalar } from '../dsl/matrix.ts'
import type { StaticPlan } from '../dsl/static.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { SearchPurpose, SearchResult } from '../report/search-result.ts'
import type { StudyHeader, StudyMeasurement, StudyPurpose } from '../report/study/study-result.ts'
import type { StudyProgress } from './study/study-progress.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import type { QualityPlan } from './study/quality-plan.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'

/**
 * Everything that one repetition of one case needs, as JSON: no closures, canonical, hashable.
 * What leaves the collector; what a `Planner` yields; what is stored in the journal.
 */
export interface TrialPlan {
  /** 12 hexadecimal digits of SHA-256 over file, path, case, role and repeat: stable between runs. */
  readonly id: string
  /** Of the case: the same digest without the repeat. Probes have that of the case that they search for. */
  readonly caseId: string
  /** The bench file, relative to the root, with `/`; `<quick>` for `servebench quick`. */
  readonly file: string
  /** Names from the outermost `describe` to the scenario. */
  readonly path: readonly string[]
  /** Matrix values, in the order of the axes. */
  readonly case: Readonly<Record<string, Scalar>>
  /** Counts from 0. */
  readonly repeat: number
  /** `measurement` of a case as written; `probe` of a search; `profile`: not measured; `study`: a configuration of one. */
  readonly role: 'measurement' | 'probe' | 'profile' | 'study'
  /** Of a probe: what the search wants to know by it. */
  readonly probe?: ProbePlan
  /** Of a configuration of a study: what it is measured for. */
  readonly study?: StudyStep
  readonly tags: readonly string[]
  /** The run's seed. */
  readonly seed: string
  readonly settings: TrialSettings
  /** Where each setting came from, by its dotted path: `servebench.config.ts`, `describe 'x'`, `--duration`. What is absent is the default. */
  readonly origins: Readonly<Record<string, string>>
  readonly server: ServerPlan | null
  /** The server is started anew for this trial, or was left idle; what is measured is how long it takes to answer. */
  readonly coldStart?: ColdStartPlan
  /** At least one; a scenario with a single target has the stream `main`. */
  readonly streams: Readonly<Record<string, StreamPlan>>
  /** Side signals that the scenario asks for, beyond those of the configuration. */
  readonly samplers?: readonly SamplerPlan[]
  /** Which cases of the scenario are compared with each other. */
  readonly versus?: VersusPlan
  /** The answers of cases are compared before their loads. */
  readonly agreement?: AgreementPlan
  /** The answers are scored before the load: nobody knows yet what those of the configuration are worth. */
  readonly quality?: QualityPlan
  /** Digest of the bench file's text, to refuse functions of another version. */
  readonly digest: string
  /** What the scenario's `setup` returned, when it has one. */
  readonly setup?: JsonValue
}

/** Every case with the values of `case` (or every other one) against the one with those of `against` instead. */
export interface VersusPlan {
  readonly case?: Readonly<Record<string, Scalar>>
  readonly against: Readonly<Record<string, Scalar>>
}

/** A step of a search. */
export interface ProbePlan {
  readonly vary: 'rate' | 'concurrency'
  /** Arrivals per second, or users, over all streams. */
  readonly value: number
  readonly purpose: SearchPurpose
  /** The highest load that passed before this probe, and the lowest that did not. */
  readonly low: number | null
  readonly high: number | null
}

/** What a study measures a configuration for. */
export interface StudyStep {
  readonly study: string
  /** Of the configuration. */
  readonly point: string
  readonly purpose: StudyPurpose
  /** Of rounds that compare the leaders; counts from 0. */
  readonly round: number | null
  /** Share of the usual length. */
  readonly fidelity: number
}

export interface StreamPlan {
  readonly target: TargetPlan
  /** What the bench file says of the target's model. */
  readonly static?: StaticPlan
  readonly input: InputPlan
  readonly load: LoadPlan
  readonly exchange: ExchangePlan
  readonly check: FunctionReference | null
  /** Checked on the load thread for every answer: payload bytes or their limits, or CRC-32 of the payload. */
  readonly expect: {
    readonly bytes?: number
    readonly leastBytes?: number
    readonly mostBytes?: number
    readonly crc32?: number
  } | null
  readonly slo: SloPlan | null
}

export interface TargetPlan {
  readonly kind: string
  /** The npm package whose plugin provides the kind. */
  readonly package: string
  readonly options: JsonObject
}

export interface ServerPlan {
  readonly kind: string
  readonly package: string
  /** Equal canonical `launch` is the same process. */
  readonly launch: JsonObject
  /** Reconciled in place, read back, restored. */
  readonly state: JsonObject
  /** Several processes that are started alike, and how requests are dealt to them. */
  readonly replicas?: { readonly count: number; readonly policy: BalancePolicy }
  /** What each process is started in. */
  readonly container?: PlannedContainer
  /** What each process may use. */
  readonly limits?: ServerLimits
}

/** Where the requests' contents come from. */
export type InputPlan =
  /** Made by the provider tapped on `createInput.for(kind)`. */
  | {
      readonly from: 'provider'
      readonly kind: string
      readonly package: string
      readonly options: JsonObject
    }
  /** A request or sample that was written in the bench file and is plain data. */
  | { readonly from: 'literal'; readonly value: JsonValue }
  /** A request or sample in the bench file that is not plain data, or a function `({ index, random }) => request`. */
  | { readonly from: 'function'; readonly reference: FunctionReference }
  /** Derived from the target's metadata, or empty. */
  | { readonly from: 'target' }

/** A function of a bench file that a worker or the aide imports. */
export interface FunctionReference {
  readonly file: string
  readonly digest: string
  readonly path: readonly string[]
  readonly case: Readonly<Record<string, Scalar>>
  /** Dotted path inside the scenario's options: `check`, `input`, `load.thinkTime`, `streams.a.check`. */
  readonly option: string
  /** What the scenario's `setup` returned, when it has one: its functions of the case are called with it again. */
  readonly setup?: JsonValue
}

/** What one unit of arrival consists of. */
export type ExchangePlan =
  | { readonly kind: 'request' }
  /** `steps` requests with one sequence id, each due at the previous settlement + `thinkTime`. */
  | { readonly kind: 'sequence'; readonly steps: number; readonly thinkTime: Nanos }
  /** One bidirectional stream: `messages` sent `interval` apart, then half-closed. */
  | { readonly kind: 'stream'; readonly messages: number; readonly interval: Nanos }

/** How a trial is run; every value has a default, see `config/defaults.ts`. */
export interface TrialSettings {
  /** How long, how many settled units, or until when, before the measurement starts. */
  readonly warmup: { readonly duration: Nanos } | { readonly requests: number } | StableWarmupPlan
  /** What ends the measurement, `duration` at the earliest; without it, `duration` does. */
  readonly until?: StopRulePlan | null
  /** Length of the measurement; `null` when the load itself ends it (a closed loop with `requests`). */
  readonly duration: Nanos | null
  /** How long arrivals go on and answers are awaited after the measurement. */
  readonly drain: Nanos
  /** Pause after the trial. */
  readonly cooldown: Nanos
  /** From the intended start; a request that passes it is cancelled and counts as timed out. */
  readonly timeout: Nanos
  /** Further attempts after the first (0: none), and the failures they follow, by name in results (none named: any). */
  readonly retry: { readonly attempts: number; readonly on: readonly string[] }
  readonly connections: {
    readonly count: number | 'auto'
    readonly streams: number | 'auto'
    readonly reuse: 'keep-alive' | 'per-request'
    readonly open: 'before' | 'on-demand' | 'auto'
  }
  /** Requests in flight at most, over all workers. */
  readonly maxInFlight: number
  /** What happens to a due request beyond `maxInFlight`: it waits (charged to it), or it is dropped (counted). */
  readonly overflow: 'queue' | 'drop'
  readonly workers: number | 'auto'
  readonly records: 'all' | 'sample' | 'none'
  /** An answer above this size fails. */
  readonly maxResponseBytes: number
  /** The ring of distinct payloads. */
  readonly payloads: { readonly count: number; readonly bytes: number }
  readonly gates: GateSettings
  /** Absent in results of earlier versions, as is `cost`. */
  readonly energy?: EnergySettings
  readonly cost?: CostSettings
}

export interface EnergySettings {
  readonly idle: Nanos
  readonly region: string
  readonly intensity: number | null
  readonly table: string | null
  readonly pue: number | null
  readonly embodied: { readonly kilograms: number; readonly years: number; readonly share: number } | null
  /** Absent in plans of earlier versions. */
  readonly live?: LiveCarbon | null
}

/** Who is asked for the intensity after each trial. */
export interface LiveCarbon {
  readonly name: string
  readonly url: string
  readonly pointers: readonly string[]
  readonly token: Secret | null
  readonly header: string
}

/** Without `shape`, `price`, `serverless` and `own` nothing is known of cost. */
export interface CostSettings {
  readonly prices: string | null
  readonly shape: string | null
  readonly price: number | null
  readonly currency: string | null
  readonly nodes: number
  readonly hoursPerMonth: number
  readonly utilization: number
  readonly serverless: { readonly service: string; readonly memory: number } | null
  readonly own: {
    readonly price: number
    readonly years: number
    readonly perKWh: number
    readonly watts: number | null
    readonly pue: number | null
    readonly utilization: number
  } | null
  readonly budget: number | null
  readonly demand: number | null
  readonly headroom: number
}

/** A warm-up that lasts until the target looks steady. */
export interface StableWarmupPlan {
  readonly until: 'stable'
  /** `auto`: MSER-5, a test for trends and the rule of windows; `windows`: that rule alone, as perf_analyzer has it. */
  readonly method: 'auto' | 'windows'
  /** Not before this time and this many completed requests. */
  readonly minimum: Nanos
  readonly requests: number
  /** Then the measurement begins in any case, and the result says so. */
  readonly maximum: Nanos
  /** Windows in a row that must agree, and how far the largest may be above the smallest. */
  readonly windows: number
  readonly within: number
  /** Length of a window; `null`: all windows together are what remains after the cut. */
  readonly window: Nanos | null
}

/** What is to be known before a measurement may end. */
export type StopRulePlan =
  | {
      readonly rule: 'certified'
      readonly percentile: number
      /** The response time that the percentile is judged against; `null`: the percentile itself is wanted. */
      readonly limit: Nanos | null
      readonly confidence: number
      /** Without a limit: how far the certified bound may be above the measured percentile, as a share of it. */
      readonly margin: number
      /** Requests at least. */
      readonly requests?: number
      /** `ignored`: requests count as independent, as in LoadGen. */
      readonly dependence: 'measured' | 'ignored'
      /** Of the measurement. */
      readonly maximum: Nanos
    }
  | {
      readonly rule: 'precise'
      readonly percentile: number
      /** Of the percentile's 95 % interval, as a share of the percentile. */
      readonly halfWidth: number
      readonly maximum: Nanos
    }

/** Limits of the validity verdict: above `suspect` a reason is noted, above `invalid` the number is not to be trusted. */
export interface GateSettings {
  readonly dispatchLag: Gate & { readonly floorSuspect: Nanos; readonly floorInvalid: Nanos }
  readonly dispatched: Gate
  readonly loadThreadCpu: Gate
  readonly accounting: Gate
  readonly littlesLaw: Gate
  readonly foreignCpu: Gate
  readonly clockDrift: Gate
}
export interface Gate {
  readonly suspect: number | null
  readonly invalid: number | null
}

/**
 * Decides what is measured next. A matrix is a planner that lists its cases; a search or a study looks at what is done.
 */
export interface Planner<Done = unknown> {
  /** Called after every trial (and once before the first) with all that is done so far. */
  next(done: readonly Done[]): TrialPlan | Finished | Promise<TrialPlan | Finished>
  /** Trials still to come, as far as known: for progress and time estimates. */
  remaining(done: readonly Done[]): number
  /** Searches that have begun, with all that they have found so far. */
  searches?(): readonly SearchResult[]
  /** What studies have found since the last call: for the journal. */
  studyNews?(done: readonly Done[]): readonly StudyNews[]
  /** How far studies have come, where that has changed since the last call; the one that runs last. */
  studyProgress?(done: readonly Done[]): readonly StudyProgress[]
}

export type StudyNews =
  | { readonly type: 'study'; readonly study: StudyHeader }
  | { readonly type: 'study-measurement'; readonly measurement: StudyMeasurement }
  /** The server of a configuration: once, when the first measurement of it is there. */
  | {
      readonly type: 'study-server'
      readonly study: string
      readonly point: string
      readonly server: ServerPlan
    }

export interface Finished {
  readonly finished: true
  /** Why, in a sentence, when it is not simply that all is measured. */
  readonly reason?: string
}
