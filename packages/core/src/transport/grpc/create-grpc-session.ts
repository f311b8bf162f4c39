import { ServebenchError } from '../../errors/servebench-error.ts'
import type { Prepared, SessionContext, TargetSession } from '../../engine/session.ts'
import { DEFAULT_LIMITS } from '../http2/connection.ts'
import type { ConnectionLimits } from '../http2/connection.ts'
import { Http2Session } from '../http2/http2-session.ts'
import type { MakeLink } from '../http2/link.ts'
import { Message, RequestTemplate } from '../http2/message.ts'
import { PayloadCache } from '../http2/payload-cache.ts'
import { RawLink } from '../http2/raw-link.ts'
import { RequestHeaders } from '../http2/request-headers.ts'
import type { Field } from '../http2/static-table.ts'
import { Dialer } from '../socket/dialer.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import type { GrpcAnswerSettings } from './grpc-answer.ts'
import { readGrpcFields } from './grpc-fields.ts'
import { isGrpcMessage } from './grpc-message.ts'
import type { GrpcObserver } from './grpc-observer.ts'
import { requestFields } from './grpc-request.ts'
import type { GrpcRequestOptions } from './grpc-request.ts'
import { NodeLink } from './node-link.ts'
import { RawCall } from './raw-call.ts'

/** The dedicated client on a socket, and Node's own HTTP/2 client. */
export type GrpcEngine = 'grpc-http2' | 'grpc-node-http2'

export interface GrpcSessionOptions extends GrpcRequestOptions {
  /** `http://host:port`, or `https://host:port` for TLS. */
  readonly url: string
  /** `grpc-http2` by default. */
  readonly engine?: GrpcEngine
  readonly tls?: TlsOptions
  /** How many messages the server answers: one, or any number; as many as the client sends by default. */
  readonly responses?: 'single' | 'stream'
  /** Limits of the dedicated client's connections. */
  readonly limits?: Partial<Omit<ConnectionLimits, 'streams'>>
}

/**
 * A session for payloads made by `encodeGrpcMessage`: unary and streaming calls of one method.
 * An answer's message above `maxResponseBytes` is `tooLarge`.
 * @throws {ServebenchError} when TLS material is missing or unusable, the path or metadata is not valid, or a payload is
 *   not a gRPC message
 */
export async function createGrpcSession(
  context: SessionContext<unknown>,
  options: GrpcSessionOptions,
  observer: GrpcObserver | null = null,
): Promise<TargetSession> {
  const { engine = 'grpc-http2', responses = context.exchangeKind === 'unary' ? 'single' : 'stream' } =
    options
  const endpoint = parseEndpoint(options.url)
  const fields = requestFields(endpoint, options)
  context.prepared.forEach(checkPayload)
  const tls = endpoint.secure ? loadTlsMaterial(options.tls ?? {}, ['h2']) : null
  const dialer = new Dialer(endpoint, tls)
  const settings: GrpcAnswerSettings = {
    exchange: context.exchange,
    observer,
    maxMessageBytes: context.maxResponseBytes,
    single: responses === 'single',
  }
  const make =
    engine === 'grpc-http2'
      ? rawLinks(context, options, settings, dialer, new RequestHeaders(fields, false))
      : nodeLinks(context, settings, dialer, fields)
  return new Http2Session(engine, context, dialer, make)
}

function nodeLinks(
  context: SessionContext<unknown>,
  answers: GrpcAnswerSettings,
  dialer: Dialer,
  fields: readonly Field[],
): MakeLink {
  const { exchangeKind, connections } = context
  return (owner) =>
    new NodeLink(owner, {
      dialer,
      fields,
      answers,
      unary: exchangeKind === 'unary',
      streams: connections.streams,
      perRequest: connections.reuse === 'per-request',
    })
}

function rawLinks(
  context: SessionContext<unknown>,
  options: GrpcSessionOptions,
  settings: GrpcAnswerSettings,
  dialer: Dialer,
  headers: RequestHeaders,
): MakeLink {
  const unary = context.exchangeKind === 'unary'
  const templates = new PayloadCache(
    context.prepared,
    (prepared) => new RequestTemplate(headers, new Message(prepared, unary)),
  )
  const calls: (RawCall | undefined)[] = Array.from({ length: context.slots }, () => undefined)
  const limits = {
    ...DEFAULT_LIMITS,
    ...options.limits,
    streams: context.connections.streams,
    ...(context.connections.reuse === 'per-request' ? { maxStreamId: 1 } : {}),
  }
  return (owner) =>
    new RawLink(owner, {
      dialer,
      limits,
      interpret: readGrpcFields,
      templates,
      stream: (slot) => (calls[slot] ??= new RawCall(slot, owner, settings)),
    })
}

function checkPayload({ bytes, index }: Prepared): void {
  if (isGrpcMessage(bytes)) return
  throw new ServebenchError('SERVEBENCH_GRPC_PAYLOAD', `Payload ${index} is not a gRPC message.`, {
    advice: 'Build payloads with encodeGrpcMessage.',
  })
}
