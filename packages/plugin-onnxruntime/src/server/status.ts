/** gRPC status codes; HTTP answers use the status that {@link httpStatusOf} maps them to. */
export const Status = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const
export type Status = (typeof Status)[keyof typeof Status]

/** A request that cannot be served, with the sentence that its sender gets. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: Status

  constructor(status: Status, message: string) {
    super(message)
    this.status = status
  }
}

export function invalid(message: string): RequestError {
  return new RequestError(Status.invalidArgument, message)
}

export function httpStatusOf(status: Status): number {
  switch (status) {
    case Status.notFound:
      return 404
    case Status.resourceExhausted:
      return 413
    case Status.unimplemented:
      return 501
    case Status.unavailable:
      return 503
    case Status.deadlineExceeded:
      return 504
    case Status.internal:
      return 500
    default:
      return 400
  }
}
