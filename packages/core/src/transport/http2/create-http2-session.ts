import { ServebenchError } from '../../errors/servebench-error.ts'
import type { PatchPoint, Prepared, SessionContext, TargetSession } from '../../engine/session.ts'
import type { AnswerObserver } from '../http1/answer-observer.ts'
import { readWireRequest } from '../http1/wire-request.ts'
import type { WireRequest } from '../http1/wire-request.ts'
import { Dialer } from '../socket/dialer.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import type { Endpoint } from '../socket/endpoint.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { DEFAULT_LIMITS } from './connection.ts'
import { HttpCall, readHttpFields } from './http-call.ts'
import type { HttpCallSettings } from './http-call.ts'
import { Http2Session } from './http2-session.ts'
import { Message, RequestTemplate } from './message.ts'
import { PayloadCache } from './payload-cache.ts'
import { RawLink } from './raw-link.ts'
import { RequestHeaders } from './request-headers.ts'
import type { Field } from './static-table.ts'

/** Plain data, so that a `connect` provider can pass it on. */
export interface Http2SessionOptions {
  /** Only scheme, host and port matter here: payloads carry their path. */
  readonly url: string
  readonly tls?: TlsOptions
  /** Statuses that count as success; every other one fails with its code. 200–299 by default. */
  readonly acceptStatus?: readonly number[]
}

/**
 * A session for payloads made by `encodeHttpRequest`, over HTTP/2: by ALPN with TLS, by prior knowledge without.
 * @throws {ServebenchError} when TLS material is missing or unusable, or a payload is not an HTTP request that HTTP/2 can
 *   carry
 */
export async function createHttp2Session(
  context: SessionContext<unknown>,
  options: Http2SessionOptions,
  observer: AnswerObserver | null = null,
): Promise<TargetSession> {
  if (context.exchangeKind === 'stream') {
    throw new ServebenchError(
      'SERVEBENCH_STREAM_UNSUPPORTED',
      'HTTP targets answer one request per exchange; the scenario asks for a stream.',
      { advice: 'Leave `exchange` out, or use a target with streams, such as gRPC.' },
    )
  }
  const endpoint = parseEndpoint(options.url)
  const templates = requestTemplates(context.prepared, endpoint)
  const tls = endpoint.secure ? loadTlsMaterial(options.tls ?? {}, ['h2']) : null
  const dialer = new Dialer(endpoint, tls)
  const settings: HttpCallSettings = {
    exchange: context.exchange,
    observer,
    accepted: acceptedStatuses(options.acceptStatus),
    maxResponseBytes: context.maxResponseBytes,
  }
  const calls: (HttpCall | undefined)[] = Array.from({ length: context.slots }, () => undefined)
  const { streams, reuse } = context.connections
  const limits = { ...DEFAULT_LIMITS, streams, ...(reuse === 'per-request' ? { maxStreamId: 1 } : {}) }
  return new Http2Session('http2-raw', context, dialer, (owner) => {
    return new RawLink(owner, {
      dialer,
      limits,
      interpret: readHttpFields,
      templates,
      stream: (slot) => (calls[slot] ??= new HttpCall(slot, owner, settings)),
    })
  })
}

/** Equal headers are one object, so that a connection that was taught them recognises them. */
function requestTemplates(payloads: readonly Prepared[], endpoint: Endpoint): PayloadCache<RequestTemplate> {
  const known = new Map<string, RequestHeaders>()
  return new PayloadCache(payloads, (prepared) => {
    const request = readWireRequest(prepared)
    const { bodyStart } = request
    const body = prepared.bytes.subarray(bodyStart)
    const fields = requestFields(request, endpoint, body.length)
    const key = JSON.stringify([fields, body.length === 0])
    const headers = known.get(key) ?? new RequestHeaders(fields, body.length === 0)
    known.set(key, headers)
    const patches = prepared.patches.map((point) => shift(point, bodyStart, prepared.index))
    return new RequestTemplate(
      headers,
      body.length === 0 ? undefined : new Message({ bytes: body, patches }, true),
    )
  })
}

function requestFields(
  { method, path, headers, host }: WireRequest,
  endpoint: Endpoint,
  length: number,
): Field[] {
  return [
    { name: ':method', value: method },
    { name: ':scheme', value: endpoint.secure ? 'https' : 'http' },
    { name: ':authority', value: host },
    { name: ':path', value: path },
    ...headers.map(([name, value]) => ({ name: name.toLowerCase(), value })),
    ...(length > 0 || method === 'POST' || method === 'PUT' || method === 'PATCH'
      ? [{ name: 'content-length', value: String(length) }]
      : []),
  ]
}

function shift(point: PatchPoint, bodyStart: number, index: number): PatchPoint {
  if (point.offset >= bodyStart) return { ...point, offset: point.offset - bodyStart }
  throw new ServebenchError(
    'SERVEBENCH_HTTP2_PATCH',
    `The header of payload ${index} differs from request to request, which HTTP/2 cannot send as it is.`,
    { advice: 'Put what makes requests unique into the body, or use HTTP/1.1.' },
  )
}

function acceptedStatuses(statuses: readonly number[] | undefined): Uint8Array {
  const accepted = new Uint8Array(1000)
  if (statuses === undefined) accepted.fill(1, 200, 300)
  else for (const status of statuses) accepted[status] = 1
  return accepted
}
