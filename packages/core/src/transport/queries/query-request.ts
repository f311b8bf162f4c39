import { ServebenchError } from '../../errors/servebench-error.ts'
import type { Encoded } from '../../engine/session.ts'
import type { JsonValue } from '../../units/json.ts'
import { encodeHttpRequest } from '../http1/encode-http-request.ts'
import { resolveHeaders } from '../http1/http-headers.ts'
import type { HttpHeaders } from '../http1/http-headers.ts'
import { parseHttpUrl } from '../socket/endpoint.ts'
import type { QueryPlan } from './query-plan.ts'

/** What the input `queries` yields: not one request, but all that its files hold. */
export interface QueryRequest {
  readonly queries: QueryPlan
  readonly method?: string
  readonly headers?: HttpHeaders
}

export function isQueryRequest(input: unknown): input is QueryRequest {
  return typeof input === 'object' && input !== null && 'queries' in input
}

/** What a target adds to the queries. Plain data. */
export interface QueryTarget {
  readonly url: string
  readonly method?: string
  readonly headers?: HttpHeaders
  /** An encoding of bodies: there is none for bodies from files. */
  readonly compress?: string
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}

const LENGTH = 'content-length: 0\r\n'

/**
 * Makes the template that a session of `createHttpSession` puts each query's path and body into.
 * @throws {ServebenchError} `SERVEBENCH_HTTP_REQUEST` when the target has settings that queries from files cannot have
 */
export function encodeQueries({ queries, method, headers }: QueryRequest, settings: QueryTarget): Encoded {
  if (settings.compress !== undefined)
    throw invalid('Bodies from files cannot be compressed while measuring.', 'Leave out `compress`.')
  const hasPath = queries.lines !== 'body'
  const hasBody = queries.lines !== 'url'
  const encoded = encodeHttpRequest({
    method: method ?? settings.method ?? (hasBody ? 'POST' : 'GET'),
    url: hasPath ? parseHttpUrl(new URL('/', settings.url).href).href : settings.url,
    headers: resolveHeaders(
      hasBody ? { 'content-type': 'application/json' } : undefined,
      settings.headers,
      headers,
    ),
    ...(hasBody ? { body: new Uint8Array(0) } : {}),
    close: settings.close,
  })
  const head = Buffer.concat(encoded.bytes instanceof Uint8Array ? [encoded.bytes] : encoded.bytes)
  if (head.includes('__servebench_'))
    throw invalid(
      'Headers that are unique to each request do not go with query files.',
      'Leave the mark out.',
    )
  const meta = {
    queries,
    path: hasPath ? head.indexOf('/') : -1,
    length: hasBody ? head.lastIndexOf(LENGTH) + LENGTH.length - 3 : -1,
  }
  return { bytes: head, meta: meta as unknown as JsonValue }
}

function invalid(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_HTTP_REQUEST', message, { advice })
}
