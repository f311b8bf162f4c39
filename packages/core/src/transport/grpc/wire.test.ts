import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Secret } from '../../dsl/secret.ts'
import { FailureKind } from '../../engine/outcome.ts'
import type { ConnectionPlan, Prepared } from '../../engine/session.ts'
import { createCertificate } from '../../testing/certificate.ts'
import {
  SETTINGS_ACK,
  dataFrame,
  framesIn,
  goawayFrame,
  grpcMessage,
  headersFrame,
  settingsFrame,
  windowUpdateFrame,
} from '../../testing/http2-frames.ts'
import type { WireFrame } from '../../testing/http2-frames.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import type { RecordedExchange } from '../../testing/recording-exchange.ts'
import { ScriptServer, turn } from '../../testing/script-server.ts'
import type { Script, ScriptPeer } from '../../testing/script-server.ts'
import { ONE_CONNECTION, ask, sessionContext } from '../../testing/session-harness.ts'
import { ErrorCode, Flag, FrameType, MAX_WINDOW } from '../http2/frame.ts'
import { HpackDecoder } from '../http2/hpack-decoder.ts'
import { createGrpcSession } from './create-grpc-session.ts'
import type { GrpcSessionOptions } from './create-grpc-session.ts'
import { encodeGrpcMessage } from './grpc-message.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  delete process.env['SERVEBENCH_TEST_KEY']
})

async function serve(script: Script, tls?: Parameters<typeof ScriptServer.start>[1]): Promise<ScriptServer> {
  const server = await ScriptServer.start(script, tls)
  cleanups.push(async () => {
    await server[Symbol.asyncDispose]()
    expect(server.errors).toEqual([])
  })
  return server
}

async function client(
  server: ScriptServer,
  options: Partial<GrpcSessionOptions> & {
    readonly plan?: Partial<ConnectionPlan>
    readonly body?: Buffer
  } = {},
) {
  const { plan, body = Buffer.from('hi'), ...rest } = options
  const exchange = new RecordingExchange(8)
  const prepared = prepare([encodeGrpcMessage(body)]) as [Prepared]
  const connections = { ...ONE_CONNECTION, streams: 8, ...plan }
  const session = await createGrpcSession(sessionContext(exchange, prepared, { connections }), {
    url: `http://127.0.0.1:${server.port}`,
    path: '/s/m',
    ...rest,
  })
  cleanups.push(async () => {
    await session[Symbol.asyncDispose]()
    expect(exchange.violations).toEqual([])
  })
  const [request] = prepared
  return {
    session,
    exchange,
    open: (slot = 0): Promise<RecordedExchange> => {
      exchange.expect(slot)
      const settlement = exchange.settlement(slot)
      session.open(slot, request, patchOf(0))
      return settlement
    },
    ask: (slot = 0): Promise<RecordedExchange> => ask(session, exchange, request, { slot }),
  }
}

/** Waits until the client has sent what the test looks for. */
async function sent(peer: ScriptPeer, found: (frames: readonly WireFrame[]) => boolean): Promise<void> {
  while (!found(framesIn(peer.received))) await turn()
}
const requests = (frames: readonly WireFrame[]): number =>
  frames.filter(({ flags, type }) => type === FrameType.data && (flags & Flag.endStream) !== 0).length

function answer(id: number): Buffer {
  return Buffer.concat([
    headersFrame(id, [
      [':status', '200'],
      ['content-type', 'application/grpc'],
    ]),
    dataFrame(id, grpcMessage('yes')),
    headersFrame(id, [['grpc-status', '0']], Flag.endHeaders | Flag.endStream),
  ])
}

const SETTLED = { kind: FailureKind.none, bytesIn: 3 }

