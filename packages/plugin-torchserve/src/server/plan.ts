import type { ArtifactSpec, JsonObject, ServerSpec } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import type { KIND, PACKAGE } from '../kind.ts'
import type { TokenSource } from '../token/token-source.ts'

/** Settings in a plan, in TorchServe's units. */
export interface PlannedSettings {
  readonly workers?: number
  readonly batchSize?: number
  /** Milliseconds. */
  readonly maxBatchDelay?: number
  /** Seconds. */
  readonly responseTimeout?: number
}

/** Where a model in a plan comes from. */
export type ModelSource =
  | { readonly archive: string }
  | {
      readonly handler: string
      readonly weights: string | ArtifactSpec | null
      readonly files: readonly string[]
      readonly config: JsonObject | null
    }
  | { readonly onnx: string | ArtifactSpec; readonly config: JsonObject | null }

export interface PlannedModel {
  readonly name: string
  /** `''` where the archive says it. */
  readonly version: string
  /** `null`: one that the server has. */
  readonly source: ModelSource | null
  readonly settings: PlannedSettings
}
export interface PlannedState {
  readonly models: readonly PlannedModel[]
  readonly defaults: Readonly<Record<string, string>>
}
export type PlannedLaunch =
  | {
      readonly mode: 'launch'
      readonly binary: string | null
      readonly properties: Readonly<Record<string, string | number | boolean>>
      readonly env: Readonly<Record<string, string>>
      readonly metrics: 'prometheus' | 'log'
      readonly tokens: boolean
      readonly startTimeout: number
    }
  | {
      readonly mode: 'attach'
      readonly http: string
      readonly grpc: string
      readonly management: string | null
      readonly metrics: string | null
      readonly logs: string | null
      readonly inferenceAccess: TokenSource | null
      readonly managementAccess: TokenSource | null
      readonly headers: HttpHeaders
      readonly tls: TlsOptions | null
    }

export interface TorchServeSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
  readonly state: PlannedState & JsonObject
}
