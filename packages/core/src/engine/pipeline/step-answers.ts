import type { RawMessage } from '../session.ts'

/** The answers of one step on their way in, by slot: they are decoded on this thread, for the next request. */
export class StepAnswers {
  readonly #open: (OpenAnswer | undefined)[] = []

  begin(slot: number): void {
    this.#open[slot] = undefined
  }

  head(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    const answer = this.#of(slot)
    answer.status = status
    answer.head = Buffer.from(buffer.subarray(start, end))
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    // The buffer is the transport's: it reads the next bytes into it.
    this.#of(slot).parts.push(Buffer.from(buffer.subarray(start, end)))
  }

  /** A message is complete. */
  boundary(slot: number): void {
    const answer = this.#of(slot)
    answer.messages.push(joined(answer.parts))
    answer.parts = []
  }

  take(slot: number): RawMessage {
    const { status, head, messages, parts } = this.#of(slot)
    this.#open[slot] = undefined
    // A protocol without message boundaries has one message: all that followed the head.
    if (parts.length > 0 || messages.length === 0) messages.push(joined(parts))
    return { status, head, messages }
  }

  #of(slot: number): OpenAnswer {
    return (this.#open[slot] ??= { status: 200, head: EMPTY, messages: [], parts: [] })
  }
}

interface OpenAnswer {
  status: number
  head: Uint8Array
  readonly messages: Uint8Array[]
  parts: Buffer[]
}

const EMPTY = new Uint8Array(0)

function joined(parts: readonly Buffer[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}
