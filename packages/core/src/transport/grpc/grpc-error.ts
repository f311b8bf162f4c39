import { FailureKind, failureName } from '../../engine/outcome.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'

/** A call on the control plane that did not succeed. */
export class GrpcError extends ServebenchError {
  override readonly name = 'GrpcError'
  /** The gRPC status; 14 (unavailable) when the connection failed, 4 (deadline exceeded) when time ran out. */
  readonly status: number

  constructor(status: number, message: string, advice?: string) {
    super('SERVEBENCH_GRPC', message, {
      exitCode: ExitCode.target,
      ...(advice === undefined ? {} : { advice }),
    })
    this.status = status
  }
}

const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4
const UNIMPLEMENTED = 12
const UNAVAILABLE = 14
const MESSAGE_CHARACTERS = 500

/** @param fields the header and trailer lines of the answer */
export function callError(
  authority: string,
  path: string,
  kind: FailureKind,
  code: number,
  fields: string,
): GrpcError {
  const call = `${authority} did not answer ${path}`
  if (kind !== FailureKind.grpcStatus) {
    const status = kind === FailureKind.protocol || kind === FailureKind.tooLarge ? UNKNOWN : UNAVAILABLE
    return new GrpcError(status, `${call}: ${failureName(kind, code)}.`)
  }
  const text = /^grpc-message: (.*?)\r?$/m.exec(fields)?.[1] ?? ''
  const reason = text === '' ? '' : `: ${readable(text)}`
  return new GrpcError(
    code,
    `${call} (${failureName(kind, code)})${reason}`,
    code === UNIMPLEMENTED
      ? 'Check that this is the port of that service, and the version of the server.'
      : undefined,
  )
}

export function timeoutError(authority: string, path: string, milliseconds: number): GrpcError {
  return new GrpcError(
    DEADLINE_EXCEEDED,
    `${authority} did not answer ${path} within ${milliseconds / 1000} s.`,
    'Check whether the server hangs, or is still loading a model.',
  )
}

/** `grpc-message` is UTF-8 with percent signs; a malformed one is shown as it is. */
function readable(text: string): string {
  let decoded = text
  try {
    decoded = decodeURIComponent(text)
  } catch {
    // Not what the server meant, but what it said.
  }
  // The server's words go to terminals and logs.
  // eslint-disable-next-line no-control-regex
  const line = decoded.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > MESSAGE_CHARACTERS ? `${line.slice(0, MESSAGE_CHARACTERS)}…` : line
}
