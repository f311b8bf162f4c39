import { FailureKind, failureName, parseHeaderLines } from 'servebench/session'
import type { FailureExamples } from './failure-examples.ts'

const STATUS: Uint8Array = Buffer.from('grpc-status: ')
const ZERO = 48
const CR = 13
const LF = 10
/** Far above the statuses that exist. */
const STATUSES = 100

/** Keeps the first message of each gRPC status that is an error. */
export class GrpcFailureObserver {
  readonly #examples: FailureExamples
  readonly #seen: Uint8Array = new Uint8Array(STATUSES)
  /**
   * The transport hands out equal blocks of fields in the same buffer: one look at it is enough. Headers and trailers
   * alternate.
   */
  #harmless: Uint8Array | null = null
  #harmlessBefore: Uint8Array | null = null

  constructor(examples: FailureExamples) {
    this.#examples = examples
  }

  /** Header or trailer lines. */
  look(buffer: Uint8Array, start: number, end: number): void {
    if (buffer === this.#harmless || buffer === this.#harmlessBefore) return
    const status = readStatus(buffer, start, end)
    if (status <= 0) {
      this.#harmlessBefore = this.#harmless
      this.#harmless = buffer
    } else if (status < STATUSES && this.#seen[status] === 0) {
      this.#seen[status] = 1
      const message = parseHeaderLines(buffer.subarray(start, end))['grpc-message'] ?? ''
      this.#examples.add(failureName(FailureKind.grpcStatus, status), decodePercent(message))
    }
  }
}

/** −1 when there is none. */
function readStatus(buffer: Uint8Array, start: number, end: number): number {
  for (let line = start; line < end;) {
    let at = 0
    while (at < STATUS.length && buffer[line + at] === STATUS[at]) at += 1
    if (at === STATUS.length) {
      let status = 0
      for (at += line; at < end && buffer[at] !== CR; at++)
        status = status * 10 + (buffer[at] as number) - ZERO
      return status
    }
    while (line < end && buffer[line] !== LF) line += 1
    line += 1
  }
  return -1
}

/** `grpc-message` is UTF-8 with percent signs; a malformed one is shown as it is. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
