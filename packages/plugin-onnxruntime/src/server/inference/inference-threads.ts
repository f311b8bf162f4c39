import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import {
  INSTANTS,
  postSlot,
  setAlarm,
  SlotState,
  Word,
  createRing,
  type ExecutionRing,
  wakeMain,
} from './execution-ring.ts'
import type { Signature, ThreadCommand, ThreadData, ThreadReport } from './messages.ts'
import type { SessionSettings } from './session-options.ts'
import { AreaReader } from './tensor-area.ts'

/** What runs in a slot. All methods are called in the main thread. */
export interface Execution {
  /** Writes the request area. @throws {RangeError} when the area cannot hold it. */
  write(area: SharedArrayBuffer): void
  /** The reply area and the instants are only valid during the call. */
  succeed(reply: AreaReader, instants: Float64Array): void
  fail(message: string): void
}

export interface LoadedSignature {
  readonly signature: Signature
  /** Version of ONNX Runtime. */
  readonly runtime: string
}

interface Loading {
  readonly resolve: (loaded: LoadedSignature) => void
  readonly reject: (error: Error) => void
  waiting: number
}

/** A function that may use slots when some are free. */
type Consumer = () => void

/** What a model needs of its inference threads. */
export interface ExecutionSlots {
  readonly hasFreeSlot: boolean
  /** Whether a thread has nothing to do. */
  readonly hasIdleThread: boolean
  /** Starts an execution as soon as a thread is free. Only while {@link hasFreeSlot}. */
  post(execution: Execution): void
  /**
   * Calls the consumers at an instant. Only while {@link hasIdleThread}. The earliest alarm counts; consumers that
   * still wait when it rings set theirs again.
   */
  setAlarm(nanos: number, now: number): void
  /** Calls `consumer` when a slot became free or the alarm rang; several consumers take turns. */
  addConsumer(consumer: Consumer): void
  removeConsumer(consumer: Consumer): void
}

/**
 * A group of inference threads and the executions that they share. Each thread runs one execution at a time; there is
 * one more slot per thread, filled while it works, so that it need not wait for the main thread between executions.
 */
export class InferenceThreads implements ExecutionSlots {
  /** Threads, hence executions that run at once. */
  readonly size: number
  readonly #ring: ExecutionRing
  readonly #ports: MessagePort[] = []
  readonly #ended: Promise<void>[] = []
  readonly #free: number[] = []
  readonly #running: (Execution | undefined)[]
  readonly #loading = new Map<number, Loading>()
  readonly #consumers: Consumer[] = []
  readonly #onCrash: (error: Error) => void
  #used = 0
  #models = 0
  #turn = 0
  #alarm = 0
  #reports = 0
  #stopping = false
  #stopped = false

  /** @param largestArea bytes of the largest request or reply of an execution */
  constructor(size: number, largestArea: number, onCrash: (error: Error) => void) {
    this.size = size
    this.#onCrash = onCrash
    this.#ring = createRing(powerOfTwo(2 * size), largestArea)
    this.#running = Array.from({ length: this.#ring.slots }, () => undefined)
    for (let slot = 2 * size - 1; slot >= 0; slot--) this.#free.push(slot)
    for (let thread = 0; thread < size; thread++) this.#start()
    this.#sleep()
  }

  get hasFreeSlot(): boolean {
    return this.#free.length > 0
  }

  get hasIdleThread(): boolean {
    return this.#used < this.size
  }

  /**
   * Loads a model in every thread; its number is for {@link Execution}s.
   * @param profile the path that those of the sessions' profiles begin with; `null`: the profiler is off
   */
  load(
    path: string,
    settings: SessionSettings,
    profile: string | null = null,
  ): { readonly model: number; readonly loaded: Promise<LoadedSignature> } {
    const model = this.#models++
    const loaded = new Promise<LoadedSignature>((resolve, reject) => {
      this.#loading.set(model, { resolve, reject, waiting: this.size })
    })
    this.#command({ kind: 'load', model, path, settings, profile })
    return { model, loaded }
  }

  unload(model: number): void {
    this.#command({ kind: 'unload', model })
  }

  addConsumer(consumer: Consumer): void {
    this.#consumers.push(consumer)
  }

  removeConsumer(consumer: Consumer): void {
    this.#consumers.splice(this.#consumers.indexOf(consumer), 1)
  }