describe('on the wire', () => {
  it('a call is exactly this', async () => {
    let seen: readonly WireFrame[] = []
    const server = await serve(async (peer) => {
      await peer.write(settingsFrame())
      for (const id of [1, 3]) {
        await sent(peer, (frames) => requests(frames) === (id + 1) / 2)
        seen = framesIn(peer.received)
        await peer.write(answer(id))
      }
    })
    const { session, ask } = await client(server, { metadata: { key: 'value' }, authority: 'model' })
    await session.connect()
    expect(await ask()).toMatchObject(SETTLED)
    expect(await ask()).toMatchObject(SETTLED)
    expect(seen.map(({ type, flags, id }) => [type, flags, id])).toEqual([
      [FrameType.settings, 0, 0],
      [FrameType.windowUpdate, 0, 0],
      [FrameType.settings, Flag.ack, 0],
      [FrameType.headers, Flag.endHeaders, 1],
      [FrameType.data, Flag.endStream, 1],
      [FrameType.headers, Flag.endHeaders, 3],
      [FrameType.data, Flag.endStream, 3],
    ])
    const [first, message, second] = seen.slice(3).map(({ payload }) => payload) as [Buffer, Buffer, Buffer]
    const decoder = new HpackDecoder()
    const fields = [
      { name: ':method', value: 'POST' },
      { name: ':scheme', value: 'http' },
      { name: ':path', value: '/s/m' },
      { name: ':authority', value: 'model' },
      { name: 'te', value: 'trailers' },
      { name: 'content-type', value: 'application/grpc' },
      { name: 'user-agent', value: 'servebench' },
      { name: 'key', value: 'value' },
    ]
    expect(decoder.decode(first, 0, first.length, 1000)).toEqual(fields)
    expect(decoder.decode(second, 0, second.length, 1000)).toEqual(fields)
    expect(second).toHaveLength(fields.length)
    expect(message.toString('hex')).toBe('00000000026869')
  })

  it('an answer may arrive in any pieces', async () => {
    const bytes = answer(1)
    for (let cut = 1; cut < bytes.length; cut++) {
      const server = await serve(async (peer) => {
        await peer.write(settingsFrame())
        await sent(peer, (frames) => requests(frames) === 1)
        await peer.write(bytes.subarray(0, cut))
        await peer.write(bytes.subarray(cut))
      })
      const { session, ask } = await client(server)
      await session.connect()
      expect(await ask()).toMatchObject(SETTLED)
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
    }
  })

  it('a server that does not read holds a request back: it is sent when the system has its last byte', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'x')
    let resume = (): void => {}
    const server = await serve(async (peer) => {
      await peer.write(
        Buffer.concat([settingsFrame([4, MAX_WINDOW]), windowUpdateFrame(0, MAX_WINDOW - 65_535)]),
      )
      peer.pause()
      resume = () => peer.resume()
      while (peer.received.length < body.length) await turn()
      await peer.write(answer(1))
    })
    const { session, exchange, open } = await client(server, { body })
    await session.connect()
    await turn()
    const settlement = open()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(exchange.calls(0)).toEqual([])
    resume()
    const recorded = await settlement
    expect(recorded).toMatchObject(SETTLED)
    expect(recorded.calls[0]).toBe('sent')
  })

  it('a call that is held back can be cancelled', async () => {
    const server = await serve(async (peer) => {
      await peer.write(settingsFrame())
      await sent(peer, (frames) => frames.some(({ type }) => type === FrameType.rstStream))
      await sent(peer, (frames) => requests(frames) === 1)
      await peer.write(answer(3))
    })
    const { session, exchange, open } = await client(server, { body: Buffer.alloc(60_000) })
    await session.connect()
    const first = open(0)
    const second = open(1)
    session.cancel(1)
    expect((await second).kind).toBe(FailureKind.cancelled)
    session.cancel(0)
    expect((await first).kind).toBe(FailureKind.cancelled)
    expect(exchange.openSlots).toBe(0)
  })
})

