import type { FailureKind } from '../../engine/outcome.ts'

/**
 * Looks at every answer on the load thread, while it arrives: for stages that the server reports in metadata or in a
 * message, for what a message carries, for errors inside an answer that gRPC calls a success. What it does counts as
 * measured time: no promises, no strings, nothing allocated. Ranges are only valid during the call.
 */
export interface GrpcObserver {
  /** The initial metadata, as `name: value` lines that each end with CRLF. */
  head?(slot: number, status: number, buffer: Uint8Array, start: number, end: number): void
  /**
   * A message is complete.
   * @returns what it carries (tokens, rows); 1 when unknown
   */
  message?(slot: number, buffer: Uint8Array, start: number, end: number): number
  /** How much of a message's beginning `message` needs; all of it by default, which costs a copy of split messages. */
  readonly messageBytes?: number
  /** The trailing metadata, like `head`. */
  trailers?(slot: number, buffer: Uint8Array, start: number, end: number): void
  /** The answer is complete and its status is OK. Anything but `FailureKind.none` makes the exchange fail. */
  end?(slot: number): FailureKind
}
