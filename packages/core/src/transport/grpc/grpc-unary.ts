import { blankPatch } from '../../engine/patch.ts'
import { FailureKind } from '../../engine/outcome.ts'
import type { Exchange, Patch, Prepared } from '../../engine/session.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { createGrpcSession } from './create-grpc-session.ts'
import { callError, timeoutError } from './grpc-error.ts'
import { decodeGrpcMessages, encodeGrpcMessage } from './grpc-message.ts'
import type { GrpcMetadata } from './metadata.ts'

export interface GrpcUnaryOptions {
  readonly tls?: TlsOptions
  readonly metadata?: GrpcMetadata
  /** Milliseconds, connecting included; 10 000 by default. */
  readonly timeout?: number
  /** Bytes; 64 MiB by default. */
  readonly maxResponseBytes?: number
  readonly signal?: AbortSignal | undefined
}

const PATCH: Patch = blankPatch()

/**
 * One unary call on a connection of its own, for the control plane: metadata, health, model control, statistics.
 * @param url `http://host:port`, or `https://host:port` for TLS
 * @param path `/package.Service/Method`
 * @throws {GrpcError} with the status, when the server answers with another one than OK, or not at all
 * @throws {ServebenchError} when no connection can be opened, or an option is not valid
 */
export async function grpcUnary(
  url: string,
  path: string,
  request: Uint8Array,
  options: GrpcUnaryOptions = {},
): Promise<Uint8Array> {
  const { tls, metadata, timeout = 10_000, maxResponseBytes = 64 * 1024 * 1024, signal } = options
  signal?.throwIfAborted()
  const { authority } = parseEndpoint(url)
  const exchange = new SingleExchange()
  const bytes = Buffer.concat(encodeGrpcMessage(request).bytes as Uint8Array[])
  const prepared: Prepared = { index: 0, bytes, items: 1, patches: [], meta: null, label: undefined }
  await using session = await createGrpcSession(
    {
      options: null,
      exchange,
      connections: { count: 1, fixed: true, streams: 1, reuse: 'keep-alive', open: 'before' },
      slots: 1,
      exchangeKind: 'unary',
      maxResponseBytes,
      prepared: [prepared],
      worker: 0,
    },
    { url, path, ...(tls === undefined ? {} : { tls }), ...(metadata === undefined ? {} : { metadata }) },
  )
  // An abort while the session was made had no listener yet.
  signal?.throwIfAborted()
  const call = async (): Promise<Uint8Array> => {
    await session.connect()
    session.open(0, prepared, PATCH)
    await exchange.settled.promise
    const { kind, code, status, fields, parts } = exchange
    if (kind !== FailureKind.none) throw callError(authority, path, kind, code, fields)
    const raw = { status, head: Buffer.from(fields, 'latin1'), messages: [Buffer.concat(parts)] }
    return decodeGrpcMessages(raw, maxResponseBytes)[0] as Uint8Array
  }
  return limit(call(), timeoutError(authority, path, timeout), timeout, signal)
}

/** Whatever comes first: the result, the time limit, or the abort. */
async function limit<T>(
  result: Promise<T>,
  error: Error,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal?.reason as Error)
  const timer = setTimeout(() => reject(error), timeout)
  signal?.addEventListener('abort', onAbort)
  // When time runs out, closing the session also ends the call, which nobody waits for then.
  result.catch(() => {})
  try {
    return await Promise.race([result, promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** What the core is for a session under load, for one call. */
class SingleExchange implements Exchange {
  readonly capture: Uint8Array = Uint8Array.of(1)
  readonly settled: PromiseWithResolvers<void> = Promise.withResolvers()
  kind: FailureKind = FailureKind.none
  code = 0
  status = 0
  /** Header and trailer lines. */
  fields = ''
  readonly parts: Buffer[] = []

  connected(): void {}
  sent(): void {}
  firstByte(): void {}
  message(): void {}
  serverStage(): void {}
  blocked(): void {}
  ready(): void {}
  done(): void {
    this.settled.resolve()
  }
  fail(_slot: number, kind: FailureKind, code: number): void {
    this.kind = kind
    this.code = code
    this.settled.resolve()
  }
  head(_slot: number, status: number, buffer: Uint8Array, start: number, end: number): void {
    this.status = status
    this.trailers(0, buffer, start, end)
  }
  body(_slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.parts.push(Buffer.from(buffer.subarray(start, end)))
  }
  trailers(_slot: number, buffer: Uint8Array, start: number, end: number): void {
    this.fields += Buffer.from(buffer.subarray(start, end)).toString('latin1')
  }
}
