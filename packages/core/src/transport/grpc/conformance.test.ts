import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { Http2Server, ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import * as grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import type { Prepared, TargetSession } from '../../engine/session.ts'
import { createCertificate } from '../../testing/certificate.ts'
import { grpcMessage } from '../../testing/http2-frames.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import type { RecordedExchange } from '../../testing/recording-exchange.ts'
import { ONE_CONNECTION, ask, sessionContext } from '../../testing/session-harness.ts'
import { createGrpcSession } from './create-grpc-session.ts'
import type { GrpcEngine, GrpcSessionOptions } from './create-grpc-session.ts'
import { decodeGrpcMessages, encodeGrpcMessage } from './grpc-message.ts'

/** What a call comes to, for this client and for `@grpc/grpc-js`. */
interface Result {
  readonly code: number
  readonly messages: readonly string[]
}

const ENGINES: readonly GrpcEngine[] = ['grpc-http2', 'grpc-node-http2']
const UNAVAILABLE = grpc.status.UNAVAILABLE
const same = (bytes: Buffer): Buffer => bytes

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

// A server on grpc-js

type Handlers = Readonly<Record<string, grpc.UntypedHandleCall>>
let cancelled = 0

function metadataOf(text: string): grpc.Metadata {
  const metadata = new grpc.Metadata()
  metadata.set('answer', text)
  return metadata
}

const HANDLERS: Handlers = {
  echo: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) =>
    callback(null, call.request),
  /** Fails with the status that the request names; answers when that is 0. */
  status: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
    const code = Number(call.request.toString())
    if (code === 0) callback(null, Buffer.from('fine'))
    else callback({ code, details: 'because – of ünïcode' })
  },
  statusAfterHeader: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
    call.sendMetadata(metadataOf('early'))
    callback({ code: Number(call.request.toString()), details: 'late' })
  },
  size: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) =>
    callback(null, Buffer.alloc(Number(call.request.toString()), 's')),
  never: (call: grpc.ServerUnaryCall<Buffer, Buffer>) => {
    call.on('cancelled', () => (cancelled += 1))
  },
  metadata: (call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
    const seen = ['key', 'key-bin', 'user-agent', 'grpc-timeout', 'authorization'].map((key) =>
      call.metadata.get(key).map((value) => (typeof value === 'string' ? value : value.toString('hex'))),
    )
    call.sendMetadata(metadataOf('header'))
    callback(
      null,
      Buffer.from(JSON.stringify([...seen, call.getDeadline() === Infinity])),
      metadataOf('trailer'),
    )
  },
  /** As many messages as the request says, then the status that it says. */
  many: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
    const [count = 0, code = 0] = call.request.toString().split(' ').map(Number)
    for (let index = 0; index < count; index++) call.write(Buffer.from(`message ${index}`))
    if (code === 0) call.end()
    else call.emit('error', { code, details: 'after the messages' })
  },
  bidi: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
    call.on('data', (message: Buffer) => call.write(message))
    call.on('end', () => call.end())
  },
  /** Answers the first message and ends, whatever else comes. */
  impatient: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
    call.once('data', (message: Buffer) => {
      call.write(message)
      call.end()
    })
  },
  sum: (call: grpc.ServerReadableStream<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>) => {
    let bytes = 0
    call.on('data', (message: Buffer) => (bytes += message.length))
    call.on('end', () => callback(null, Buffer.from(String(bytes))))
  },
}
const STREAMS: Readonly<Record<string, readonly [request: boolean, response: boolean]>> = {
  many: [false, true],
  bidi: [true, true],
  impatient: [true, true],
  sum: [true, false],
}

