import { FailureKind, failureName } from '../../engine/outcome.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'

/** Facts about a failed call. */
export interface GrpcErrorFacts {
  /** Host and port of the server. */
  readonly authority: string
  /** `/package.Service/Method` */
  readonly path: string
  /** The server's own words (`grpc-message`), `''` without any; `null` when no status came from the server. */
  readonly details: string | null
  readonly advice?: string | undefined
}

/** A call on the control plane that did not succeed. */
export class GrpcError extends ServebenchError implements GrpcErrorFacts {
  override readonly name = 'GrpcError'
  /** The gRPC status; 14 (unavailable) when the connection failed, 4 (deadline exceeded) when time ran out. */
  readonly status: number
  readonly authority: string
  readonly path: string
  readonly details: string | null

  constructor(status: number, message: string, { authority, path, details, advice }: GrpcErrorFacts) {
    super('SERVEBENCH_GRPC', message, {
      exitCode: ExitCode.target,
      ...(advice === undefined ? {} : { advice }),
    })
    this.status = status
    this.authority = authority
    this.path = path
    this.details = details
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
  const failure = failureName(kind, code)
  if (kind !== FailureKind.grpcStatus) {
    const status = kind === FailureKind.protocol || kind === FailureKind.tooLarge ? UNKNOWN : UNAVAILABLE
    return new GrpcError(status, `${call}: ${failure}.`, { authority, path, details: null })
  }
  const details = readable(/^grpc-message: (.*?)\r?$/m.exec(fields)?.[1] ?? '')
  return new GrpcError(code, `${call} (${failure})${details === '' ? '' : `: ${details}`}`, {
    authority,
    path,
    details,
    advice:
      code === UNIMPLEMENTED
        ? 'Check that this is the port of that service, and the version of the server.'
        : undefined,
  })
}

export function timeoutError(authority: string, path: string, milliseconds: number): GrpcError {
  return new GrpcError(
    DEADLINE_EXCEEDED,
    `${authority} did not answer ${path} within ${milliseconds / 1000} s.`,
    {
      authority,
      path,
      details: null,
      advice: 'Check whether the server hangs, or is still loading a model.',
    },
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
