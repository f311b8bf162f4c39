import { Worker } from 'node:worker_threads'
import { moduleUrl } from '../hooks/module-reference.ts'
import type { CollectCommand, CollectEvent } from './collector-protocol.ts'

/** What a collection wants to know of its thread. */
export interface CollectorListener {
  event(event: CollectEvent): void
  /** Something was thrown that nobody caught. */
  crashed(error: unknown): void
  /** The thread ended by itself. */
  exited(code: number): void
  print(text: string): void
}

/** A collector thread: starts at once, and waits for a command. Alone it keeps no process alive. */
export class CollectorThread implements AsyncDisposable {
  readonly #worker: Worker
  #listener: CollectorListener | undefined
  /** What happened before anybody listened. */
  #missed: ((listener: CollectorListener) => void) | undefined
  #ended = false

  constructor() {
    this.#worker = new Worker(new URL(moduleUrl(import.meta.url, './collector-worker')), {
      stdout: true,
      stderr: true,
    })
    this.#worker.unref()
    this.#worker.on('message', (event: CollectEvent) => this.#tell((listener) => listener.event(event)))
    this.#worker.on('error', (error) => this.#tell((listener) => listener.crashed(error)))
    this.#worker.on('exit', (code) => this.#tell((listener) => listener.exited(code)))
    for (const output of [this.#worker.stdout, this.#worker.stderr]) {
      output.on('data', (chunk: Buffer) => this.#listener?.print(chunk.toString()))
    }
  }

  start(command: CollectCommand, listener: CollectorListener): void {
    this.#listener = listener
    this.#worker.ref()
    this.#worker.postMessage(command)
    this.#missed?.(listener)
  }

  /** Ends the thread, whatever it is doing; nothing is told of it afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true
    await this.#worker.terminate()
  }

  #tell(news: (listener: CollectorListener) => void): void {
    if (this.#ended) return
    if (this.#listener === undefined) this.#missed ??= news
    else news(this.#listener)
  }
}
