import type { ServerPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'
import type { ArtifactSpec, BuiltArtifact } from './artifact.ts'
import type { ServerControl } from './server.ts'

/**
 * What a change of a setting costs: nothing but a call; the model is loaded again; the server is started anew. A
 * `restart` changes the plan's `launch`, the others its `state`.
 */
export type ChangeCost = 'in-place' | 'reload' | 'restart'

/** A setting of a server that a study may vary. Plain data. */
export interface Tunable {
  /** What {@link ServerTuning.apply} takes: dotted, as the options of the server's factory are named. */
  readonly path: string
  readonly type: 'integer' | 'number' | 'boolean' | 'choice' | 'duration'
  /** Values to choose from; of a `choice` all that there are. */
  readonly values?: readonly JsonValue[]
  /** The least and the most; of durations in nanoseconds. */
  readonly range?: readonly [number, number]
  /** How values are spread over `range`: evenly, or each twice the one before. Default `linear`. */
  readonly scale?: 'linear' | 'log'
  /** What is in effect when nobody sets it; absent where that is not known. */
  readonly default?: JsonValue
  readonly change: ChangeCost
  /** Of one model; absent for a setting of the server. */
  readonly model?: string
  /** What the setting is to the model's throughput, for rules that hold for any server. */
  readonly role?: 'instances' | 'batch' | 'delay' | 'threads' | 'device'
  /** What a study tries that names no axes; absent: it leaves the setting alone. */
  readonly automatic?: readonly JsonValue[]
  /** Without effect unless the setting `path` has one of `values`. */
  readonly when?: { readonly path: string; readonly values: readonly JsonValue[] }
  /** Values that this machine or this server lacks, in sentences: they are not tried, but told. */
  readonly skipped?: readonly SkippedValue[]
  readonly description: string
}

export interface SkippedValue {
  readonly value: JsonValue
  readonly reason: string
}

/** The machine that a server runs on, as far as rules of thumb ask for it. */
export interface TuningMachine {
  readonly physicalCores: number
  /** With hyper-threads. */
  readonly logicalCores: number
  readonly gpus: number
}

/** A configuration by a published rule of thumb: worth a measurement, never more. */
export interface Candidate {
  /** The rule in short, such as `workers = physical cores / 2, one thread each`. */
  readonly name: string
  /** Who has published it. */
  readonly source: string
  /** Values by the paths of tunables, in the order in which they are applied. */
  readonly values: Readonly<Record<string, JsonValue>>
}

/** A file that an operator of the server would edit. */
export interface ConfigurationFile {
  /** As it is called where the server reads it, with `/`: `resnet/config.pbtxt`. */
  readonly path: string
  readonly text: string
}

export interface ConfigurationContext {
  /** Builds an artifact, or finds it in the cache. */
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
  /** Where relative paths start. */
  readonly root: string
  /**
   * Of the running server, in its own state; `null` where there is none. Tells what a model's configuration is where its
   * file is not at hand.
   */
  readonly control: ServerControl | null
  /**
   * What a server said of its configuration when it was in just this state, as `ServerControl.configure` returned it;
   * absent where that is not known. Secrets are left out.
   */
  readonly effective?: JsonValue
}

/**
 * What a plugin knows about servers of one kind without a running one; returned by the provider that taps
 * `tune.for(kind)`. `ServerControl.tunables` tells what can be varied, this how.
 */
export interface ServerTuning {
  /**
   * The same server with another value of one setting. Pure: the plan that is given stays as it is, equal arguments give
   * equal plans, and nothing is asked. Called for each axis of each configuration, in the order of the axes. Takes more
   * paths than there are tunables: any setting of the server's factory that is plain data, and whatever `config`, `args`,
   * `parameters` or `properties` it has, by name.
   * @throws {ValidationError} for a path that servers of this kind do not have, and a value that they would not take
   */
  apply(server: ServerPlan, path: string, value: JsonValue): ServerPlan
  /**
   * What the paths of one model's settings begin with, before the model's name: `state.models`. Absent where models have no
   * settings of their own.
   */
  readonly modelSettings?: string
  /** Published rules of thumb for a machine. Pure. */
  candidates?(server: ServerPlan, machine: TuningMachine): readonly Candidate[]
  /**
   * How many requests in flight keep this configuration busy, where there is a published rule for it; `null` where the
   * plan does not tell. Pure.
   * @param model the one that is asked; without it that with the most
   */
  concurrency?(server: ServerPlan, model?: string): number | null
  /** The files that bring the server into this configuration without servebench. */
  configuration?(server: ServerPlan, context: ConfigurationContext): Promise<readonly ConfigurationFile[]>
  /** Where an operator puts these files, and what has to be done then, in sentences. */
  readonly instructions?: string
}
