import type { DerivedInputOptions, TargetSpec } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import type { RequestId, SequenceId } from './mapping/unique-fields.ts'
import type { OipRequest, OipRequestedOutput } from './request.ts'
import type { OipResponse } from './response.ts'

/**
 * How requests are encoded.
 *
 * - `http`: HTTP with the binary tensor data extension
 * - `http-json`: HTTP with tensors as JSON lists
 * - `grpc`: gRPC with raw contents
 * - `grpc-typed`: gRPC with the elements in the list of their type, which there is none of for 16-bit floats
 */
export type OipProtocol = 'http' | 'http-json' | 'grpc' | 'grpc-typed'

export function isGrpc(protocol: OipProtocol | undefined): boolean {
  return protocol === 'grpc' || protocol === 'grpc-typed'
}

/** Which model of which server to ask, and how. */
export interface OipOptions {
  /** Without the protocol's path, for example `http://127.0.0.1:8000`. Without it, the server that the case launches. */
  readonly url?: string
  readonly model: string
  /** The server chooses by default. */
  readonly version?: string
  /** Default `http` when the server has binary tensors, else `http-json`. */
  readonly protocol?: OipProtocol
  /** Outputs that the answers must have; all by default. */
  readonly outputs?: readonly (string | OipRequestedOutput)[]
  /** Sent with every request, for example `{ priority: 1, timeout: 50_000 }`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>
  /** Gives every request an id of its own; none by default. */
  readonly requestId?: RequestId
  /**
   * Makes requests say which sequence they belong to, and where it begins and ends: for models that keep state. `integer`
   * and `text` are the kinds of ids; no two clients use the same ones. Default: what the model's configuration asks for,
   * `none` where it keeps no state.
   */
  readonly sequence?: SequenceId | 'none'
  /** Compresses requests, and lets the server compress answers. */
  readonly compression?: { readonly request?: 'gzip'; readonly response?: 'gzip' }
  /** HTTP headers or gRPC metadata. */
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /**
   * Whether queue and compute times that the server sends with its answers are recorded: over HTTP the metrics `queue`
   * and `compute` of `Server-Timing`, over gRPC the response parameters `servebench_queue_ns` and
   * `servebench_compute_ns`. Default `true`.
   */
  readonly serverStages?: boolean
  /** What is sent when the scenario has no input: random tensors that fit the model. */
  readonly defaultInput?: DefaultInputOptions
  /**
   * `raw` is servebench's own client on a bare socket; `undici` and `node` are the libraries for HTTP and for gRPC.
   * `auto` is `raw`. Results of different engines are not compared.
   */
  readonly engine?: 'auto' | 'raw' | 'undici' | 'node'
}

export type DefaultInputOptions = DerivedInputOptions

declare module 'servebench/plugin' {
  interface TargetKinds {
    oip: { options: OipOptions; request: OipRequest; response: OipResponse }
  }
}

export const KIND = 'oip'
export const PACKAGE = '@servebench/plugin-oip'

/**
 * Measures a model on a server that speaks the Open Inference Protocol (KServe v2): Triton, MLServer, KServe, TorchServe,
 * servebench's own ONNX server.
 * @example target: () => oip({ url: 'http://127.0.0.1:8001', model: 'resnet', protocol: 'grpc' })
 */
export function oip(options: OipOptions): TargetSpec<'oip'> {
  return { kind: KIND, package: PACKAGE, options }
}