describe('connections that fail', () => {
  it.each([
    ['ends', (peer: ScriptPeer) => peer.end()],
    ['is reset', (peer: ScriptPeer) => peer.reset()],
  ])('one that %s before it is usable', async (_, close) => {
    const server = await serve((peer) => close(peer))
    const before = await client(server)
    await expect(before.session.connect()).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_CLOSED' })
    const later = await client(server, { plan: { open: 'on-demand' } })
    expect([FailureKind.closed, FailureKind.reset]).toContain((await later.ask()).kind)
    expect(later.session.statistics()).toMatchObject({ connectionsOpened: 0, connectionsFailed: 1 })
  })

  it('one whose server never answers the preface', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = await serve(async (peer) => peer.ended())
    const { session, open, exchange } = await client(server)
    const ready = expect(session.connect()).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_TIMEOUT' })
    while (server.connections === 0) await turn()
    vi.advanceTimersByTime(10_000)
    await ready
    const settlement = open()
    while (server.connections === 1) await turn()
    vi.advanceTimersByTime(10_000)
    expect((await settlement).kind).toBe(FailureKind.unreachable)
    expect(exchange.openSlots).toBe(0)
  })

  it('one that speaks another protocol', async () => {
    const server = await serve(async (peer) => peer.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { session } = await client(server)
    await expect(session.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_NOT_HTTP2',
      message: expect.stringContaining('HTTP/1') as string,
    })
    const garbage = await serve(async (peer) => peer.write(Buffer.alloc(100, 0xee)))
    await expect((await client(garbage)).session.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_NOT_HTTP2',
    })
  })

  it.each([
    ['end', FailureKind.closed],
    ['reset', FailureKind.reset],
  ] as const)('one with an answer under way: %s', async (how, kind) => {
    const server = await serve(async (peer) => {
      await peer.write(settingsFrame())
      await sent(peer, (frames) => requests(frames) === 2)
      await peer.write(answer(1).subarray(0, 30))
      await peer[how]()
    })
    const { session, open } = await client(server)
    await session.connect()
    const settlements = [open(0), open(1)]
    for (const settlement of settlements) expect((await settlement).kind).toBe(kind)
    expect(session.statistics().connectionsClosed).toBe(1)
  })

  it('an idle one that the server closes just as it is used again', async () => {
    let close = async (): Promise<void> => {}
    const server = await serve(async (peer, connection) => {
      await peer.write(settingsFrame())
      await sent(peer, (frames) => requests(frames) === 1)
      await peer.write(answer(1))
      if (connection === 0) close = () => peer.end()
    })
    const { session, ask, open } = await client(server)
    await session.connect()
    expect(await ask()).toMatchObject(SETTLED)
    await turn()
    const closing = close()
    const settlement = open()
    await closing
    expect((await settlement).kind).toBe(FailureKind.staleConnection)
    expect(await ask()).toMatchObject(SETTLED)
    expect(session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 1 })
  })

  it('one whose server breaks the protocol: it is told why, and the next exchange has a new one', async () => {
    const told: (number | undefined)[] = []
    const server = await serve(async (peer, connection) => {
      await peer.write(Buffer.concat([settingsFrame(), SETTINGS_ACK]))
      await sent(peer, (frames) => requests(frames) === 1)
      await peer.write(connection === 0 ? dataFrame(7, 'never asked for') : answer(1))
      await peer.ended()
      told.push(
        framesIn(peer.received)
          .find(({ type }) => type === FrameType.goaway)
          ?.payload.readUInt32BE(4),
      )
    })
    const { session, ask } = await client(server)
    await session.connect()
    expect(await ask()).toMatchObject({ kind: FailureKind.protocol, code: 0 })
    expect(await ask()).toMatchObject(SETTLED)
    while (told.length === 0) await turn()
    expect(told).toEqual([ErrorCode.protocolError])
    expect(session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 0 })
  })

  it('one that the server leaves: what it has not seen is aborted, the rest goes on', async () => {
    const server = await serve(async (peer, connection) => {
      await peer.write(settingsFrame())
      if (connection === 0) {
        await sent(peer, (frames) => requests(frames) === 3)
        await peer.write(goawayFrame(3, ErrorCode.noError))
        await peer.write(answer(3))
        await peer.write(answer(1))
      } else {
        await sent(peer, (frames) => requests(frames) === 1)
        await peer.write(answer(1))
      }
    })
    const { session, open, ask } = await client(server)
    await session.connect()
    const [first, second, third] = await Promise.all([open(0), open(1), open(2)])
    expect(first).toMatchObject(SETTLED)
    expect(second).toMatchObject(SETTLED)
    expect(third).toMatchObject({ kind: FailureKind.aborted, code: 0 })
    expect(await ask()).toMatchObject(SETTLED)
    expect(session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 1 })
  })
})

describe('stream ids', () => {
  it('that are used up mean a new connection, and no failure', async () => {
    let connections = 0
    const server = await serve(async (peer) => {
      connections += 1
      await peer.write(settingsFrame())
      for (let id = 1; id <= 5; id += 2) {
        await sent(peer, (frames) => requests(frames) === (id + 1) / 2)
        await peer.write(answer(id))
      }
    })
    const { session, ask } = await client(server, { limits: { maxStreamId: 5 } })
    await session.connect()
    for (let round = 0; round < 9; round++) expect(await ask()).toMatchObject(SETTLED)
    // The replacement is opened ahead, when the last stream is started.
    while (session.statistics().connectionsOpened < 4) await turn()
    expect(connections).toBe(4)
    expect(session.statistics()).toMatchObject({ connectionsOpened: 4, connectionsClosed: 0 })
  })
})

