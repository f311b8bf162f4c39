import type { Field } from '../http2/static-table.ts'

/** What gRPC reads out of the header or the trailers of an answer. */
export interface GrpcFields {
  /** `grpc-status`; −1 when it is missing or no status code. */
  readonly status: number
  /** Whether messages may be compressed. */
  readonly encoded: boolean
  /** Whether the content type is one of gRPC's, or missing. */
  readonly typed: boolean
}

export function readGrpcFields(fields: readonly Field[]): GrpcFields {
  let status = -1
  let encoded = false
  let typed = true
  for (const { name, value } of fields) {
    if (name === 'grpc-status') status = /^(?:[0-9]|[1-9][0-9]{1,3})$/.test(value) ? Number(value) : -1
    else if (name === 'grpc-encoding') encoded = value !== 'identity'
    else if (name === 'content-type') typed = value.startsWith('application/grpc')
  }
  return { status, encoded, typed }
}

/**
 * The gRPC status of an answer that has none of its own.
 * Source: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function statusOfHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return 13 // internal
    case 401:
      return 16 // unauthenticated
    case 403:
      return 7 // permission denied
    case 404:
      return 12 // unimplemented
    case 429:
    case 502:
    case 503:
    case 504:
      return 14 // unavailable
    default:
      return 2 // unknown
  }
}
