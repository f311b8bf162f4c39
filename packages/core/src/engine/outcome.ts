/** How a unit of load ended. Every due request has exactly one outcome. */
export const Outcome = {
  /** Still open; never in a record. */
  open: 0,
  completed: 1,
  failed: 2,
  timedOut: 3,
  /** Never sent: the cap on requests in flight was reached and `overflow` is `drop`. */
  dropped: 4,
  /** Still open at the drain deadline. */
  censored: 5,
  /** An attempt that failed and was retried; not counted as an outcome of the request. */
  retried: 6,
} as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

export const OUTCOME_NAMES: readonly string[] = [
  'open',
  'completed',
  'failed',
  'timed-out',
  'dropped',
  'censored',
  'retried',
]

/** Why an exchange failed. The numbers are stored in records: append, never renumber. */
export const FailureKind = {
  none: 0,
  /** Nobody listens (ECONNREFUSED). */
  refused: 1,
  /** No route to the host, or the connection attempt went unanswered. */
  unreachable: 2,
  /** The host name has no address. */
  dns: 3,
  /** The TLS handshake failed. */
  tls: 4,
  /** The peer reset the connection (ECONNRESET, EPIPE). */
  reset: 5,
  /** The peer closed the connection before the answer was complete. */
  closed: 6,
  /** The peer had closed an idle connection just as it was used again. */
  staleConnection: 7,
  /** The answer violates its protocol. */
  protocol: 8,
  /** An HTTP status outside the accepted ones; the code is the status. */
  httpStatus: 9,
  /** A gRPC status other than OK; the code is the status. */
  grpcStatus: 10,
  /** An error inside an answer that the transport calls a success. */
  application: 11,
  /** The answer exceeds the memory budget. */
  tooLarge: 12,
  /** Given up by the tool itself, after a deadline or at the end. */
  cancelled: 13,
  /** The peer gave the exchange up (HTTP/2 RST_STREAM, GOAWAY); the code is the HTTP/2 error code. */
  aborted: 14,
  /** No file descriptor or local port was left. */
  exhausted: 15,
  /** The answer's size or hash is not the expected one. */
  unexpected: 16,
  /** The session itself threw: a defect of the target's adapter. */
  internal: 17,
  /** No request could be made: the bench file's function threw, or what it gave does not fit the target. */
  input: 18,
} as const
export type FailureKind = (typeof FailureKind)[keyof typeof FailureKind]

/** By kind; a code is appended where there is one. */
export const FAILURE_NAMES: readonly string[] = [
  'none',
  'refused',
  'unreachable',
  'dns',
  'tls',
  'reset',
  'closed-early',
  'stale-connection',
  'protocol',
  'http',
  'grpc',
  'application',
  'too-large',
  'cancelled',
  'aborted',
  'exhausted',
  'unexpected-answer',
  'internal',
  'bad-input',
]

const GRPC_STATUS_NAMES: readonly string[] = [
  'ok',
  'cancelled',
  'unknown',
  'invalid-argument',
  'deadline-exceeded',
  'not-found',
  'already-exists',
  'permission-denied',
  'resource-exhausted',
  'failed-precondition',
  'aborted',
  'out-of-range',
  'unimplemented',
  'internal',
  'unavailable',
  'data-loss',
  'unauthenticated',
]

/** The name of a failure in results: `refused`, `http-503`, `grpc-unavailable`, `aborted-8`. */
export function failureName(kind: number, code: number): string {
  if (kind === FailureKind.httpStatus) return `http-${code}`
  if (kind === FailureKind.grpcStatus) return `grpc-${GRPC_STATUS_NAMES[code] ?? code}`
  const name = FAILURE_NAMES[kind] ?? `kind-${kind}`
  return code === 0 ? name : `${name}-${code}`
}

/** Why a session cannot start further exchanges for the moment. */
export const BlockedReason = { connections: 1, streams: 2, flowControl: 3, descriptors: 4 } as const
export type BlockedReason = (typeof BlockedReason)[keyof typeof BlockedReason]
