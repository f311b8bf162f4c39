import type { Status } from '../status.ts'
import type { Waiting } from './batch-decision.ts'
import type { ModelTensor } from './model-tensor.ts'

/** An output of one request; `bytes` is a view of shared memory that is only valid during the call that hands it over. */
export interface OutputTensor {
  readonly info: ModelTensor
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

/** When one request was where inside the server, and how long, ns. Instants are on the machine's monotonic clock. */
export interface CallTiming {
  /** The request was complete. */
  readonly received: number
  /** An instance took its execution; the outputs were back from it. */
  readonly computeStart: number
  readonly computeEnd: number
  /** Waiting for an instance, and for other requests of the batch. */
  readonly queue: number
  /** Bringing the inputs to the instance. */
  readonly computeInput: number
  /** ONNX Runtime's run. */
  readonly computeInfer: number
  /** Bringing the outputs back. */
  readonly computeOutput: number
  /** Rows of the execution that the request was part of. */
  readonly batchSize: number
}

/** A request for inference, whatever protocol it came by. Subclasses write the answer. */
export abstract class InferenceCall implements Waiting {
  readonly receivedAt: number
  /** By the position of the input in the model's signature. */
  shapes: readonly (readonly number[])[] = []
  inputs: readonly Uint8Array[] = []
  /** Positions of outputs in the model's signature, in the order of the answer. */
  wanted: readonly number[] = []
  rows = 1
  shapeKey = ''
  alone = false
  enqueuedAt = 0
  /** When waiting makes no more sense, ns; checked when the request's turn comes. */
  expiresAt: number = Infinity

  constructor(receivedAt: number) {
    this.receivedAt = receivedAt
  }

  abstract complete(outputs: readonly OutputTensor[], timing: CallTiming): void
  abstract fail(status: Status, message: string): void
}