async function grpcServer(
  options: grpc.ServerOptions = {},
  secure: grpc.ServerCredentials = grpc.ServerCredentials.createInsecure(),
  listen = 0,
): Promise<{ readonly port: number; readonly server: grpc.Server }> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    ...options,
  })
  for (const [name, handler] of Object.entries(HANDLERS)) {
    const [requestStream, responseStream] = STREAMS[name] ?? [false, false]
    const type = requestStream
      ? responseStream
        ? 'bidi'
        : 'clientStream'
      : responseStream
        ? 'serverStream'
        : 'unary'
    // What `addService` does, without descriptions of messages: they are bytes here.
    server.register(`/test.Service/${name}`, handler as never, same, same, type)
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${listen}`, secure, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  cleanups.push(() => server.forceShutdown())
  return { port, server }
}

// The oracle

function oracle(port: number, secure?: grpc.ChannelCredentials): grpc.Client {
  const client = new grpc.Client(`127.0.0.1:${port}`, secure ?? grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    // It cannot check the name of a certificate against an address.
    ...(secure === undefined ? {} : { 'grpc.ssl_target_name_override': 'localhost' }),
  })
  cleanups.push(() => client.close())
  return client
}

function oracleUnary(
  client: grpc.Client,
  method: string,
  request: Buffer,
  timeout = 10_000,
): Promise<Result> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      `/test.Service/${method}`,
      same,
      same,
      request,
      { deadline: Date.now() + timeout },
      (error, response) =>
        resolve({ code: error?.code ?? 0, messages: error === null ? [String(response)] : [] }),
    )
  })
}

function oracleStream(client: grpc.Client, method: string, request: Buffer): Promise<Result> {
  return new Promise((resolve) => {
    const messages: string[] = []
    const call = client.makeServerStreamRequest(`/test.Service/${method}`, same, same, request)
    call.on('data', (message: Buffer) => messages.push(String(message)))
    call.on('error', () => {})
    call.on('status', ({ code }) => resolve({ code, messages }))
  })
}

// The client under test

interface Client {
  readonly session: TargetSession
  readonly exchange: RecordingExchange
  readonly prepared: readonly [Prepared, ...Prepared[]]
}

async function client(
  port: number,
  method: string,
  requests: readonly (Buffer | string)[],
  options: Partial<GrpcSessionOptions> & {
    readonly stream?: true
    readonly slots?: number
    readonly plan?: Partial<typeof ONE_CONNECTION>
    readonly maxResponseBytes?: number
  } = {},
): Promise<Client> {
  const { stream, slots = 64, plan = {}, maxResponseBytes = 16 * 1024 * 1024, ...rest } = options
  const exchange = new RecordingExchange(slots)
  const encoded = requests.map((request) => encodeGrpcMessage(Buffer.from(request)))
  const prepared = prepare(encoded) as [Prepared, ...Prepared[]]
  const context = sessionContext(exchange, prepared, {
    exchangeKind: stream === true ? 'stream' : 'unary',
    connections: { ...ONE_CONNECTION, streams: 100, ...plan },
    maxResponseBytes,
  })
  const session = await createGrpcSession(context, {
    url: `http://127.0.0.1:${port}`,
    path: `/test.Service/${method}`,
    ...rest,
  })
  cleanups.push(async () => {
    await session[Symbol.asyncDispose]()
    expect(exchange.violations).toEqual([])
    expect(exchange.openSlots).toBe(0)
  })
  await session.connect()
  return { session, exchange, prepared }
}

const first = ({ prepared: [request] }: Client): Prepared => request
const textOf = ({ messages }: RecordedExchange): string[] => messages.map(String)

/** The result in gRPC's terms, where this client says more than a status. */
function resultOf(recorded: RecordedExchange): Result {
  const { kind, code } = recorded
  switch (kind) {
    case FailureKind.none:
      return { code: 0, messages: textOf(recorded) }
    case FailureKind.grpcStatus:
      return { code, messages: textOf(recorded) }
    case FailureKind.aborted:
      return { code: STATUS_OF_RESET[code] ?? grpc.status.INTERNAL, messages: textOf(recorded) }
    case FailureKind.refused:
    case FailureKind.reset:
    case FailureKind.closed:
      return { code: UNAVAILABLE, messages: textOf(recorded) }
    default:
      return { code: -kind, messages: textOf(recorded) }
  }
}

