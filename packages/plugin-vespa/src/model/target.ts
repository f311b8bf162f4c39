import type { DerivedInputOptions, TargetSpec } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { MODEL_KIND, PACKAGE } from '../kinds.ts'
import type { VespaModelRequest } from './request.ts'
import type { VespaModelResponse } from './response.ts'

/** What the model leaves open about the random tensors that are sent when a scenario has no input. */
export type VespaDefaultInput = DerivedInputOptions

/** Which model of which container to evaluate, and how. */
export interface VespaModelOptions {
  /** Of the container: `http://127.0.0.1:8080`. Without it, the server of the case. */
  readonly url?: string
  /** As `/model-evaluation/v1` has it. */
  readonly model: string
  /** One of the model's functions, which are its outputs; not needed where there is one. */
  readonly function?: string
  /** `POST` sends tensors as a form, `GET` in the path, which servers limit to some 60 KB. Default `POST`. */
  readonly method?: 'GET' | 'POST'
  /** How tensors are written: `[[1,2]]`, or `{{d0:0,d1:0}:1,…}` with an address for each element. Default `nested`. */
  readonly literals?: 'nested' | 'cells'
  /** What is asked for: `values`, or `cells` with an address for each element. Default `values`. */
  readonly answer?: 'values' | 'cells'
  readonly defaultInput?: VespaDefaultInput
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /** `raw` is servebench's own client, `undici` the library; `auto` is `raw`. */
  readonly engine?: 'auto' | 'raw' | 'undici'
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    'vespa-model': {
      options: VespaModelOptions
      request: VespaModelRequest
      response: VespaModelResponse
    }
  }
}

/**
 * Measures the evaluation of a model in a Vespa container.
 * @example target: () => vespaModel({ url: 'http://127.0.0.1:8080', model: 'ranker' })
 */
export function vespaModel(options: VespaModelOptions): TargetSpec<'vespa-model'> {
  return { kind: MODEL_KIND, package: PACKAGE, options }
}
