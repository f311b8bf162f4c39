import type { Nanos } from '../../units/nanos.ts'
import type { Task } from './precise-timer.ts'

/** A request in front of, or in, a {@link Station}. */
export interface Customer {
  /** Time it needs in service. */
  readonly service: Nanos
  /** Its client has gone: it leaves the queue without service. */
  readonly gone: boolean
  /** Service began. */
  begin(at: Nanos): void
  /** Service is over. `at` is when that was due, which is a little before now. */
  finish(at: Nanos): void
}

/** What a station needs of a timer; tests give it a virtual one. */
export interface StationTimer {
  add(due: Nanos, task: Task): void
}

export interface StationObserver {
  /** `busy` customers are in service, `waiting` in the queue. */
  occupancy(busy: number, waiting: number): void
  /** The first instant from `at` on at which the server is not frozen. */
  thaw(at: Nanos): Nanos
  /** `due` itself, or the end of the stall that keeps what is due then from happening now. */
  hold(due: Nanos): Nanos
}

/**
 * `servers` servers and a queue, first come, first served. A freed server takes the next customer at the instant at which
 * the previous one was *due* to leave, so that the timer's own delays do not add up and the queueing formulas hold.
 */
export class Station {
  readonly #timer: StationTimer
  readonly #observer: StationObserver
  readonly #servers: number
  readonly #places: number
  #queue: Customer[] = []
  #head = 0
  #busy = 0

  constructor(timer: StationTimer, observer: StationObserver, servers: number, places: number) {
    this.#timer = timer
    this.#observer = observer
    this.#servers = servers
    this.#places = places
  }

  /** Whether there was room. */
  enter(customer: Customer, at: Nanos): boolean {
    if (this.#busy < this.#servers) {
      const due = this.#begin(customer, at)
      if (due <= at) this.#release(customer, at)
      else this.#timer.add(due, { run: (instant) => this.#release(customer, instant) })
    } else {
      this.#leaveGone()
      if (this.#waiting >= this.#places) return false
      this.#queue.push(customer)
    }
    this.#observer.occupancy(this.#busy, this.#waiting)
    return true
  }

  get #waiting(): number {
    return this.#queue.length - this.#head
  }

  #begin(customer: Customer, at: Nanos): Nanos {
    this.#busy += 1
    const begin = this.#observer.thaw(at)
    customer.begin(begin)
    return begin + customer.service
  }

  #release(customer: Customer, due: Nanos): void {
    const at = this.#observer.hold(due)
    if (at > due) return this.#timer.add(at, { run: (instant) => this.#release(customer, instant) })
    this.#busy -= 1
    const next = this.#next()
    if (next !== undefined) {
      this.#timer.add(this.#begin(next, at), { run: (instant) => this.#release(next, instant) })
    }
    this.#observer.occupancy(this.#busy, this.#waiting)
    customer.finish(at)
  }

  #next(): Customer | undefined {
    while (this.#head < this.#queue.length) {
      const customer = this.#queue[this.#head++] as Customer
      if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head)
        this.#head = 0
      }
      if (!customer.gone) return customer
    }
    return undefined
  }

  /** Customers whose client has gone do not take up waiting places. */
  #leaveGone(): void {
    if (this.#waiting < this.#places) return
    this.#queue = this.#queue.slice(this.#head).filter((customer) => !customer.gone)
    this.#head = 0
  }
}
