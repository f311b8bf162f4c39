import { FailureKind } from '../../engine/outcome.ts'

/**
 * Looks at every answer on the load thread, while it arrives: for stages that the server reports in headers, for
 * messages inside a body, for errors inside an answer that HTTP calls a success. What it does counts as measured time:
 * no promises, no strings, nothing allocated. Ranges are only valid during the call.
 */
export interface AnswerObserver {
  /** The header lines of the answer, each ending with CRLF. */
  head?(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void
  /** A part of the content, without chunked framing, as encoded by the server. */
  body?(slot: number, buffer: Uint8Array, start: number, end: number): void
  /** The answer is complete. Anything but `FailureKind.none` makes the exchange fail. */
  end?(slot: number): FailureKind
  /**
   * What the server calls the failure that `end` has found, as a number below 1000; others are left out. Asked for
   * `FailureKind.application` only.
   */
  code?(slot: number): number
}

/** Both observers, the first one first; a failure that either finds counts. */
export function chainObservers(
  first: AnswerObserver | null,
  second: AnswerObserver | null,
): AnswerObserver | null {
  if (first === null || second === null) return first ?? second
  const chained: AnswerObserver = {
    head(slot, status, buffer, start, end) {
      first.head?.(slot, status, buffer, start, end)
      second.head?.(slot, status, buffer, start, end)
    },
    end(slot) {
      const found = first.end?.(slot) ?? FailureKind.none
      const alsoFound = second.end?.(slot) ?? FailureKind.none
      return found === FailureKind.none ? alsoFound : found
    },
    code: (slot) => first.code?.(slot) || second.code?.(slot) || 0,
  }
  if (first.body === undefined && second.body === undefined) return chained
  chained.body = (slot, buffer, start, end) => {
    first.body?.(slot, buffer, start, end)
    second.body?.(slot, buffer, start, end)
  }
  return chained
}

/** Records keep a kind of failure and its code in one number. */
const CODES = 1000

/** The number that goes with a failure of a complete answer: its status, or what the server calls the error inside. */
export function failureCode(
  kind: FailureKind,
  status: number,
  observer: AnswerObserver | null,
  slot: number,
): number {
  if (kind === FailureKind.httpStatus) return status
  if (kind !== FailureKind.application) return 0
  const code = observer?.code?.(slot) ?? 0
  return code >= 0 && code < CODES ? code : 0
}
