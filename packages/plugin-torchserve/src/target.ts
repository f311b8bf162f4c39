import type { Sample, Secret, TargetSpec } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { KIND, PACKAGE } from './kind.ts'
import type { TorchServeRequest } from './request.ts'
import type { TorchServeResponse } from './response.ts'

/**
 * Which of TorchServe's inference APIs is asked.
 *
 * - `predictions`: `/predictions/MODEL[/VERSION]`; over gRPC `Predictions`, or `StreamPredictions` with `stream`
 * - `explanations`: `/explanations/MODEL[/VERSION]`
 * - `workflow`: `/wfpredict/WORKFLOW`; `model` names the workflow
 * - `kserve`, `kserve-explain`: `/v1/models/MODEL:predict` and `:explain`, for servers with `service_envelope=kserve`
 * - `kservev2`, `kservev2-explain`: `/v2/models/MODEL/infer` and `/explain`, for `service_envelope=kservev2`
 */
export type TorchServeApi =
  | 'predictions'
  | 'explanations'
  | 'workflow'
  | 'kserve'
  | 'kserve-explain'
  | 'kservev2'
  | 'kservev2-explain'

/** Which model of which TorchServe to ask, and how. */
export interface TorchServeOptions {
  readonly model: string
  /** Default: the version that the server takes for the default one. */
  readonly version?: string
  /**
   * Of the inference address: `http://127.0.0.1:8080`; for gRPC `http://127.0.0.1:7070`. Default: that of the case's
   * server.
   */
  readonly url?: string
  /** Where the model is looked up before the load. Default: that of the case's server; without one it is not. */
  readonly managementUrl?: string
  /** Default `http`. */
  readonly protocol?: 'http' | 'grpc'
  /** Default `predictions`. */
  readonly api?: TorchServeApi
  /** Further segments of the path, which handlers get as `url_path`; only with a `version`. */
  readonly path?: string
  /**
   * Times the parts of answers that come one after the other: over gRPC `StreamPredictions`, over HTTP the chunks as
   * they arrive, several of which may come together. Default `false`.
   */
  readonly stream?: boolean
  /** The `key_file.json` of a server that demands tokens, relative to the root. Renewed where it would expire too soon. */
  readonly keyFile?: string
  /** Instead of a key file, the token itself: `env('TOKEN')`. */
  readonly token?: Secret
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /** `auto` and `raw` are the transport's own clients; `undici` speaks HTTP, `node` gRPC. Default `auto`. */
  readonly engine?: 'auto' | 'raw' | 'undici' | 'node'
}

/** What may be sent: TorchServe's own request, or a protocol-neutral sample; nothing for an empty body. */
export type TorchServeContent = TorchServeRequest | Sample | null | undefined

declare module 'servebench/plugin' {
  interface TargetKinds {
    torchserve: { options: TorchServeOptions; request: TorchServeContent; response: TorchServeResponse }
  }
}

/**
 * Measures a model on a TorchServe.
 * @example target: () => torchserve({ model: 'resnet', version: '1.0' })
 */
export function torchserve(options: TorchServeOptions): TargetSpec<'torchserve'> {
  return { kind: KIND, package: PACKAGE, options }
}