describe('TLS', () => {
  const authority = createCertificate({ name: 'test authority' })
  const own = createCertificate({ name: 'server', names: ['127.0.0.1'], issuer: authority })
  const user = createCertificate({ name: 'client', issuer: authority })
  const script: Script = async (peer) => {
    await peer.write(settingsFrame())
    await sent(peer, (frames) => requests(frames) === 1)
    await peer.write(answer(1))
  }
  const material = { cert: own.cert, key: own.key, ALPNProtocols: ['h2'] }
  const url = (server: ScriptServer): string => `https://127.0.0.1:${server.port}`
  function keyOf(key: string): Secret {
    process.env['SERVEBENCH_TEST_KEY'] = key
    return { secret: 'env', name: 'SERVEBENCH_TEST_KEY' }
  }

  it('carries calls', async () => {
    const server = await serve(script, material)
    const { session, ask } = await client(server, { url: url(server), tls: { ca: authority.cert } })
    await session.connect()
    const recorded = await ask()
    expect(recorded).toMatchObject(SETTLED)
    expect(recorded.calls[0]).toBe('sent')
  })

  it('needs h2', async () => {
    for (const ALPNProtocols of [['http/1.1'], undefined]) {
      const server = await serve(script, {
        cert: own.cert,
        key: own.key,
        ...(ALPNProtocols && { ALPNProtocols }),
      })
      const { session } = await client(server, { url: url(server), tls: { ca: authority.cert } })
      await expect(session.connect()).rejects.toMatchObject({
        code: expect.stringMatching(/^SERVEBENCH_TARGET_(NOT_HTTP2|TLS)$/) as string,
      })
    }
  })

  it('needs a certificate that is trusted, unless told otherwise', async () => {
    const server = await serve(script, material)
    const strict = await client(server, { url: url(server) })
    await expect(strict.session.connect()).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_TLS' })
    const lenient = await client(server, { url: url(server), tls: { insecure: true } })
    await lenient.session.connect()
    expect(await lenient.ask()).toMatchObject(SETTLED)
  })

  it('shows the client certificate', async () => {
    const server = await serve(script, {
      ...material,
      requestCert: true,
      rejectUnauthorized: true,
      ca: [authority.cert],
    })
    const tls = { ca: authority.cert }
    const without = await client(server, { url: url(server), tls })
    await expect(without.session.connect()).rejects.toMatchObject({
      code: expect.stringMatching(/^SERVEBENCH_TARGET_/) as string,
    })
    const withKey = await client(server, {
      url: url(server),
      tls: { ...tls, cert: user.cert, key: keyOf(user.key) },
    })
    await withKey.session.connect()
    expect(await withKey.ask()).toMatchObject(SETTLED)
  })
})

describe('mistakes of the caller', () => {
  const create = (options: Partial<GrpcSessionOptions>, bytes: Buffer = Buffer.from('0000000000', 'hex')) =>
    createGrpcSession(sessionContext(new RecordingExchange(1), prepare([{ bytes }])), {
      url: 'http://127.0.0.1:1',
      path: '/s/m',
      ...options,
    })

  it.each([
    {
      name: 'a payload that is not framed',
      code: 'SERVEBENCH_GRPC_PAYLOAD',
      options: {},
      bytes: Buffer.from('no'),
    },
    { name: 'a wrong path', code: 'SERVEBENCH_GRPC_PATH', options: { path: 's.m' } },
    { name: 'wrong metadata', code: 'SERVEBENCH_VALIDATION', options: { metadata: { 'grpc-x': 'y' } } },
    {
      name: 'a missing secret',
      code: 'SERVEBENCH_SECRET',
      options: { metadata: { key: { secret: 'env', name: 'NO_SUCH_NAME' } as const } },
    },
    { name: 'a wrong URL', code: 'SERVEBENCH_URL', options: { url: 'grpc://x' } },
  ])('$name', async ({ code, options, bytes }) => {
    await expect(create(options, bytes)).rejects.toMatchObject({ code })
  })
})
