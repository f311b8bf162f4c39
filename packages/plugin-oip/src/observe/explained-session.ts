import type { Patch, Prepared, SessionStatistics, TargetSession } from 'servebench/session'

/** What is to be said about a session's answers, as sentences. */
export interface Explanations {
  readonly sentences: readonly string[]
}

/** A session whose statistics also say what the server gave as reasons. */
export class ExplainedSession implements TargetSession {
  readonly #session: TargetSession
  readonly #examples: Explanations

  constructor(session: TargetSession, examples: Explanations) {
    this.#session = session
    this.#examples = examples
  }

  connect(): Promise<void> {
    return this.#session.connect()
  }

  open(slot: number, prepared: Prepared, patch: Patch): void {
    this.#session.open(slot, prepared, patch)
  }

  write(slot: number, prepared: Prepared, patch: Patch): void {
    this.#session.write(slot, prepared, patch)
  }

  end(slot: number): void {
    this.#session.end(slot)
  }

  cancel(slot: number): void {
    this.#session.cancel(slot)
  }

  statistics(): SessionStatistics {
    const statistics = this.#session.statistics()
    const notes = [...(statistics.notes ?? []), ...this.#examples.sentences]
    return notes.length === 0 ? statistics : { ...statistics, notes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }
}
