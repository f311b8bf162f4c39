import type { OipOptions, OipRequest } from '@servebench/plugin-oip'
import type { Duration, TargetSpec } from 'servebench/plugin'
import type { TritonResponse } from './response.ts'
import { KIND, PACKAGE } from './server.ts'

/** Which model of which Triton server to ask, and how. */
export interface TritonOptions extends OipOptions {
  /**
   * Sends requests over gRPC streams, as decoupled models need it; the default for those, and off for others.
   *
   * - `request`: each request has a stream of its own, which ends with its last answer
   * - `shared`: requests share one stream for each connection, and answers are told apart by ids. A request that is given
   *   up goes on in the server
   */
  readonly stream?: 'request' | 'shared' | 'off'
  /** Of requests, for models with priority levels: 1 is the highest. */
  readonly priority?: number
  /** How long requests may wait in the server's queue, where the model's configuration lets them say so. */
  readonly queueTimeout?: Duration
  /**
   * Models that this one calls without saying so in its configuration (business logic scripting), by the model that
   * calls: `{ pipeline: ['detector', 'reader'] }`. Ensembles are found by themselves.
   */
  readonly composing?: Readonly<Record<string, readonly string[]>>
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    triton: { options: TritonOptions; request: OipRequest; response: TritonResponse }
  }
}

/**
 * Measures a model on a Triton Inference Server.
 * @example target: () => triton({ model: 'resnet', protocol: 'grpc' })
 */
export function triton(options: TritonOptions): TargetSpec<'triton'> {
  return { kind: KIND, package: PACKAGE, options }
}