  post(execution: Execution): void {
    const slot = this.#free.pop() as number
    try {
      execution.write(this.#ring.requests[slot] as SharedArrayBuffer)
    } catch (error) {
      this.#free.push(slot)
      execution.fail((error as Error).message)
      return
    }
    this.#used += 1
    this.#running[slot] = execution
    postSlot(this.#ring, slot)
  }

  /** To within about 0.1 ms: an idle inference thread sleeps until then, because event-loop timers count in milliseconds. */
  setAlarm(nanos: number, now: number): void {
    if (this.#alarm > now && this.#alarm <= nanos) return
    this.#alarm = nanos
    setAlarm(this.#ring, nanos)
    Atomics.add(this.#ring.words, Word.epoch, 1)
    Atomics.notify(this.#ring.words, Word.epoch, 1)
  }

  /** Ends the threads after the executions that they run. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#command({ kind: 'stop' })
    await Promise.all(this.#ended)
    for (const port of this.#ports) port.close()
    // Ends our own waiting, which would keep the shared memory.
    this.#stopped = true
    wakeMain(this.#ring)
  }

  #start(): void {
    const { port1, port2 } = new MessageChannel()
    const data: ThreadData = { ring: this.#ring, port: port2 }
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const worker = new Worker(new URL(`./inference-thread.${extension}`, import.meta.url), {
      workerData: data,
      transferList: [port2],
      name: 'inference',
    })
    this.#ports.push(port1)
    this.#ended.push(
      new Promise((resolve) => {
        worker.on('error', (error) => this.#onCrash(error as Error))
        worker.on('exit', () => {
          if (!this.#stopping) this.#onCrash(new Error('An inference thread ended by itself.'))
          resolve()
        })
      }),
    )
  }

  #command(command: ThreadCommand): void {
    for (const port of this.#ports) port.postMessage(command)
    const { words } = this.#ring
    Atomics.add(words, Word.commands, 1)
    Atomics.add(words, Word.epoch, 1)
    Atomics.notify(words, Word.epoch)
  }

  /**
   * Waits for the inference threads without holding up the event loop. A message listener would do, but each message
   * costs an event object, and the first one the loading of Node's web interfaces.
   */
  #sleep(): void {
    const waiting = Atomics.waitAsync(this.#ring.words, Word.wake, 0)
    if (waiting.async) void waiting.value.then(() => this.#wake())
    else setImmediate(() => this.#wake())
  }

  #wake(): void {
    if (this.#stopped) return
    const { words } = this.#ring
    // From here on a thread with news wakes us again: nothing is lost between looking and sleeping.
    Atomics.store(words, Word.wake, 0)
    const reports = Atomics.load(words, Word.reports)
    if (reports !== this.#reports) {
      this.#reports = reports
      this.#listen()
    }
    this.#collect()
    this.#sleep()
  }

  #listen(): void {
    for (const port of this.#ports) {
      for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
        this.#hear(entry.message as ThreadReport)
      }
    }
  }

  #hear(report: ThreadReport): void {
    const loading = this.#loading.get(report.model)
    if (loading === undefined) return
    if (report.kind === 'failed') {
      this.#loading.delete(report.model)
      loading.reject(new Error(report.message))
      return
    }
    loading.waiting -= 1
    if (loading.waiting > 0) return
    this.#loading.delete(report.model)
    loading.resolve({ signature: report.signature, runtime: report.runtime })
  }

  #collect(): void {
    const { words, instants, replies, slots } = this.#ring
    for (let slot = 0; slot < slots; slot++) {
      const execution = this.#running[slot]
      if (execution === undefined) continue
      const state = Atomics.load(words, Word.states + slot)
      if (state === SlotState.posted) continue
      const reply = new AreaReader(replies[slot] as SharedArrayBuffer)
      if (state === SlotState.done) {
        execution.succeed(reply, instants.subarray(slot * INSTANTS, (slot + 1) * INSTANTS))
      } else {
        execution.fail(new TextDecoder().decode(reply.next()?.bytes.slice()))
      }
      this.#running[slot] = undefined
      this.#used -= 1
      this.#free.push(slot)
    }
    this.#offer()
  }

  #offer(): void {
    const count = this.#consumers.length
    for (let index = 0; index < count; index++) this.#consumers[(this.#turn + index) % count]?.()
    this.#turn = count === 0 ? 0 : (this.#turn + 1) % count
  }
}

function powerOfTwo(atLeast: number): number {
  let size = 1
  while (size < atLeast) size *= 2
  return size
}
