import type { VirtualClock, VirtualTimer } from '../clock/virtual-clock.ts'
import { FailureKind } from '../engine/outcome.ts'
import type { Exchange, Patch, Prepared, SessionStatistics, TargetSession } from '../engine/session.ts'
import type { Nanos } from '../units/nanos.ts'

export interface SimulatedTargetOptions {
  /** Time to serve the n-th request. */
  readonly serviceTime: (request: number) => Nanos
  /** Requests served at once, first come first served; any number by default. */
  readonly servers?: number
  /** Requests that wait or are served at most; beyond that they fail with HTTP 503. */
  readonly capacity?: number
  /** A failure in place of an answer, after the service time. */
  readonly failure?: (request: number) => { readonly kind: FailureKind; readonly code: number } | null
  /** Whether the server is frozen at this instant, and until when. */
  readonly frozenUntil?: (now: Nanos) => Nanos
  /** Messages of each answer, and the time between them. */
  readonly messages?: number
  readonly gap?: Nanos
  readonly bytesIn?: number
}

interface Job {
  readonly slot: number
  readonly request: number
  timer: VirtualTimer | null
}

/** A server and the session to it in one, on a virtual clock: for known answers of queueing theory and accounting. */
export class SimulatedTarget implements TargetSession {
  /** What was called, for tests of the contract. */
  readonly calls: string[] = []
  opened = 0
  readonly #exchange: Exchange
  readonly #clock: VirtualClock
  readonly #options: SimulatedTargetOptions
  readonly #waiting: Job[] = []
  readonly #jobs = new Map<number, Job>()
  #busy = 0

  constructor(exchange: Exchange, clock: VirtualClock, options: SimulatedTargetOptions) {
    this.#exchange = exchange
    this.#clock = clock
    this.#options = options
  }

  async connect(): Promise<void> {}

  open(slot: number, _prepared: Prepared, patch: Patch): void {
    this.calls.push(`open ${patch.unit}${patch.start ? ' start' : ''}${patch.end ? ' end' : ''}`)
    const job: Job = { slot, request: this.opened, timer: null }
    this.opened += 1
    this.#jobs.set(slot, job)
    this.#exchange.sent(slot)
    if (this.#options.capacity !== undefined && this.#jobs.size > this.#options.capacity) {
      this.#jobs.delete(slot)
      this.#exchange.fail(slot, FailureKind.httpStatus, 503)
      return
    }
    if (this.#busy < (this.#options.servers ?? Infinity)) this.#serve(job)
    else this.#waiting.push(job)
  }

  write(slot: number): void {
    this.calls.push(`write ${slot}`)
  }
  end(slot: number): void {
    this.calls.push(`end ${slot}`)
  }

  cancel(slot: number): void {
    this.calls.push(`cancel ${slot}`)
    const job = this.#jobs.get(slot)
    if (job === undefined) return
    this.#jobs.delete(slot)
    const position = this.#waiting.indexOf(job)
    if (position >= 0) this.#waiting.splice(position, 1)
    else {
      job.timer?.cancel()
      this.#free()
    }
    this.#exchange.fail(slot, FailureKind.cancelled, 0)
  }

  statistics(): SessionStatistics {
    return {
      engine: 'simulated',
      connectionsOpened: 0,
      connectionsFailed: 0,
      connectionsClosed: 0,
      connectNanos: 0,
      handshakeNanos: 0,
      bytesOut: 0,
      bytesIn: 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #serve(job: Job): void {
    this.#busy += 1
    const start = this.#options.frozenUntil?.(this.#clock.now()) ?? this.#clock.now()
    const end = Math.max(start, this.#clock.now()) + this.#options.serviceTime(job.request)
    job.timer = this.#clock.at(end, () => this.#answer(job, this.#options.messages ?? 1))
  }

  #answer(job: Job, left: number): void {
    const failure = this.#options.failure?.(job.request) ?? null
    if (failure === null) {
      this.#exchange.firstByte(job.slot)
      this.#exchange.message(job.slot, 1, 1, left === 1)
      if (left > 1) {
        job.timer = this.#clock.after(this.#options.gap ?? 0, () => this.#answer(job, left - 1))
        return
      }
    }
    this.#jobs.delete(job.slot)
    this.#free()
    if (failure) this.#exchange.fail(job.slot, failure.kind, failure.code)
    else this.#exchange.done(job.slot, this.#options.bytesIn ?? 1)
  }

  #free(): void {
    this.#busy -= 1
    const next = this.#waiting.shift()
    if (next) this.#serve(next)
  }
}
