import { monotonicNanos } from '../clock.ts'
import type { ExecutionSlots } from '../inference/inference-threads.ts'
import type { Signature } from '../inference/messages.ts'
import { Status } from '../status.ts'
import { BatchExecution, type ExecutionOwner } from './batch-execution.ts'
import { decideBatch, type BatchingRules } from './batch-decision.ts'
import { CallQueue } from './call-queue.ts'
import type { CallTiming, InferenceCall } from './inference-call.ts'
import { ANY_BATCH_SIZE, type ModelSettings } from './model-settings.ts'
import { toModelTensor, type ModelTensor } from './model-tensor.ts'
import { Statistics, type FailureReason } from './statistics.ts'

export interface ModelParts {
  readonly name: string
  readonly version: string
  readonly settings: ModelSettings
  readonly signature: Signature
  readonly slots: ExecutionSlots
  /** The model's number in its inference threads. */
  readonly number: number
  /** How long it took to load and initialise, ns. */
  readonly loadNanos: number
  /** What was served under this name before. */
  readonly previous: Model | null
}

/** A loaded model: its queue, its batcher, and the inference threads that run it. */
export class Model implements ExecutionOwner {
  readonly name: string
  readonly version: string
  readonly settings: ModelSettings
  readonly inputs: readonly ModelTensor[]
  readonly outputs: readonly ModelTensor[]
  /** Every output, in the model's order: what a request gets that names none. */
  readonly allOutputs: readonly number[]
  /** Rows of the largest execution; 0 when the first dimension is not a batch. */
  readonly maxBatchSize: number
  readonly number: number
  readonly loadNanos: number
  readonly statistics: Statistics
  readonly #slots: ExecutionSlots
  readonly #rules: BatchingRules | null
  readonly #queue = new CallQueue()
  readonly #pump = (): void => this.#dispatch()
  #running = 0
  #idle: (() => void) | undefined

  /** @throws {Error} when the settings ask for batches of a model that has no batch dimension. */
  constructor(parts: ModelParts) {
    this.name = parts.name
    this.version = parts.version
    const { settings, previous } = parts
    this.inputs = parts.signature.inputs.map(toModelTensor)
    this.outputs = parts.signature.outputs.map(toModelTensor)
    this.allOutputs = this.outputs.map((_, index) => index)
    this.number = parts.number
    this.loadNanos = parts.loadNanos
    this.#slots = parts.slots
    this.maxBatchSize = this.#chooseMaxBatchSize(settings)
    this.settings = { ...settings, maxBatchSize: this.maxBatchSize }
    const kept = previous !== null && changesOnlyInstances(previous.settings, this.settings)
    this.statistics = kept ? previous.statistics : new Statistics()
    const { batching } = settings
    this.#rules = batching === null ? null : { maxBatchSize: this.maxBatchSize, ...batching }
    this.#slots.addConsumer(this.#pump)
  }

  /** Requests that wait for an instance. */
  get pending(): number {
    return this.#queue.length
  }

  /** Takes a request; it is answered by `complete` or `fail`, perhaps during this call. */
  enqueue(call: InferenceCall): void {
    const { maxQueueSize } = this.settings
    if (maxQueueSize > 0 && this.#queue.length >= maxQueueSize) {
      this.reject(
        call,
        Status.unavailable,
        `Model '${this.name}': exceeds maximum queue size of ${maxQueueSize}.`,
        'REJECTED',
      )
      return
    }
    call.enqueuedAt = monotonicNanos()
    this.#queue.push(call)
    this.#dispatch()
  }

