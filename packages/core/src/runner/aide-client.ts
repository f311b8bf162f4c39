import { Worker, type MessagePort } from 'node:worker_threads'
import type { AideOutcome, AideTrial, EncodedRing, EncodeStream, FromAide, ToAide, TrialTotals } from '../aide/protocol.ts'
import { moduleUrl } from '../hooks/module-reference.ts'
import type { WindowResult } from '../report/result.ts'
import { deserializeError } from '../worker/serialized-error.ts'

type Request = ToAide extends infer Message ? (Message extends ToAide ? Omit<Message, 'id'> : never) : never

/** Main's side of the aide thread. */
export class Aide implements AsyncDisposable {
  onWindow: (window: WindowResult) => void = () => {}
  readonly #thread: Worker
  readonly #waiting = new Map<number, { resolve(message: never): void; reject(error: Error): void }>()
  #next = 0
  #failure: Error | null = null

  /** @param modules what the thread imports before it is asked */
  constructor(root: string, modules: readonly string[] = []) {
    this.#thread = new Worker(new URL(moduleUrl(import.meta.url, '../aide/aide-worker')), { workerData: { root, modules } })
    this.#thread.on('message', (message: FromAide) => this.#receive(message))
    this.#thread.on('error', (error) => this.#fail(error as Error))
    this.#thread.on('exit', (code) => this.#fail(new Error(`The aide ended by itself (exit code ${code}).`)))
  }

  async encode(streams: readonly EncodeStream[]): Promise<readonly EncodedRing[]> {
    const { rings } = await this.#ask<Extract<FromAide, { type: 'encoded' }>>({ type: 'encode', streams })
    return rings
  }

  async open(trial: AideTrial, blocks: readonly MessagePort[]): Promise<void> {
    await this.#ask({ type: 'open', trial, blocks }, blocks)
  }

  async finish(totals: TrialTotals): Promise<AideOutcome> {
    const { outcome } = await this.#ask<Extract<FromAide, { type: 'finished' }>>({ type: 'finish', totals })
    return outcome
  }

  async abandon(): Promise<void> {
    await this.#ask({ type: 'abandon' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new Error('The aide was ended.')
    await this.#thread.terminate()
  }

  #ask<Answer extends FromAide>(request: Request, ports: readonly MessagePort[] = []): Promise<Answer> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#thread.postMessage({ ...request, id }, [...ports])
    })
  }

  #receive(message: FromAide): void {
    if (message.type === 'window') {
      this.onWindow(message.window)
      return
    }
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'failed') waiting?.reject(deserializeError(message.error))
    else waiting?.resolve(message as never)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure)
    this.#waiting.clear()
  }
}
