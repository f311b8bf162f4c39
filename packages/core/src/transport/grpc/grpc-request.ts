import { ServebenchError } from '../../errors/servebench-error.ts'
import { MICROSECOND, MILLISECOND, SECOND } from '../../units/nanos.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { Field } from '../http2/static-table.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import { encodeMetadata } from './metadata.ts'
import type { GrpcMetadata } from './metadata.ts'

/** What a gRPC request has besides its messages. */
export interface GrpcRequestOptions {
  /** The method: `/package.Service/Method`. */
  readonly path: string
  readonly metadata?: GrpcMetadata
  /** Instead of the URL's host and port. */
  readonly authority?: string
  /** Sent to the server as `grpc-timeout`; giving the call up in time is the caller's task. */
  readonly timeout?: Nanos
  /** The compression of request messages that have their compressed flag set. */
  readonly encoding?: 'gzip'
  /** Compressions that the server may use for its messages; it must not use any by default. */
  readonly acceptEncoding?: 'gzip'
}

/**
 * The header of a request.
 * @throws {ServebenchError} when the path or the metadata is not valid
 */
export function requestFields(endpoint: Endpoint, options: GrpcRequestOptions): Field[] {
  const { path, metadata = {}, authority = endpoint.authority, timeout, encoding, acceptEncoding } = options
  if (!/^\/[!-~]+\/[!-~]+$/.test(path)) {
    throw new ServebenchError('SERVEBENCH_GRPC_PATH', `'${path}' is not the path of a gRPC method.`, {
      advice: "Write it as '/package.Service/Method'.",
    })
  }
  const own = encodeMetadata(metadata)
  const field = (name: string, value: string | undefined): Field[] =>
    value === undefined ? [] : [{ name, value }]
  return [
    { name: ':method', value: 'POST' },
    { name: ':scheme', value: endpoint.secure ? 'https' : 'http' },
    { name: ':path', value: path },
    { name: ':authority', value: authority },
    { name: 'te', value: 'trailers' },
    { name: 'content-type', value: 'application/grpc' },
    ...(own.some(({ name }) => name === 'user-agent') ? [] : field('user-agent', 'servebench')),
    ...field('grpc-timeout', timeout === undefined ? undefined : formatTimeout(timeout)),
    ...field('grpc-encoding', encoding),
    ...field('grpc-accept-encoding', acceptEncoding),
    ...own,
  ]
}

const UNITS: readonly (readonly [nanos: Nanos, unit: string])[] = [
  [1, 'n'],
  [MICROSECOND, 'u'],
  [MILLISECOND, 'm'],
  [SECOND, 'S'],
  [60 * SECOND, 'M'],
  [3600 * SECOND, 'H'],
]
const MAX_TIMEOUT_VALUE = 99_999_999

/** A `grpc-timeout`: at most eight digits, so in the finest unit that they suffice for; rounded up. */
export function formatTimeout(timeout: Nanos): string {
  for (const [nanos, unit] of UNITS) {
    const value = Math.ceil(timeout / nanos)
    if (value <= MAX_TIMEOUT_VALUE) return `${Math.max(0, value)}${unit}`
  }
  return `${MAX_TIMEOUT_VALUE}H`
}
