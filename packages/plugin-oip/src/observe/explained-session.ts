import type { Patch, Prepared, SessionStatistics, TargetSession } from 'servebench/session'
import type { FailureExamples } from './failure-examples.ts'

/** A session whose statistics also say what the server gave as reasons. */
export class ExplainedSession implements TargetSession {
  readonly #session: TargetSession
  readonly #examples: FailureExamples

  constructor(session: TargetSession, examples: FailureExamples) {
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
