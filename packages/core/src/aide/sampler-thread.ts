import { Worker } from 'node:worker_threads'
import { messageOf } from '../errors/plugin-error.ts'
import { moduleUrl, type ModuleReference } from '../hooks/module-reference.ts'
import type { SamplerReport } from '../report/result.ts'
import type { Nanos } from '../units/nanos.ts'
import type { SamplerDescription } from './describe-sampler.ts'
import { GaugeLog } from './gauge-log.ts'
import { wallClock, type FromSampler, type SamplerData, type ToSampler } from './sampler-protocol.ts'

const OPEN_LIMIT_MS = 10_000
/** A read that takes longer is of no use any more. */
const READ_LIMIT_MS = 2000
const LOOK_MS = 100
/** For the last read and the disposal. */
const STOP_LIMIT_MS = READ_LIMIT_MS + 1000

export interface SamplerReference extends ModuleReference {
  readonly kind: string
}

/** What happens to a sampler in a trial. */
export interface SamplerObserver {
  warning(message: string): void
  /** A reading has been added to the log. */
  reading(log: GaugeLog): void
  /** Nothing more will be added to the log. */
  lost(log: GaugeLog, problem: string): void
}

/** A sampler on a thread of its own. One that fails or hangs is ended; what it has read until then is kept. */
export class SamplerThread {
  readonly kind: string
  /** Settles when the sampler can be started, or is ended. */
  readonly opened: Promise<void>
  readonly #worker: Worker
  readonly #shared = new SharedArrayBuffer(8)
  readonly #since = new Float64Array(this.#shared)
  readonly #observer: SamplerObserver
  readonly #settle: () => void
  readonly #ended = Promise.withResolvers<void>()
  readonly #look: NodeJS.Timeout
  readonly #faulty = new Set<string>()
  readonly #files = new Set<string>()
  #openUntil = performance.now() + OPEN_LIMIT_MS
  #description: SamplerDescription | null = null
  #log: GaugeLog | null = null
  #problem: string | null = null
  #isOver = false
  #reads = 0
  #time: Nanos = 0
  #longest: Nanos = 0
  #missed = 0

  /** @param files what paths of its files begin with; `null`: none are kept */
  constructor(reference: SamplerReference, root: string, files: string | null, observer: SamplerObserver) {
    this.kind = reference.kind
    this.#observer = observer
    const { promise, resolve } = Promise.withResolvers<void>()
    this.opened = promise
    this.#settle = resolve
    const data: SamplerData = {
      reference: { module: reference.module, options: reference.options },
      root,
      files,
      since: this.#shared,
    }
    this.#worker = new Worker(new URL(moduleUrl(import.meta.url, './sampler-worker')), { workerData: data })
    this.#worker.on('message', (message: FromSampler) => this.#receive(message))
    this.#worker.on('error', (error) => this.#switchOff(messageOf(error)))
    this.#worker.on('exit', () => this.#switchOff('its thread ended by itself'))
    this.#look = setInterval(() => this.#watch(), LOOK_MS)
  }

  get description(): SamplerDescription | null {
    return this.#description
  }
  get log(): GaugeLog | null {
    return this.#log
  }

  get report(): SamplerReport {
    return {
      kind: this.kind,
      period: this.#description?.period ?? null,
      reads: this.#reads,
      missed: this.#missed,
      time: this.#time,
      longest: this.#longest,
      problem: this.#problem,
      ...(this.#files.size === 0 ? {} : { files: [...this.#files] }),
    }
  }

  start(origin: bigint): void {
    if (!this.#isOver) this.#post({ type: 'start', origin })
  }

  /** The last read is in the log when this is done. */
  async stop(): Promise<void> {
    if (this.#isOver) return
    this.#post({ type: 'stop' })
    const patience = setTimeout(() => this.#switchOff('it did not come to an end'), STOP_LIMIT_MS)
    await this.#ended.promise
    clearTimeout(patience)
  }

  /** Ends it for good, for a reason that is told. */
  refuse(reason: string): void {
    this.#description = null
    this.#log = null
    this.#switchOff(reason)
  }

  /** Ends it at once, without a word. */
  kill(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#look)
    this.#settle()
    this.#ended.resolve()
    void this.#worker.terminate()
  }

  #post(message: ToSampler): void {
    this.#worker.postMessage(message)
  }

  #receive(message: FromSampler): void {
    if (this.#isOver) return
    switch (message.type) {
      case 'ready':
        this.#openUntil = Infinity
        this.#description = message.description
        this.#log = new GaugeLog(message.description)
        this.#settle()
        break
      case 'reading':
        this.#take(message.at, message.took, message.values)
        break
      case 'warning':
        this.#observer.warning(`The sampler '${this.kind}': ${message.message}`)
        break
      case 'file':
        this.#files.add(message.path)
        break
      case 'failed':
        this.#switchOff(message.message)
        break
      case 'stopped':
        this.#missed = message.missed
        this.kill()
        break
    }
  }

  #take(at: Nanos, took: Nanos, values: Float64Array): void {
    const log = this.#log as GaugeLog
    this.#reads += 1
    this.#time += took
    this.#longest = Math.max(this.#longest, took)
    for (const [index, { name, bounds }] of (this.#description as SamplerDescription).gauges.entries()) {
      const value = values[index] as number
      if (Number.isNaN(value) || (Number.isFinite(value) && value >= bounds[0] && value <= bounds[1]))
        continue
      values[index] = NaN
      if (this.#faulty.has(name)) continue
      this.#faulty.add(name)
      this.#observer.warning(
        `The sampler '${this.kind}' read ${value} for '${name}', which cannot be: such readings are left out.`,
      )
    }
    log.add(at, values)
    this.#observer.reading(log)
  }

  /** A thread that is busy cannot say so itself. */
  #watch(): void {
    const since = this.#since[0] as number
    if (since !== 0 && wallClock() - since > READ_LIMIT_MS) {
      this.#switchOff(`a read took longer than ${READ_LIMIT_MS / 1000} s`)
    } else if (performance.now() > this.#openUntil) {
      this.#switchOff(`it was not ready after ${OPEN_LIMIT_MS / 1000} s`)
    }
  }

  #switchOff(reason: string): void {
    if (this.#isOver) return
    this.#problem = reason.replace(/\.$/, '')
    this.kill()
    this.#observer.warning(`The sampler '${this.kind}' was switched off: ${this.#problem}.`)
    if (this.#log !== null) this.#observer.lost(this.#log, this.#problem)
  }
}
