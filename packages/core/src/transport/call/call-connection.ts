import { FailureKind } from '../../engine/outcome.ts'

/** A connection of a protocol that is spoken by asynchronous functions. */
export interface CallConnection {
  /**
   * Sends a request and resolves with the whole answer; called for one request after the other. What it rejects with ends
   * the connection, unless it is a {@link CallFailure}.
   * @param request never to be written to, and not to be kept
   * @param signal aborted when the request is given up: the connection is closed then, whether this rejects or not
   */
  call(request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
  close(): void
}

/** An answer that says no: it was read to its end, so the connection goes on. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure'
  readonly kind: FailureKind
  readonly code: number

  /** @param code in results beside the kind, such as a status; 0 where there is none */
  constructor(message: string, kind: FailureKind = FailureKind.application, code = 0) {
    super(message)
    this.kind = kind
    this.code = code
  }
}
