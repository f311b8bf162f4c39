import { GrpcFailureObserver } from '@servebench/plugin-oip/dialect'
import type { FailureExamples } from '@servebench/plugin-oip/dialect'
import { FailureKind } from 'servebench/session'
import type { GrpcObserver } from 'servebench/session'

const ERROR_TEXT_BYTES = 300

/**
 * Watches answers on a stream: errors come inside of messages there, while the call as a whole succeeds. Servers that
 * know `triton_grpc_error` end the call with a status instead.
 */
export class StreamObserver implements GrpcObserver {
  /** What is looked at of a message. */
  readonly messageBytes: number = ERROR_TEXT_BYTES + 16
  readonly #failures: GrpcFailureObserver
  readonly #examples: FailureExamples
  /** By slot: whether one of its answers was an error. */
  readonly #failed: Uint8Array
  #hasExample = false

  constructor(slots: number, examples: FailureExamples) {
    this.#failures = new GrpcFailureObserver(examples)
    this.#examples = examples
    this.#failed = new Uint8Array(slots)
  }

  head(slot: number, _status: number, buffer: Uint8Array, start: number, end: number): void {
    this.#failed[slot] = 0
    this.#failures.look(buffer, start, end)
  }

  message(slot: number, buffer: Uint8Array, start: number, end: number): number {
    if (isError(buffer, start, end)) {
      this.#failed[slot] = 1
      if (!this.#hasExample) this.#keep(buffer, start, end)
    }
    return 1
  }

  trailers(_slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.#failures.look(buffer, start, end)
  }

  end(slot: number): FailureKind {
    return this.#failed[slot] === 1 ? FailureKind.application : FailureKind.none
  }

  #keep(buffer: Uint8Array, start: number, end: number): void {
    this.#hasExample = true
    this.#examples.add('application', errorText(buffer, start, end))
  }
}

const ERROR_MESSAGE = 0x0a

/** `error_message` is the first field, and only there when there is an error. */
function isError(buffer: Uint8Array, start: number, end: number): boolean {
  return end - start > 1 && buffer[start] === ERROR_MESSAGE && buffer[start + 1] !== 0
}

/** The text may be cut off. */
function errorText(buffer: Uint8Array, start: number, end: number): string {
  let at = start + 1
  let length = 0
  for (let scale = 1; at < end; scale *= 128) {
    const byte = buffer[at++] as number
    length += (byte & 127) * scale
    if (byte < 128) break
  }
  return Buffer.from(buffer.subarray(at, Math.min(end, at + length))).toString()
}
