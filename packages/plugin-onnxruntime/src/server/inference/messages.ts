import type { MessagePort } from 'node:worker_threads'
import type { SessionSettings } from './session-options.ts'
import type { ExecutionRing } from './execution-ring.ts'

/** A tensor of a model's signature; sizes that a request chooses are −1. */
export interface TensorInfo {
  readonly name: string
  /** The protocol's name of the element type. */
  readonly datatype: string
  readonly shape: readonly number[]
}

export interface Signature {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
}

export interface ThreadData {
  readonly ring: ExecutionRing
  /** For commands and reports; nobody listens to it, both sides read it when the ring says so. */
  readonly port: MessagePort
}

/** To an inference thread. `model` is a number that executions name. */
export type ThreadCommand =
  | {
      readonly kind: 'load'
      readonly model: number
      readonly path: string
      readonly settings: SessionSettings
      /** The path that a profile's begins with; `null`: the profiler is off. */
      readonly profile: string | null
    }
  | { readonly kind: 'unload'; readonly model: number }
  | { readonly kind: 'stop' }

/** From an inference thread. */
export type ThreadReport =
  | {
      readonly kind: 'loaded'
      readonly model: number
      readonly signature: Signature
      readonly runtime: string
    }
  | { readonly kind: 'failed'; readonly model: number; readonly message: string }