/** RST_STREAM codes as statuses: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors */
const STATUS_OF_RESET: Readonly<Record<number, number>> = {
  7: grpc.status.UNAVAILABLE,
  8: grpc.status.CANCELLED,
  11: grpc.status.RESOURCE_EXHAUSTED,
  12: grpc.status.PERMISSION_DENIED,
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe.each(ENGINES)('%s against a grpc-js server', (engine) => {
  it('gets the same statuses as grpc-js', async () => {
    const { port } = await grpcServer()
    const peer = oracle(port)
    for (const method of ['status', 'statusAfterHeader']) {
      for (let code = method === 'status' ? 0 : 1; code <= 16; code++) {
        const under = await client(port, method, [String(code)], { engine })
        const expected = await oracleUnary(peer, method, Buffer.from(String(code)))
        const recorded = await ask(under.session, under.exchange, first(under))
        expect(expected.code).toBe(code)
        expect(resultOf(recorded)).toEqual(expected)
        const fields = recorded.head.toString() + recorded.trailers.toString()
        expect(fields).toContain(`grpc-status: ${code}\r\n`)
        if (method === 'status' && code > 0) {
          expect(fields).toContain('grpc-message: because%20%E2%80%93%20of%20%C3%BCn%C3%AFcode\r\n')
        }
      }
    }
  })

  it('gets UNIMPLEMENTED for a method that is not there', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'other', ['x'], { engine })
    const expected = await oracleUnary(oracle(port), 'other', Buffer.from('x'))
    expect(resultOf(await ask(under.session, under.exchange, first(under)))).toEqual(expected)
    expect(expected.code).toBe(grpc.status.UNIMPLEMENTED)
  })

  it('reports an exchange in the right order', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'echo', ['hello'], { engine })
    const recorded = await ask(under.session, under.exchange, first(under))
    expect(recorded).toMatchObject({ kind: FailureKind.none, status: 200, bytesIn: 5 })
    const order = recorded.calls.filter((call) => call !== 'body')
    expect(order).toEqual(['sent', 'firstByte', 'head', 'message(final)', 'trailers', 'done'])
  })

  it('carries messages of any size both ways', async () => {
    const { port } = await grpcServer()
    const sizes = [0, 1, 4095, 16_374, 16_379, 16_380, 16_384, 65_530, 65_536, 1_000_000, 8 * 1024 * 1024]
    const random = Buffer.from(
      Array.from({ length: 1 << 16 }, (_, index) => (index * 7 + (index >> 8)) & 255),
    )
    const requests = sizes.map((size) => Buffer.alloc(size, random))
    const under = await client(port, 'echo', requests, { engine })
    for (const [index, prepared] of under.prepared.entries()) {
      const recorded = await ask(under.session, under.exchange, prepared)
      expect(recorded).toMatchObject({ kind: FailureKind.none, bytesIn: sizes[index] })
      expect(recorded.messages[0]?.equals(requests[index] as Buffer)).toBe(true)
    }
    const expected = await oracleUnary(oracle(port), 'echo', requests.at(-1) as Buffer)
    expect(expected.messages[0]).toHaveLength(String(requests.at(-1)).length)
  }, 60_000)

  it('carries several large messages at once on one connection', async () => {
    const { port } = await grpcServer()
    const body = Buffer.alloc(6 * 1024 * 1024, 'large')
    const under = await client(port, 'echo', [body], { engine })
    const answers = await Promise.all(
      [0, 1, 2, 3].map((slot) => ask(under.session, under.exchange, first(under), { slot, limit: 20_000 })),
    )
    for (const { kind, messages } of answers) {
      expect(kind).toBe(FailureKind.none)
      expect(messages[0]?.equals(body)).toBe(true)
    }
  })

  it('carries many calls at once, also with patched payloads', async () => {
    const { port } = await grpcServer()
    const exchange = new RecordingExchange(64)
    const points = [{ offset: 3, length: 8, field: 'unit', encoding: 'decimal' } as const]
    const prepared = prepare([
      encodeGrpcMessage(Buffer.from('id=........;'), { patches: points }),
      encodeGrpcMessage(Buffer.from(`id=........;${'x'.repeat(100_000)}`), { patches: points }),
    ]) as [Prepared, Prepared]
    const [small, large] = prepared
    const context = sessionContext(exchange, prepared, {
      connections: { ...ONE_CONNECTION, count: 3, streams: 5 },
    })
    const session = await createGrpcSession(context, {
      url: `http://127.0.0.1:${port}`,
      path: '/test.Service/echo',
      engine,
    })
    cleanups.push(() => session[Symbol.asyncDispose]())
    await session.connect()
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, slot) =>
        ask(session, exchange, slot % 2 === 0 ? small : large, { slot, patch: patchOf(slot * 1000 + 1) }),
      ),
    )
    for (const [slot, recorded] of answers.entries()) {
      expect(recorded.kind).toBe(FailureKind.none)
      expect(textOf(recorded)[0]?.slice(0, 12)).toBe(`id=${String(slot * 1000 + 1).padEnd(8)};`)
      expect(recorded.calls.includes('connected')).toBe(slot >= 15)
    }
    expect(exchange.violations).toEqual([])
    expect(exchange.blocks).toContain(2)
    expect(exchange.blocks.at(-1)).toBe('ready')
  })

  it('sends metadata and a timeout, and shows what comes back', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'metadata', ['x'], {
      engine,
      metadata: { key: 'value', 'key-bin': Buffer.from([0, 1, 255]), authorization: 'Bearer x' },
      timeout: 20_000_000_000,
    })
    const recorded = await ask(under.session, under.exchange, first(under))
    const [key, binary, agent, , authorization, unlimited] = JSON.parse(
      textOf(recorded)[0] ?? '',
    ) as unknown[]
    expect([key, binary, agent, authorization]).toEqual([['value'], ['0001ff'], ['servebench'], ['Bearer x']])
    expect(unlimited).toBe(false)
    expect(recorded.head.toString()).toContain('answer: header\r\n')
    expect(recorded.trailers.toString()).toContain('answer: trailer\r\n')
  })

  it('gives up an answer that is too large, and goes on with others', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'size', ['2000', '1000'], { engine, maxResponseBytes: 1000 })
    const [large, small] = under.prepared as readonly [Prepared, Prepared]
    expect(await ask(under.session, under.exchange, large)).toMatchObject({
      kind: FailureKind.tooLarge,
      code: 0,
    })
    expect(await ask(under.session, under.exchange, small)).toMatchObject({
      kind: FailureKind.none,
      bytesIn: 1000,
    })
    expect(under.session.statistics().connectionsOpened).toBe(1)
  })

  it('reads large answers through small windows', async () => {
    const { port } = await grpcServer()
    const limits = { streamWindow: 1000, connectionWindow: 65_535 }
    const under = await client(port, 'size', ['1000000'], { engine, limits })
    const answers = await Promise.all(
      [0, 1, 2, 3].map((slot) => ask(under.session, under.exchange, first(under), { slot })),
    )
    for (const recorded of answers)
      expect(recorded).toMatchObject({ kind: FailureKind.none, bytesIn: 1_000_000 })
  })

  it('cancels: settled at once, and the server learns of it', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'never', ['x'], { engine })
    const before = cancelled
    under.exchange.expect(0)
    const settlement = under.exchange.settlement(0)
    under.session.open(0, first(under), patchOf(0))
    await until(() => under.exchange.calls(0).includes('sent'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    under.session.cancel(0)
    expect(under.exchange.openSlots).toBe(0)
    expect(await settlement).toMatchObject({ kind: FailureKind.cancelled })
    under.session.cancel(0)
    await until(() => cancelled === before + 1)
    // For the caller of grpc-js, too, only a deadline ends this call.
    expect((await oracleUnary(oracle(port), 'never', Buffer.from('x'), 50)).code).toBe(
      grpc.status.DEADLINE_EXCEEDED,
    )
  })

  it('tells the server its deadline, which the server keeps', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'never', ['x'], { engine, timeout: 30_000_000 })
    const recorded = await ask(under.session, under.exchange, first(under))
    // grpc-js servers answer DEADLINE_EXCEEDED or reset the stream.
    expect([FailureKind.grpcStatus, FailureKind.aborted]).toContain(recorded.kind)
  })

  it('reads streams of 0 to 1000 messages', async () => {
    const { port } = await grpcServer()
    const peer = oracle(port)
    for (const request of ['0', '1', '2', '100', '1000', '3 5', '0 9']) {
      const under = await client(port, 'many', [request], { engine, responses: 'stream' })
      const recorded = await ask(under.session, under.exchange, first(under))
      expect(resultOf(recorded)).toEqual(await oracleStream(peer, 'many', Buffer.from(request)))
      expect(recorded.messages).toHaveLength(Number(request.split(' ')[0]))
    }
  })

  it('echoes a stream of messages both ways', async () => {
    const { port } = await grpcServer()
    const requests = ['one', 'two', 'x'.repeat(70_000), '', 'five']
    const under = await client(port, 'bidi', requests, { engine, stream: true })
    under.exchange.expect(0)
    const settlement = under.exchange.settlement(0)
    under.session.open(0, first(under), patchOf(0))
    for (const prepared of under.prepared.slice(1)) under.session.write(0, prepared, patchOf(0))
    under.session.end(0)
    const recorded = await settlement
    expect(recorded.kind).toBe(FailureKind.none)
    expect(textOf(recorded)).toEqual(requests)
    expect(recorded.calls.filter((call) => call === 'sent')).toHaveLength(1)
  })

  it('plays ping-pong on a stream', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'bidi', ['ping'], { engine, stream: true })
    let rounds = 1
    under.exchange.onMessage = () => {
      if (rounds === 50) under.session.end(0)
      else under.session.write(0, first(under), patchOf((rounds += 1)))
    }
    const recorded = await ask(under.session, under.exchange, first(under))
    expect(recorded.kind).toBe(FailureKind.none)
    expect(recorded.messages).toHaveLength(50)
  })

  it('writes faster than the server reads: nothing is lost', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'sum', ['y'.repeat(100_000)], {
      engine,
      stream: true,
      responses: 'single',
    })
    under.exchange.expect(0)
    const settlement = under.exchange.settlement(0)
    under.session.open(0, first(under), patchOf(0))
    for (let index = 1; index < 200; index++) under.session.write(0, first(under), patchOf(0))
    under.session.end(0)
    expect(textOf(await settlement)).toEqual(['20000000'])
  })

  it('takes an answer that comes before the request is complete', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'impatient', ['first'], { engine, stream: true })
    const recorded = await ask(under.session, under.exchange, first(under))
    expect(recorded).toMatchObject({ kind: FailureKind.none })
    expect(textOf(recorded)).toEqual(['first'])
    // Nobody waits for these any more.
    under.session.write(0, first(under), patchOf(0))
    under.session.end(0)
    expect((await ask(under.session, under.exchange, first(under))).kind).toBe(FailureKind.none)
  })

  it('sends what was written before a stream was free', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'bidi', ['a', 'b'], { engine, stream: true, plan: { streams: 1 } })
    const [, second] = under.prepared as readonly [Prepared, Prepared]
    const settlements = [0, 1, 2].map((slot) => under.exchange.settlement(under.exchange.expect(slot)))
    for (const slot of [0, 1, 2]) {
      under.session.open(slot, first(under), patchOf(0))
      under.session.write(slot, second, patchOf(0))
      under.session.end(slot)
    }
    for (const recorded of await Promise.all(settlements)) expect(textOf(recorded)).toEqual(['a', 'b'])
  })

  it('opens a connection for each request when asked to', async () => {
    const { port } = await grpcServer()
    const under = await client(port, 'echo', ['x'], {
      engine,
      plan: { reuse: 'per-request', count: 2, streams: 100 },
    })
    const answers = await Promise.all(
      [0, 1, 2, 3, 4].map((slot) => ask(under.session, under.exchange, first(under), { slot })),
    )
    for (const recorded of answers) {
      expect(recorded.kind).toBe(FailureKind.none)
      expect(recorded.calls[0]).toBe('connected')
    }
    expect(under.session.statistics()).toMatchObject({ connectionsOpened: 5, connectionsClosed: 0 })
  })

  it('connects on demand, and no more than needed', async () => {
    const { port } = await grpcServer()
    const plan = { open: 'on-demand', count: 8, streams: 2 } as const
    const under = await client(port, 'echo', ['x'], { engine, plan })
    expect(under.session.statistics().connectionsOpened).toBe(0)
    await Promise.all([0, 1, 2].map((slot) => ask(under.session, under.exchange, first(under), { slot })))
    expect(under.session.statistics().connectionsOpened).toBe(2)
    await ask(under.session, under.exchange, first(under))
    expect(under.session.statistics().connectionsOpened).toBe(2)
  })

  it('keeps to the number of streams that the server allows', async () => {
    const { port } = await grpcServer({ 'grpc.max_concurrent_streams': 3 })
    const under = await client(port, 'echo', ['x'], { engine })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, slot) => ask(under.session, under.exchange, first(under), { slot })),
    )
    expect(answers.every(({ kind }) => kind === FailureKind.none)).toBe(true)
    expect(answers.filter(({ calls }) => calls.includes('connected'))).toHaveLength(17)
  })

  it('speaks TLS', async () => {
    const certificate = createCertificate({ name: 'server', names: ['127.0.0.1', 'localhost'] })
    const pair = { cert_chain: Buffer.from(certificate.cert), private_key: Buffer.from(certificate.key) }
    const { port } = await grpcServer({}, grpc.ServerCredentials.createSsl(null, [pair]))
    const peer = oracle(port, grpc.credentials.createSsl(Buffer.from(certificate.cert)))
    const request = Buffer.alloc(100_000, 'tls')
    const under = await client(port, 'echo', [request], {
      engine,
      url: `https://127.0.0.1:${port}`,
      tls: { ca: certificate.cert },
    })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, slot) => ask(under.session, under.exchange, first(under), { slot })),
    )
    const expected = await oracleUnary(peer, 'echo', request)
    for (const recorded of answers) {
      expect(resultOf(recorded)).toEqual(expected)
      expect(recorded.calls[0]).toBe('sent')
    }
    const { connectNanos, handshakeNanos } = under.session.statistics()
    expect(handshakeNanos).toBeGreaterThan(0)
    expect(connectNanos).toBeGreaterThan(handshakeNanos)
  })

  it('finishes what is in flight when the server shuts down, and connects to the next one', async () => {
    const { port, server } = await grpcServer()
    const under = await client(port, 'bidi', ['x'], { engine, stream: true })
    under.exchange.expect(0)
    const settlement = under.exchange.settlement(0)
    under.session.open(0, first(under), patchOf(0))
    await until(() => under.exchange.calls(0).includes('message'))
    const shutDown = new Promise<unknown>((resolve) => server.tryShutdown(resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    under.session.write(0, first(under), patchOf(0))
    under.session.end(0)
    expect(await settlement).toMatchObject({ kind: FailureKind.none, messages: { length: 2 } })
    await shutDown
    await until(() => under.session.statistics().connectionsClosed === 1)

    await grpcServer({}, grpc.ServerCredentials.createInsecure(), port)
    under.exchange.expect(1)
    const next = under.exchange.settlement(1)
    under.session.open(1, first(under), patchOf(0))
    under.session.end(1)
    expect(await next).toMatchObject({ kind: FailureKind.none })
    expect(under.session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 1 })
  })
})

