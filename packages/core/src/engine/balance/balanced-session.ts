import type { Clock } from '../../clock/clock.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { Outcome } from '../outcome.ts'
import type { Exchange, Patch, Prepared, SessionStatistics, TargetSession } from '../session.ts'
import { sumStatistics } from '../sum-statistics.ts'
import type { SettlementObserver } from '../stream-load.ts'
import { ReplicaExchange, type ReplicaObserver } from './replica-exchange.ts'
import { ReplicaRecorder, type ReplicaTotals } from './replica-recorder.ts'

export interface BalancedSessionOptions {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly replicas: number
  readonly policy: 'roundRobin' | 'leastInFlight'
  /** Where the first request goes: workers begin with different replicas. */
  readonly first: number
}

/**
 * The sessions of several replicas as one: every request goes to one of them. What belongs together (the requests of a
 * sequence) stays together. Nothing is allocated per request.
 */
export class BalancedSession implements TargetSession, ReplicaObserver, SettlementObserver {
  readonly #clock: Clock
  readonly #exchange: ReplicaExchange
  readonly #sessions: TargetSession[] = []
  readonly #replicas: number
  readonly #least: boolean
  readonly #recorder: ReplicaRecorder
  readonly #inFlight: Int32Array
  /** By slot. */
  #replica = new Int32Array(64)
  #opened = new Float64Array(64)
  #turn: number

  constructor({ exchange, clock, replicas, policy, first }: BalancedSessionOptions) {
    this.#clock = clock
    this.#exchange = new ReplicaExchange(exchange, this)
    this.#replicas = replicas
    this.#least = policy === 'leastInFlight'
    this.#recorder = new ReplicaRecorder(replicas)
    this.#inFlight = new Int32Array(replicas)
    this.#turn = first % replicas
  }

  /** What the sessions of replicas tell about their exchanges. */
  get exchange(): Exchange {
    return this.#exchange
  }

  /** Gives the next replica its session; all need one before the first exchange. */
  attach(session: TargetSession): void {
    this.#sessions.push(session)
  }

  replicaTotals(): ReplicaTotals {
    return this.#recorder.totals()
  }

  settled(slot: number, outcome: Outcome, code: number, intended: Nanos, now: Nanos): void {
    const opened = this.#opened[slot] as number
    this.#recorder.settled(this.#replica[slot] as number, outcome, code, opened, intended, now)
  }

  released(slot: number): void {
    this.#inFlight[this.#replica[slot] as number]! -= 1
  }

  async connect(): Promise<void> {
    // One that is up is enough: what a dead replica does to the others is what may be measured.
    await Promise.any(this.#sessions.map((session) => session.connect()))
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    if (slot >= this.#replica.length) this.#grow(slot)
    const replica = patch.start && patch.end ? this.#choose() : patch.unit % this.#replicas
    this.#replica[slot] = replica
    this.#opened[slot] = this.#clock.now()
    const count = (this.#inFlight[replica] as number) + 1
    this.#inFlight[replica] = count
    this.#recorder.holds(replica, count)
    ;(this.#sessions[replica] as TargetSession).open(slot, prepared, patch)
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    this.#of(slot).write(slot, prepared, patch)
  }
  end(slot: number): void {
    this.#of(slot).end(slot)
  }
  cancel(slot: number): void {
    this.#of(slot).cancel(slot)
  }

  statistics(): SessionStatistics {
    const total = sumStatistics(this.#sessions.map((session) => session.statistics()))
    return { ...total, notes: [...new Set(total.notes)] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#sessions.map((session) => session[Symbol.asyncDispose]()))
  }

  #choose(): number {
    const turn = this.#turn
    let chosen = turn
    if (this.#least) {
      for (let step = 1; step < this.#replicas; step++) {
        const other = (turn + step) % this.#replicas
        if ((this.#inFlight[other] as number) < (this.#inFlight[chosen] as number)) chosen = other
      }
    }
    this.#turn = (chosen + 1) % this.#replicas
    return chosen
  }

  #of(slot: number): TargetSession {
    return this.#sessions[this.#replica[slot] as number] as TargetSession
  }

  #grow(slot: number): void {
    const slots = Math.max(this.#replica.length * 2, slot + 1)
    const [replica, opened] = [this.#replica, this.#opened]
    this.#replica = new Int32Array(slots)
    this.#replica.set(replica)
    this.#opened = new Float64Array(slots)
    this.#opened.set(opened)
  }
}

/** The balanced session that a session is; `null` for any other. */
export function asBalanced(session: TargetSession | undefined): BalancedSession | null {
  return session instanceof BalancedSession ? session : null
}
