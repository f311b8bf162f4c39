import { Worker } from 'node:worker_threads'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { moduleUrl } from '../hooks/module-reference.ts'
import { deserializeError } from '../worker/serialized-error.ts'
import type { FromWorker, ToWorker } from '../worker/protocol.ts'
import type { MessagePort } from 'node:worker_threads'

type Answer<Type extends FromWorker['type']> = Extract<FromWorker, { readonly type: Type }>

/** Main's side of one load worker thread. */
export class LoadWorker {
  readonly #thread: Worker
  readonly #waiting: {
    type: FromWorker['type']
    resolve(message: never): void
    reject(error: Error): void
  }[] = []
  #failure: Error | null = null

  constructor(root: string, modules: readonly string[]) {
    this.#thread = new Worker(new URL(moduleUrl(import.meta.url, '../worker/load-worker')), {
      workerData: { root, modules },
      // A larger young generation: fewer scavenges while measuring.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    })
    this.#thread.on('message', (message: FromWorker) => this.#receive(message))
    this.#thread.on('error', (error) => this.#fail(error as Error))
    this.#thread.on('exit', (code) => this.#fail(endedByItself(code)))
  }

  post(message: ToWorker, ports: readonly MessagePort[] = []): void {
    this.#thread.postMessage(message, [...ports])
  }

  /** The next message of a type; rejects when the worker fails before. */
  next<Type extends FromWorker['type']>(type: Type): Promise<Answer<Type>> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => this.#waiting.push({ type, resolve, reject }))
  }

  async end(): Promise<void> {
    this.#failure ??= new Error('The load worker was ended.')
    await this.#thread.terminate()
  }

  #receive(message: FromWorker): void {
    if (message.type === 'failed') {
      this.#fail(deserializeError(message.error))
      return
    }
    const index = this.#waiting.findIndex((waiting) => waiting.type === message.type)
    if (index < 0) return
    const [waiting] = this.#waiting.splice(index, 1)
    // Nothing more comes of a trial that is finished: who still waits must not get the next one's messages.
    if (message.type === 'finished') this.#waiting.length = 0
    waiting?.resolve(message as never)
  }

  #fail(error: Error): void {
    this.#failure ??=
      error instanceof ServebenchError
        ? error
        : new ServebenchError('SERVEBENCH_WORKER', `A load worker failed: ${error.message}`, {
            advice: 'This is a defect of the target’s adapter or of servebench; the cause has the stack.',
            cause: error,
            exitCode: ExitCode.target,
          })
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure)
  }
}

function endedByItself(code: number): ServebenchError {
  return new ServebenchError('SERVEBENCH_WORKER', `A load thread ended by itself (exit code ${code}).`, {
    advice: 'An inline target, a pipeline or a think time of a bench file must not end the process.',
    exitCode: ExitCode.target,
  })
}

/** The load workers of one bench file's run: threads are kept from trial to trial, as their code is warm. */
export class LoadWorkers implements AsyncDisposable {
  readonly #root: string
  readonly #modules: readonly string[]
  #workers: LoadWorker[] = []

  /** @param modules what the threads import before they are asked */
  constructor(root: string, modules: readonly string[] = []) {
    this.#root = root
    this.#modules = modules
  }

  /** Starts threads early, so that they are there when the first trial wants them. */
  take(count: number): readonly LoadWorker[] {
    while (this.#workers.length < count) this.#workers.push(new LoadWorker(this.#root, this.#modules))
    return this.#workers.slice(0, count)
  }

  /** After a failure, or for another bench file: the next trial gets fresh threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ending = this.#workers
    this.#workers = []
    await Promise.all(ending.map((worker) => worker.end()))
  }
}