// A server that does what grpc-js never does

type Behaviour = (stream: ServerHttp2Stream, socket: Socket) => void

async function http2Server(
  behave: Behaviour,
): Promise<{ readonly port: number; readonly server: Http2Server }> {
  const server = createServer()
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('sessionError', () => {})
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    behave(stream, stream.session?.socket as unknown as Socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server }
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }

function answerWith(body: Buffer, trailers: Readonly<Record<string, string>>): Behaviour {
  return (stream) => {
    stream.respond(HEAD, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end(body)
  }
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'trailers only': (stream) =>
    stream.respond({ ...HEAD, 'grpc-status': '7', 'grpc-message': 'no' }, { endStream: true }),
  'an unusual status': answerWith(Buffer.alloc(0), { 'grpc-status': '42' }),
  'HTTP 404': (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
  'HTTP 503 with a page': (stream) => {
    stream.respond({ ':status': 503, 'content-type': 'text/html' })
    stream.end('<html>no</html>')
  },
  'HTTP 401 with a gRPC status': (stream) =>
    stream.respond(
      { ':status': 401, 'content-type': 'application/grpc', 'grpc-status': '3' },
      { endStream: true },
    ),
  'RST_STREAM REFUSED_STREAM': (stream) => stream.close(7),
  'RST_STREAM CANCEL': (stream) => stream.close(8),
  'RST_STREAM ENHANCE_YOUR_CALM': (stream) => stream.close(11),
  'RST_STREAM INADEQUATE_SECURITY': (stream) => stream.close(12),
  'RST_STREAM INTERNAL_ERROR': (stream) => stream.close(2),
  'RST_STREAM after the header': (stream) => {
    stream.respond(HEAD)
    stream.write(grpcMessage('partial').subarray(0, 8), () => stream.destroy(new Error('a defect')))
  },
  'the connection ends without an answer': (_, socket) => socket.destroy(),
  'the connection ends in the middle of a message': (stream, socket) => {
    stream.respond(HEAD)
    stream.write(grpcMessage(Buffer.alloc(1000)).subarray(0, 500), () =>
      setTimeout(() => socket.destroy(), 20),
    )
  },
  'interim headers': (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '<x>' })
    answerWith(grpcMessage('x'), { 'grpc-status': '0' })(stream, undefined as never)
  },
}

