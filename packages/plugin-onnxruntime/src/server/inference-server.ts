import { invalid, RequestError, Status } from './status.ts'
import type { InferenceCall } from './model/inference-call.ts'
import type { Model } from './model/model.ts'
import type { ModelRepository } from './model/model-repository.ts'

export const SERVER_NAME = 'servebench-onnx-server'

/** Extensions of the protocol that this server speaks, by their registered names. */
export const EXTENSIONS: readonly string[] = [
  'model_repository',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
]

/** What the protocols share: the models, and whether the server still takes requests. */
export class InferenceServer {
  readonly repository: ModelRepository
  readonly version: string
  /** Bytes of the largest request. */
  readonly maxRequestBytes: number
  /** True once the models to start with are loaded. */
  started = false
  draining = false

  constructor(repository: ModelRepository, version: string, maxRequestBytes: number) {
    this.repository = repository
    this.version = version
    this.maxRequestBytes = maxRequestBytes
  }

  get ready(): boolean {
    return this.started && !this.draining
  }

  /** The model for a new request. @throws {RequestError} */
  accept(name: string, version: string): Model {
    if (this.draining) throw new RequestError(Status.unavailable, 'The server is shutting down.')
    return this.repository.find(name, version)
  }

  /**
   * Puts a request into its model's queue after `prepare` has checked it and bound its tensors. A request that is not
   * as the model needs it counts as failed.
   */
  submit(call: InferenceCall, model: Model, prepare: () => void): void {
    try {
      prepare()
    } catch (error) {
      const { status, message } = error instanceof RequestError ? error : invalid((error as Error).message)
      model.reject(call, status, message, 'OTHER')
      return
    }
    model.enqueue(call)
  }

  /** Refuses new requests and waits until those that were taken are answered. */
  async drain(): Promise<void> {
    this.draining = true
    await this.repository.drain()
  }
}
