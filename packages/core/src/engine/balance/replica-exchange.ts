import type { BlockedReason, FailureKind } from '../outcome.ts'
import type { Exchange, ServerStage } from '../session.ts'

/** Is told when a replica has given a request back. */
export interface ReplicaObserver {
  released(slot: number): void
}

/** The exchange of one replica's session: the core's own, but that whoever deals requests out is told first. */
export class ReplicaExchange implements Exchange {
  readonly #exchange: Exchange
  readonly #observer: ReplicaObserver

  constructor(exchange: Exchange, observer: ReplicaObserver) {
    this.#exchange = exchange
    this.#observer = observer
  }

  get capture(): Uint8Array {
    return this.#exchange.capture
  }
  connected(slot: number): void {
    this.#exchange.connected(slot)
  }
  sent(slot: number): void {
    this.#exchange.sent(slot)
  }
  firstByte(slot: number): void {
    this.#exchange.firstByte(slot)
  }
  message(slot: number, bytes: number, units: number, final: boolean): void {
    this.#exchange.message(slot, bytes, units, final)
  }
  serverStage(slot: number, stage: ServerStage, nanos: number): void {
    this.#exchange.serverStage(slot, stage, nanos)
  }
  done(slot: number, bytesIn: number): void {
    // Before: the core may open the slot again in this call.
    this.#observer.released(slot)
    this.#exchange.done(slot, bytesIn)
  }
  fail(slot: number, kind: FailureKind, code: number): void {
    this.#observer.released(slot)
    this.#exchange.fail(slot, kind, code)
  }
  blocked(reason: BlockedReason): void {
    this.#exchange.blocked(reason)
  }
  ready(): void {
    this.#exchange.ready()
  }
  measures(slot: number): boolean {
    return this.#exchange.measures?.(slot) ?? true
  }
  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#exchange.head(slot, status, buffer, start, end)
  }
  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#exchange.body(slot, buffer, start, end)
  }
  trailers(slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#exchange.trailers?.(slot, buffer, start, end)
  }
}
