import type { Patch, Prepared, SessionStatistics, TargetSession } from 'servebench/session'

/** A session whose sequences have ids of a range of its own: the core counts them from 1. */
export class NumberedSession implements TargetSession {
  readonly #session: TargetSession
  readonly #first: number
  readonly #patch: Patch = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 0, start: true, end: true }

  constructor(session: TargetSession, first: number) {
    this.#session = session
    this.#first = first
  }

  connect(): Promise<void> {
    return this.#session.connect()
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    this.#session.open(slot, prepared, this.#numbered(patch))
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    this.#session.write(slot, prepared, this.#numbered(patch))
  }

  end(slot: number): void {
    this.#session.end(slot)
  }

  cancel(slot: number): void {
    this.#session.cancel(slot)
  }

  statistics(): SessionStatistics {
    return this.#session.statistics()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }

  #numbered(from: Patch): Patch {
    const patch = this.#patch
    patch.unit = from.unit
    patch.saltLow = from.saltLow
    patch.saltHigh = from.saltHigh
    patch.sequence = from.sequence + this.#first
    patch.start = from.start
    patch.end = from.end
    return patch
  }
}
