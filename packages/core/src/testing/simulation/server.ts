import type { VirtualClock } from '../../clock/virtual-clock.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { ServiceTime } from './service-time.ts'

/** Told once how a request ended: served, or refused because there was no room. */
export type Settle = (served: boolean) => void

/** A server on a virtual clock. */
export interface SimulatedServer {
  submit(settle: Settle): void
}

export interface QueueOptions {
  readonly serviceTime: ServiceTime
  /** Requests that are worked on at once; 1 by default, `Infinity` for no queueing at all. */
  readonly servers?: number
  /** Requests in service and waiting at most; one more is refused. No limit by default. */
  readonly capacity?: number
}

/** Servers with one queue, first come first served. */
export class QueueServer implements SimulatedServer {
  readonly #clock: VirtualClock
  readonly #serviceTime: ServiceTime
  readonly #servers: number
  readonly #capacity: number
  readonly #waiting = new Queue<Settle>()
  #busy = 0

  constructor(clock: VirtualClock, options: QueueOptions) {
    this.#clock = clock
    this.#serviceTime = options.serviceTime
    this.#servers = options.servers ?? 1
    this.#capacity = options.capacity ?? Infinity
  }

  submit(settle: Settle): void {
    if (this.#busy + this.#waiting.length >= this.#capacity) settle(false)
    else if (this.#busy < this.#servers) this.#serve(settle)
    else this.#waiting.push(settle)
  }

  #serve(settle: Settle): void {
    this.#busy += 1
    this.#clock.after(this.#serviceTime(), () => {
      this.#busy -= 1
      const next = this.#waiting.shift()
      if (next !== undefined) this.#serve(next)
      settle(true)
    })
  }
}

export interface BatchingOptions {
  readonly maxBatchSize: number
  /** Time of one execution of a batch of this size. */
  readonly executionTime: (size: number) => Nanos
}

/** A server with one executor that takes all that waits, up to a limit, in each execution. */
export class BatchingServer implements SimulatedServer {
  readonly #clock: VirtualClock
  readonly #options: BatchingOptions
  readonly #waiting = new Queue<Settle>()
  #busy = false
  executions = 0

  constructor(clock: VirtualClock, options: BatchingOptions) {
    this.#clock = clock
    this.#options = options
  }

  submit(settle: Settle): void {
    this.#waiting.push(settle)
    if (this.#busy) return
    this.#busy = true
    // After all that is submitted at this very instant: closed-loop users return together.
    this.#clock.after(0, () => this.#execute())
  }

  #execute(): void {
    const size = Math.min(this.#waiting.length, this.#options.maxBatchSize)
    if (size === 0) {
      this.#busy = false
      return
    }
    const batch = Array.from({ length: size }, () => this.#waiting.shift() as Settle)
    this.executions += 1
    this.#clock.after(this.#options.executionTime(size), () => {
      for (const settle of batch) settle(true)
      this.#clock.after(0, () => this.#execute())
    })
  }
}

/** A server without a queue that answers nothing between two instants, and everything that waits at the second. */
export class FreezingServer implements SimulatedServer {
  readonly #clock: VirtualClock
  readonly #serviceTime: Nanos
  readonly #from: Nanos
  readonly #until: Nanos

  constructor(
    clock: VirtualClock,
    serviceTime: Nanos,
    frozen: { readonly from: Nanos; readonly until: Nanos },
  ) {
    this.#clock = clock
    this.#serviceTime = serviceTime
    this.#from = frozen.from
    this.#until = frozen.until
  }

  submit(settle: Settle): void {
    const done = this.#clock.now() + this.#serviceTime
    this.#clock.at(done > this.#from && done < this.#until ? this.#until : done, () => settle(true))
  }
}

/** First in, first out, without moving what is left. */
class Queue<Item> {
  #items: (Item | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: Item): void {
    this.#items.push(item)
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head++] = undefined
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