  /** Gives up a request that still waits; one that runs is answered as usual. */
  cancel(call: InferenceCall): void {
    if (this.#queue.remove(call))
      this.reject(call, Status.cancelled, 'The request was cancelled.', 'CANCELED')
  }

  reject(call: InferenceCall, status: Status, message: string, reason: FailureReason): void {
    this.statistics.recordFailure(reason, monotonicNanos() - call.receivedAt)
    call.fail(status, message)
  }

  /** Resolves when every request that was taken is answered. The caller sees to it that no more come. */
  async drain(): Promise<void> {
    if (this.#queue.length > 0 || this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    this.#slots.removeConsumer(this.#pump)
  }

  executed(execution: BatchExecution, timing: Omit<CallTiming, 'received' | 'queue'>): void {
    this.#running -= 1
    this.statistics.recordExecution(
      execution.rows,
      timing.computeInput,
      timing.computeInfer,
      timing.computeOutput,
    )
  }

  answered(call: InferenceCall, timing: CallTiming): void {
    const { statistics } = this
    statistics.success.add(monotonicNanos() - call.receivedAt)
    statistics.queue.add(timing.queue)
    statistics.computeInput.add(timing.computeInput)
    statistics.computeInfer.add(timing.computeInfer)
    statistics.computeOutput.add(timing.computeOutput)
    this.#noticeIdle()
  }

  unanswerable(call: InferenceCall, message: string): void {
    this.reject(call, Status.internal, `Model '${this.name}': the answer cannot be sent: ${message}`, 'OTHER')
    this.#noticeIdle()
  }

  /** One bad request must not take the others of its batch with it: they run again, each alone. */
  failed(execution: BatchExecution, message: string): void {
    this.#running -= 1
    if (execution.calls.length > 1) {
      for (const call of execution.calls) call.alone = true
      this.#queue.restore(execution.calls)
      return
    }
    for (const call of execution.calls) {
      this.reject(call, Status.internal, `Model '${this.name}' failed in ONNX Runtime: ${message}`, 'BACKEND')
    }
    this.#noticeIdle()
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#slots.hasFreeSlot) {
      const now = monotonicNanos()
      if (this.#dropExpired(now)) continue
      const count = this.#choose(now)
      if (count === 0) return
      this.#running += 1
      this.#slots.post(new BatchExecution(this, this.#queue.take(count)))
    }
  }

  /** How many requests to start now; 0: wait. */
  #choose(now: number): number {
    const rules = this.#rules
    if (rules === null) return 1
    const count = decideBatch(this.#queue, rules, now)
    if (this.#slots.hasIdleThread) {
      if (count === 0) this.#slots.setAlarm(this.#queue.at(0).enqueuedAt + rules.maxQueueDelay, now)
      return count
    }
    // While all instances work, a batch that may still grow waits; only a full one is put in line.
    let rows = 0
    for (let index = 0; index < count; index++) rows += this.#queue.at(index).rows
    return rows >= rules.maxBatchSize || this.#queue.at(0).alone ? count : 0
  }

  #dropExpired(now: number): boolean {
    if (this.#queue.at(0).expiresAt > now) return false
    const [call] = this.#queue.take(1)
    if (call !== undefined) this.reject(call, Status.deadlineExceeded, 'Request timeout expired.', 'REJECTED')
    this.#noticeIdle()
    return true
  }

  #noticeIdle(): void {
    if (this.#idle !== undefined && this.#queue.length === 0 && this.#running === 0) this.#idle()
  }

  #chooseMaxBatchSize(settings: ModelSettings): number {
    const wanted = settings.maxBatchSize
    const fixed = [...this.inputs, ...this.outputs].find((tensor) => tensor.shape[0] !== -1)
    if (fixed === undefined) return wanted ?? ANY_BATCH_SIZE
    if ((wanted ?? 0) > 0 || settings.batching !== null) {
      throw new Error(
        `'${fixed.name}' has the shape [${fixed.shape.join(', ')}]: requests can be batched only when the first dimension of every input and output is dynamic`,
      )
    }
    return 0
  }
}

/** Then the statistics go on; with any other change they start anew, as in Triton. */
function changesOnlyInstances(before: ModelSettings, after: ModelSettings): boolean {
  return JSON.stringify({ ...before, instances: 0 }) === JSON.stringify({ ...after, instances: 0 })
}
