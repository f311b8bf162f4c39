import { ServebenchError } from '../../errors/servebench-error.ts'
import type { Encoded, PatchPoint } from '../../engine/session.ts'
import type { JsonValue } from '../../units/json.ts'
import { parseEndpoint, parseHttpUrl } from '../socket/endpoint.ts'
import type { HeaderList } from './http-headers.ts'

export interface HttpRequestParts {
  readonly method: string
  /** In full; its path and query go into the request line, its host into `Host`. */
  readonly url: string
  /** With secrets resolved; `content-length` and `host` are added. A `host` among them replaces the URL's. */
  readonly headers?: HeaderList
  readonly body?: Uint8Array | null
  /** Asks the server to close the connection after its answer: for `connections.reuse: 'per-request'`. */
  readonly close?: boolean
  /** Offsets count from the beginning of the body. */
  readonly patches?: readonly PatchPoint[]
  readonly items?: number
  readonly label?: string
  /** Handed to `decode`. */
  readonly meta?: JsonValue
}

/** Fields that frame the message or manage the connection: theirs is the transport, not the user. */
const RESERVED: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Methods for which a missing body is sent as an empty one (RFC 9110 §8.6). */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * Makes a payload for `createHttpSession`: an HTTP/1.1 request exactly as it goes over the wire.
 * @throws {ServebenchError} `SERVEBENCH_URL` or `SERVEBENCH_HTTP_REQUEST` when it could not be sent as it is
 */
export function encodeHttpRequest(parts: HttpRequestParts): Encoded {
  const { method, body = null, headers = [], close = false } = parts
  if (!TOKEN.test(method) || method === 'CONNECT') {
    throw invalid(`'${method}' is not a method that can be sent.`, "Use a method like 'GET' or 'POST'.")
  }
  const { pathname, search } = parseHttpUrl(parts.url)
  const names = new Set<string>()
  let head = `${method} ${pathname}${search} HTTP/1.1\r\n`
  for (const [name, value] of headers) names.add(checkHeader(name, value))
  if (!names.has('host')) head += `host: ${parseEndpoint(parts.url).authority}\r\n`
  for (const [name, value] of headers) head += `${name}: ${value}\r\n`
  if (close && !names.has('connection')) head += 'connection: close\r\n'
  if (body !== null || WITH_BODY.has(method)) head += `content-length: ${body?.length ?? 0}\r\n`
  const bytes = Buffer.from(`${head}\r\n`, 'latin1')
  return {
    bytes: body === null ? bytes : [bytes, body],
    ...(parts.patches === undefined
      ? {}
      : { patches: parts.patches.map((point) => ({ ...point, offset: point.offset + bytes.length })) }),
    ...(parts.items === undefined ? {} : { items: parts.items }),
    ...(parts.label === undefined ? {} : { label: parts.label }),
    ...(parts.meta === undefined ? {} : { meta: parts.meta }),
  }
}

/** @returns the name in lower case */
function checkHeader(name: string, value: string): string {
  const lower = name.toLowerCase()
  if (!TOKEN.test(name)) throw invalid(`'${name}' is not a header name.`, 'Use letters, digits and hyphens.')
  if (RESERVED.has(lower)) {
    throw invalid(
      `The header '${name}' belongs to the transport.`,
      'Leave it out; the body and the connection options decide it.',
    )
  }
  if (lower === 'connection' && !/^(?:close|keep-alive)$/i.test(value)) {
    throw invalid(
      "The header 'connection' can only be 'close' or 'keep-alive'.",
      "Use connections: { reuse: 'per-request' } for a connection per request.",
    )
  }
  if (!VALUE.test(value)) {
    throw invalid(
      `The value of the header '${name}' contains characters that HTTP does not allow.`,
      'Remove line breaks; encode characters outside Latin-1.',
    )
  }
  return lower
}

function invalid(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_HTTP_REQUEST', message, { advice })
}