describe.each(ENGINES)('%s against an HTTP/2 server', (engine) => {
  it.each(Object.entries(BEHAVIOURS))('%s: the same as grpc-js', async (_, behave) => {
    const { port } = await http2Server(behave)
    const under = await client(port, 'x', ['x'], { engine })
    const result = resultOf(await ask(under.session, under.exchange, first(under)))
    const expected = await oracleUnary(oracle(port), 'x', Buffer.from('x'))
    expect({ ...result, messages: result.code === 0 ? result.messages : [] }).toEqual(expected)
  })

  it.each([
    ['no trailers', (stream: ServerHttp2Stream) => (stream.respond(HEAD), stream.end(grpcMessage('x')))],
    ['trailers without a status', answerWith(grpcMessage('x'), { other: 'x' })],
    ['no message', answerWith(Buffer.alloc(0), { 'grpc-status': '0' })],
    ['two messages', answerWith(Buffer.concat([grpcMessage('x'), grpcMessage('y')]), { 'grpc-status': '0' })],
    ['a message that is cut off', answerWith(grpcMessage('xyz').subarray(0, 6), { 'grpc-status': '0' })],
    [
      'a web page',
      (stream: ServerHttp2Stream) => (
        stream.respond({ ':status': 200, 'content-type': 'text/html' }),
        stream.end('<html>')
      ),
    ],
  ] as readonly (readonly [string, Behaviour])[])(
    '%s is a violation of the protocol, which grpc-js does not accept either',
    async (_, behave) => {
      const { port } = await http2Server(behave)
      const under = await client(port, 'x', ['x'], { engine })
      const recorded = await ask(under.session, under.exchange, first(under))
      expect(recorded.kind).toBe(FailureKind.protocol)
      expect(recorded.code).toBe(0)
      // After two messages it waits until its deadline.
      expect((await oracleUnary(oracle(port), 'x', Buffer.from('x'), 500)).code).not.toBe(0)
    },
  )

  it('leaves compressed answers to the codec', async () => {
    const text = Buffer.alloc(50_000, 's')
    const { port } = await http2Server((stream) => {
      stream.respond({ ...HEAD, 'grpc-encoding': 'gzip' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(grpcMessage(gzipSync(text), 1))
    })
    const under = await client(port, 'x', ['x'], { engine, acceptEncoding: 'gzip' })
    const recorded = await ask(under.session, under.exchange, first(under))
    expect(recorded.kind).toBe(FailureKind.none)
    expect(recorded.bytesIn).toBeLessThan(1000)
    expect(decodeGrpcMessages(recorded, 100_000).map((message) => Buffer.from(message).equals(text))).toEqual(
      [true],
    )
  })

  it('does not take a compressed message when the server names no compression', async () => {
    const { port } = await http2Server(answerWith(grpcMessage('x', 1), { 'grpc-status': '0' }))
    const under = await client(port, 'x', ['x'], { engine })
    expect((await ask(under.session, under.exchange, first(under))).kind).toBe(FailureKind.protocol)
  })

  it('a server that goes away: later requests use a new connection', async () => {
    let seen = 0
    const { port } = await http2Server((stream, socket) => {
      seen += 1
      if (seen === 3) stream.session?.goaway(0)
      answerWith(grpcMessage(String(seen)), { 'grpc-status': '0' })(stream, socket)
    })
    const under = await client(port, 'x', ['x'], { engine })
    const answers: string[] = []
    for (let index = 0; index < 6; index++) {
      const recorded = await ask(under.session, under.exchange, first(under))
      expect(recorded.kind).toBe(FailureKind.none)
      answers.push(...textOf(recorded))
    }
    expect(answers).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(under.session.statistics().connectionsOpened).toBe(2)
  })

  it('replaces connections that are lost, and spreads over all of them', async () => {
    const seen = new Set<Socket>()
    let requests = 0
    const { port } = await http2Server((stream, socket) => {
      seen.add(socket)
      requests += 1
      if (requests === 5) socket.destroy()
      else answerWith(grpcMessage('x'), { 'grpc-status': '0' })(stream, socket)
    })
    const under = await client(port, 'x', ['x'], { engine, plan: { count: 3 } })
    expect(under.session.statistics().connectionsOpened).toBe(3)
    for (let index = 0; index < 12; index++) await ask(under.session, under.exchange, first(under))
    await until(() => under.session.statistics().connectionsOpened === 4)
    for (let index = 0; index < 12; index++) await ask(under.session, under.exchange, first(under))
    expect(seen.size).toBe(4)
    expect(under.session.statistics()).toMatchObject({ connectionsOpened: 4, connectionsClosed: 1 })
  })

  it('nobody listens: the same as grpc-js, and a clear error before the load', async () => {
    const { port, server } = await http2Server(() => {})
    server.close()
    await once(server, 'close')
    await expect(client(port, 'x', ['x'], { engine })).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_REFUSED',
    })
    const under = await client(port, 'x', ['x'], { engine, plan: { open: 'on-demand' } })
    const answers = await Promise.all(
      [0, 1, 2].map((slot) => ask(under.session, under.exchange, first(under), { slot })),
    )
    expect(answers.map(resultOf)).toEqual(
      Array.from({ length: 3 }, () => ({ code: UNAVAILABLE, messages: [] })),
    )
    expect(under.session.statistics().connectionsFailed).toBeGreaterThan(0)
    expect((await oracleUnary(oracle(port), 'x', Buffer.from('x'))).code).toBe(UNAVAILABLE)
  })

  it('a server without HTTP/2 is a clear error', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanups.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const code = engine === 'grpc-http2' ? 'SERVEBENCH_TARGET_NOT_HTTP2' : /^SERVEBENCH_TARGET_/
    await expect(client(port, 'x', ['x'], { engine })).rejects.toMatchObject({
      code: typeof code === 'string' ? code : expect.stringMatching(code),
    })
  })
})
