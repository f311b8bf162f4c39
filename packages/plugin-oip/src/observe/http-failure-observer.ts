import { FailureKind, decodeContent } from 'servebench/session'
import type { AnswerObserver } from 'servebench/session'
import { errorText } from '../server/error-text.ts'
import type { FailureExamples } from './failure-examples.ts'

const NONE = -1
/** Enough for a sentence. */
const KEPT_BYTES = 4096

/** Keeps the first answer of each status that is an error. */
export class HttpFailureObserver implements AnswerObserver {
  readonly #examples: FailureExamples
  readonly #seen: Uint8Array = new Uint8Array(1000)
  /** Whose answer is being kept. */
  #slot = NONE
  #status = 0
  #head: Buffer = Buffer.alloc(0)
  readonly #content: Buffer = Buffer.alloc(KEPT_BYTES)
  #length = 0

  constructor(examples: FailureExamples) {
    this.#examples = examples
    // One whose answer is an inference is none.
    this.#seen.fill(1, 200, 300)
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    if (slot === this.#slot) {
      // It broke off: the status gets another chance.
      this.#slot = NONE
      this.#seen[this.#status] = 0
    }
    if (this.#seen[status] === 1 || this.#slot !== NONE) return
    this.#seen[status] = 1
    this.#slot = slot
    this.#status = status
    this.#head = Buffer.from(buffer.subarray(start, end))
    this.#length = 0
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    if (slot !== this.#slot) return
    const count = Math.min(end - start, KEPT_BYTES - this.#length)
    this.#content.set(buffer.subarray(start, start + count), this.#length)
    this.#length += count
  }

  end(slot: number): FailureKind {
    if (slot === this.#slot) {
      this.#slot = NONE
      this.#examples.add(`http-${this.#status}`, this.#text())
    }
    return FailureKind.none
  }

  #text(): string {
    const messages = [this.#content.subarray(0, this.#length)]
    try {
      return errorText(decodeContent({ status: this.#status, head: this.#head, messages }))
    } catch {
      return ''
    }
  }
}
