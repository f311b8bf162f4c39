import type { InputSpec } from '../dsl/input.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import type { JsonObject } from '../units/json.ts'
import type { Log } from './plugin.ts'
import type { ModuleReference } from './module-reference.ts'
import type { RunningServer } from './server.ts'

/** What a `connect` provider returns after its preflight. */
export interface SessionReference extends ModuleReference {
  /** The transport engine, for example `http1-raw` or `grpc-http2`: part of a case's identity. */
  readonly engine: string
  /** Inputs and outputs as the server describes them, when it does; inputs are derived from it. */
  readonly metadata?: TargetMetadata
  /**
   * Makes inputs for a stream that names none; a module as for `createInput`. `deriveInput` makes it from the metadata and
   * the target's options; without it, tensors of batch 1 are sent that fit the metadata.
   */
  readonly defaultInput?: ModuleReference
  /** What the server reports about itself, for `run.environment.servers`. */
  readonly server?: JsonObject
  /** Whether one connection carries several exchanges; decides what `connections: 'auto'` means. */
  readonly multiplexed: boolean
  /** Whether the codec takes what the input `queries` yields, by `encodeQueries`. */
  readonly queries?: boolean
  /** Whether the server says that it answers equal requests from a cache; absent where it does not say. */
  readonly caches?: boolean
  /** Things the user should know: an ignored option, an unusual answer. */
  readonly warnings?: readonly string[]
}

export interface TargetMetadata {
  readonly inputs: readonly TensorMetadata[]
  readonly outputs: readonly TensorMetadata[]
  /** The largest batch the server accepts; 0 when it does not batch, `null` when unknown. */
  readonly maxBatchSize: number | null
}
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  /** −1 where any size is accepted. */
  readonly shape: readonly number[]
  /** The model also runs without this input. */
  readonly optional?: true
  /** Tensors of any rank are taken; `shape` says nothing. */
  readonly anyRank?: true
}

export interface ConnectContext {
  /** The server launched for the case, when the target has no URL of its own. */
  readonly server: RunningServer | null
  readonly settings: TrialSettings
  readonly exchange: 'unary' | 'stream'
  readonly signal: AbortSignal
  readonly log: Log
}

export interface InputContext {
  readonly metadata: TargetMetadata | null
  readonly root: string
  /** The kind of target that gets the inputs; absent where it is not known. */
  readonly target?: string
  /** Whether the target takes queries from files; absent where it does not say. */
  readonly queries?: boolean
  /** Users of the stream's closed loop at most; `null` for an open loop, absent where it is not known. */
  readonly users?: number | null
  /** How many payloads, and bytes of them, are sent at most: more samples are not asked for. */
  readonly payloads?: { readonly count: number; readonly bytes: number }
  /** Where the samples of another input come from, for inputs that are made of others. */
  readonly resolve?: (input: InputSpec) => Promise<ModuleReference>
}

/** A side signal to be recorded during trials. */
export interface SamplerPlan {
  readonly kind: string
  readonly package: string
  readonly options: JsonObject
}
export interface SamplerContext {
  readonly server: RunningServer | null
  /** Of the measured servers on this machine, launched or found by their port; their descendants belong to them. */
  readonly processes: readonly number[]
  readonly root: string
}
