import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import type { Endpoint } from '../socket/endpoint.ts'

/** A server that answers, but not in HTTP/2. */
export function noHttp2Error(endpoint: Endpoint, reason: string): ServebenchError {
  const { authority, secure } = endpoint
  return new ServebenchError('SERVEBENCH_TARGET_NOT_HTTP2', `${authority} does not speak HTTP/2: ${reason}`, {
    advice: secure
      ? 'Check that this is the gRPC port, and that what terminates TLS there offers h2.'
      : 'Check that this is the gRPC port, and whether it expects TLS (https://).',
    exitCode: ExitCode.target,
  })
}
