import { Worker, type MessagePort } from 'node:worker_threads'
import type {
  AideData,
  AideOutcome,
  AideTrial,
  EncodedRing,
  EncodeStream,
  FromAide,
  GaugeReading,
  ToAide,
  TrialTotals,
} from '../aide/protocol.ts'
import type { QualityRequest } from '../aide/evaluate-quality.ts'
import type { SampleRequest } from '../aide/sample-outputs.ts'
import type { SampledOutput } from '../aide/sampled-output.ts'
import type { TrialObserver } from '../aide/aide-trial.ts'
import type { OpenedSampler, SamplerEvent } from '../aide/trial-samplers.ts'
import { UserCall, UserFunction } from '../aide/user-call.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { moduleUrl } from '../hooks/module-reference.ts'
import type { Certificate, QualityReport, WindowResult } from '../report/result.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { deserializeError } from '../worker/serialized-error.ts'

type Request = ToAide extends infer Message ? (Message extends ToAide ? Omit<Message, 'id'> : never) : never

const WATCH_MS = 200
const NAMES = {
  [UserFunction.check]: '`check`, or the decoding of an answer,',
  [UserFunction.input]: '`input`, or the encoding of a request,',
  [UserFunction.metric]: '`metric`, or the decoding of an answer,',
}

export interface AideOptions {
  readonly root: string
  /** What the thread imports before it is asked. */
  readonly modules: readonly string[]
  /** How long one call of a bench file's function may take. */
  readonly patience: Nanos
}

/** Main's side of the aide thread. A thread that was lost fails its trial; the next one gets a new thread. */
export class Aide implements AsyncDisposable {
  onWindow: (window: WindowResult) => void = () => {}
  onEvent: (event: SamplerEvent) => void = () => {}
  onCertificate: (certificate: Certificate) => void = () => {}
  onReading: (reading: GaugeReading) => void = () => {}
  onGaugeLost: (problem: string) => void = () => {}
  readonly #options: AideOptions
  #thread: AideThread | null
  #ended = false

  constructor(options: AideOptions) {
    this.#options = options
    this.#thread = this.#start()
  }

  /** Rejects when the thread is lost, whether or not anything was asked of it. */
  get lost(): Promise<never> {
    return this.#open().lost
  }

  async encode(streams: readonly EncodeStream[]): Promise<readonly EncodedRing[]> {
    const { rings } = await this.#open().ask<Extract<FromAide, { type: 'encoded' }>>({
      type: 'encode',
      streams,
    })
    return rings
  }

  /** Sends a few requests, before any load; the outputs of their answers. */
  async sample(request: SampleRequest): Promise<readonly (readonly SampledOutput[])[]> {
    const { outputs } = await this.#open().ask<Extract<FromAide, { type: 'sampled' }>>({
      type: 'sample',
      request,
    })
    return outputs
  }

  /** Sends labelled samples, before any load; what their answers are worth. */
  async evaluate(request: QualityRequest): Promise<QualityReport> {
    const { quality } = await this.#open().ask<Extract<FromAide, { type: 'evaluated' }>>({
      type: 'evaluate',
      request,
    })
    return quality
  }

  async open(trial: AideTrial, blocks: readonly MessagePort[]): Promise<readonly OpenedSampler[]> {
    const { samplers } = await this.#open().ask<Extract<FromAide, { type: 'opened' }>>(
      { type: 'open', trial, blocks },
      blocks,
    )
    return samplers
  }

  /** The load is about to start. */
  start(origin: bigint): void {
    // An aide that is lost says so to whoever waits for the trial.
    this.#open()
      .ask({ type: 'start', origin })
      .catch(() => {})
  }

  async finish(totals: TrialTotals): Promise<AideOutcome> {
    const { outcome } = await this.#open().ask<Extract<FromAide, { type: 'finished' }>>({
      type: 'finish',
      totals,
    })
    return outcome
  }

  async abandon(): Promise<void> {
    if (this.#thread?.failure === null) await this.#thread.ask({ type: 'abandon' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true
    await this.#thread?.end(new Error('The aide was ended.'))
  }

  #open(): AideThread {
    if (this.#thread === null || (this.#thread.failure !== null && !this.#ended)) this.#thread = this.#start()
    return this.#thread
  }

  #start(): AideThread {
    return new AideThread(this.#options, {
      window: (window) => this.onWindow(window),
      event: (event) => this.onEvent(event),
      certificate: (certificate) => this.onCertificate(certificate),
      reading: (reading) => this.onReading(reading),
      gaugeLost: (problem) => this.onGaugeLost(problem),
    })
  }
}

class AideThread {
  /** Rejects when the thread is lost. */
  readonly lost: Promise<never>
  failure: Error | null = null
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve(message: never): void; reject(error: Error): void }>()
  readonly #call = new UserCall()
  readonly #watch: NodeJS.Timeout
  readonly #observer: TrialObserver
  readonly #lose: (error: Error) => void
  #next = 0

  constructor({ root, modules, patience }: AideOptions, observer: TrialObserver) {
    this.#observer = observer
    const { promise, reject } = Promise.withResolvers<never>()
    this.lost = promise
    this.lost.catch(() => {})
    this.#lose = reject
    const data: AideData = { root, modules, calls: this.#call.buffer }
    this.#worker = new Worker(new URL(moduleUrl(import.meta.url, '../aide/aide-worker')), {
      workerData: data,
    })
    this.#worker.on('message', (message: FromAide) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(error as Error))
    this.#worker.on('exit', (code) => this.#fail(endedByItself(code)))
    this.#watch = setInterval(() => this.#look(patience), WATCH_MS).unref()
  }

  ask<Answer extends FromAide>(request: Request, ports: readonly MessagePort[] = []): Promise<Answer> {
    if (this.failure !== null) return Promise.reject(this.failure)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id }, [...ports])
    })
  }

  async end(reason: Error): Promise<void> {
    this.#fail(reason)
    await this.#worker.terminate()
  }

  /** A function that does not come back would hold the run up for ever. */
  #look(patience: Nanos): void {
    const hung = this.#call.overdue(patience / MILLISECOND)
    if (hung === null) return
    const message = `${NAMES[hung]} did not come to an end within ${formatDuration(patience)}.`
    const advice =
      'Look for an endless loop, or for something awaited that does not happen; `collectTimeout` is the limit.'
    void this.end(new ServebenchError('SERVEBENCH_BENCH_FUNCTION', message, { advice }))
  }

  #receive(message: FromAide): void {
    if (message.type === 'window') return this.#observer.window(message.window)
    if (message.type === 'event') return this.#observer.event(message.event)
    if (message.type === 'certificate') return this.#observer.certificate(message.certificate)
    if (message.type === 'reading') return this.#observer.reading(message.reading)
    if (message.type === 'gauge-lost') return this.#observer.gaugeLost(message.problem)
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.type === 'failed') waiting?.reject(deserializeError(message.error))
    else waiting?.resolve(message as never)
  }

  #fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    clearInterval(this.#watch)
    this.#lose(error)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

function endedByItself(code: number): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_AIDE',
    `The thread that encodes and checks ended by itself (exit code ${code}).`,
    {
      advice: '`check` and `input` of a bench file must not end the process.',
    },
  )
}
