import type { DefaultInputOptions, OipOptions } from '@servebench/plugin-oip'
import type { TargetSpec } from 'servebench/plugin'
import type { TfServingRequest } from './request.ts'
import type { TfServingResponse } from './response.ts'

/**
 * How requests are encoded.
 *
 * - `http`: REST, JSON with a list of `instances`
 * - `http-columns`: REST, JSON with `inputs` by name
 * - `grpc`: gRPC, tensors as `tensor_content`
 * - `grpc-typed`: gRPC, tensors as lists of their type (`float_val` and so on)
 */
export type TfServingProtocol = 'http' | 'http-columns' | 'grpc' | 'grpc-typed'

export type TfServingMethod = 'predict' | 'classify' | 'regress'

/** Which model of which TensorFlow Serving server to ask, and how. */
export interface TfServingOptions extends Pick<OipOptions, 'compression' | 'headers' | 'tls' | 'engine'> {
  /** Of the REST port, for example `http://127.0.0.1:8501`, or of the gRPC port. Without it, the server of the case. */
  readonly url?: string
  readonly model: string
  /** The server chooses by default: the newest one. */
  readonly version?: number | string
  /** The version that has this label. The server must assign labels; see `tfservingServer`. */
  readonly versionLabel?: string
  /** Default `serving_default`. */
  readonly signature?: string
  /** Default `predict`; the others take `tensorflow.Example`s. */
  readonly method?: TfServingMethod
  /** Default `http`. */
  readonly protocol?: TfServingProtocol
  /** Outputs that answers must have; all by default. Only over gRPC the server leaves the others out. */
  readonly outputs?: readonly string[]
  /** What is sent when the scenario has no input: random tensors that fit the signature. */
  readonly defaultInput?: DefaultInputOptions
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    tfserving: { options: TfServingOptions; request: TfServingRequest; response: TfServingResponse }
  }
}

export const KIND = 'tfserving'
export const PACKAGE = '@servebench/plugin-tfserving'

/**
 * Measures a model on TensorFlow Serving, or on a server with its API.
 * @example target: () => tfserving({ url: 'http://127.0.0.1:8500', model: 'resnet', protocol: 'grpc' })
 */
export function tfserving(options: TfServingOptions): TargetSpec<'tfserving'> {
  return { kind: KIND, package: PACKAGE, options }
}
