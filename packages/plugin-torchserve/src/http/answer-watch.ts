import { HttpFailureObserver } from '@servebench/plugin-oip/dialect'
import type { FailureExamples } from '@servebench/plugin-oip/dialect'
import type { AnswerObserver, Exchange, FailureKind } from 'servebench/session'
import type { RequestIds } from '../profile/request-ids.ts'
import { LoadSheddingObserver } from './load-shedding.ts'

/**
 * Looks at answers: for load shedding, for what the server says about failures, for the parts of streams, and for the ids
 * of requests.
 */
export class AnswerWatch implements AnswerObserver {
  readonly shedding: LoadSheddingObserver
  readonly #failures: HttpFailureObserver
  /** `null`: answers come in one piece. */
  readonly #stream: Pick<Exchange, 'message'> | null
  readonly #ids: RequestIds | null
  readonly #status: Uint16Array

  constructor(
    slots: number,
    examples: FailureExamples,
    stream: Pick<Exchange, 'message'> | null,
    ids: RequestIds | null,
  ) {
    this.shedding = new LoadSheddingObserver(slots)
    this.#failures = new HttpFailureObserver(examples)
    this.#stream = stream
    this.#ids = ids
    this.#status = new Uint16Array(slots)
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#status[slot] = status
    this.#ids?.head(slot, buffer, start, end)
    this.shedding.head(slot, status)
    this.#failures.head(slot, status, buffer, start, end)
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    const status = this.#status[slot] as number
    if (status >= 200 && status < 300) {
      this.#stream?.message(slot, end - start, 1, false)
      return
    }
    this.shedding.body(slot, buffer, start, end)
    this.#failures.body(slot, buffer, start, end)
  }

  end(slot: number): FailureKind {
    this.shedding.end(slot)
    return this.#failures.end(slot)
  }
}
