import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { InferenceServer } from '../inference-server.ts'
import { RequestError, Status } from '../status.ts'
import { GrpcExchange } from './grpc-exchange.ts'
import { MessageReader } from './message-reader.ts'

/** A method of a service. */
export interface GrpcMethod {
  /** Called for each message of a call. @throws {RequestError} to end the call with its status */
  receive(message: Uint8Array, exchange: GrpcExchange): void
  /** Whether a call has any number of messages; otherwise it has one. */
  readonly streaming: boolean
  /** The client sends no more. */
  end?(exchange: GrpcExchange): void
  /** The call is over, answered or not. */
  close?(exchange: GrpcExchange): void
}

const WINDOW = 8 * 1_048_576

const sessionsOf = new WeakMap<Http2Server, Set<ServerHttp2Session>>()

/** gRPC over HTTP/2 without TLS. Methods are found by their path, `/package.Service/Method`. */
export function createGrpcServer(
  server: InferenceServer,
  methods: ReadonlyMap<string, GrpcMethod>,
): Http2Server {
  const http = createServer({
    settings: { initialWindowSize: WINDOW },
    maxSessionMemory: 1024,
    // A load generator cancels what it no longer waits for: thousands of resets are no attack.
    streamResetBurst: 1_000_000,
    streamResetRate: 1_000_000,
  })
  const sessions = new Set<ServerHttp2Session>()
  sessionsOf.set(http, sessions)
  http.on('session', (session) => {
    session.setLocalWindowSize(WINDOW)
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  http.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => stream.destroy())
    serve(stream, headers, methods.get(headers[':path'] as string), server.maxRequestBytes)
  })
  return http
}

/** Resolves when every answer is out and every connection is closed. */
export async function closeGrpc(http: Http2Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()))
  for (const session of sessionsOf.get(http) ?? []) session.close()
  await closed
}

function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  method: GrpcMethod | undefined,
  limit: number,
): void {
  const exchange = new GrpcExchange(stream)
  if (headers[':method'] !== 'POST' || !headers['content-type']?.startsWith('application/grpc')) {
    stream.respond({ ':status': 415 }, { endStream: true })
    return
  }
  if (method === undefined) {
    exchange.fail(Status.unimplemented, `Method '${headers[':path']}' is not implemented.`)
    return
  }
  let received = 0
  const attempt = (action: () => void): void => {
    try {
      action()
    } catch (error) {
      exchange.fail(
        error instanceof RequestError ? error.status : Status.internal,
        error instanceof Error ? error.message : String(error),
      )
    }
  }
  const reader = new MessageReader(
    limit,
    (message, compressed) => {
      received += 1
      if (received > 1 && !method.streaming) return
      attempt(() =>
        method.receive(compressed ? decompress(message, headers['grpc-encoding'], limit) : message, exchange),
      )
    },
    (length) =>
      exchange.fail(Status.resourceExhausted, `The message has ${length} bytes; the limit is ${limit}.`),
  )
  stream.on('data', (chunk: Buffer) => reader.push(chunk))
  stream.on('end', () => {
    if (reader.partial) exchange.fail(Status.invalidArgument, 'The message is incomplete.')
    else if (received === 0 && !method.streaming)
      exchange.fail(Status.invalidArgument, 'The call has no message.')
    else method.end?.(exchange)
  })
  if (method.close !== undefined) stream.on('close', () => method.close?.(exchange))
}

function decompress(message: Uint8Array, encoding: string | string[] | undefined, limit: number): Uint8Array {
  if (encoding !== 'gzip' && encoding !== 'deflate') {
    throw new RequestError(
      Status.unimplemented,
      `grpc-encoding '${String(encoding)}' is not supported; there are gzip and deflate.`,
    )
  }
  try {
    return (encoding === 'gzip' ? gunzipSync : inflateSync)(message, { maxOutputLength: limit })
  } catch (error) {
    throw new RequestError(
      Status.invalidArgument,
      `The message is not valid ${encoding}: ${(error as Error).message}.`,
    )
  }
}
