import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { BlockedReason, FailureKind } from '../../engine/outcome.ts'
import type { ConnectionPlan, Prepared, SessionContext, TargetSession } from '../../engine/session.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import type { RecordedExchange } from '../../testing/recording-exchange.ts'
import { ScriptServer, turn } from '../../testing/script-server.ts'
import type { Script, ScriptPeer } from '../../testing/script-server.ts'
import { ask, ONE_CONNECTION, sessionContext } from '../../testing/session-harness.ts'
import { Dialer } from '../socket/dialer.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import type { AnswerObserver } from './answer-observer.ts'
import type { Connection } from './connection.ts'
import { createHttpSession } from './create-http-session.ts'
import type { HttpEngine } from './create-http-session.ts'
import { HttpSession } from './http-session.ts'

const ENGINES: readonly HttpEngine[] = ['http1-raw', 'http1-undici']
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const { none, cancelled, closed, httpStatus, refused, staleConnection } = FailureKind

const [GET, LARGE] = prepare([
  { bytes: Buffer.from('GET /a HTTP/1.1\r\nhost: x\r\n\r\n') },
  {
    bytes: Buffer.concat([
      Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 16000000\r\n\r\n'),
      Buffer.alloc(16_000_000, 'a'),
    ]),
  },
]) as [Prepared, Prepared]

const answerAll: Script = async (peer) => {
  while ((await peer.request()) !== null) await peer.write(OK)
}
const FIVE: ConnectionPlan = { ...ONE_CONNECTION, count: 5 }

describe.each(ENGINES)('%s', (engine) => {
  it('uses one connection for one exchange after another, also when the next is opened inside the settlement', async () => {
    await using fixture = await Fixture.start(engine, answerAll)
    const { exchange, session } = fixture
    let left = 50
    const finished = Promise.withResolvers<void>()
    exchange.onSettled = () => {
      left -= 1
      if (left === 0) finished.resolve()
      else session.open(exchange.expect(0), GET, patchOf(0))
    }
    session.open(exchange.expect(0), GET, patchOf(0))
    await finished.promise
    expect(fixture.server.connections).toBe(1)
    expect(session.statistics()).toMatchObject({
      engine,
      connectionsOpened: 1,
      connectionsFailed: 0,
      connectionsClosed: 0,
    })
    fixture.verify()
  })

  it('tells what happens to an exchange, in order', async () => {
    await using fixture = await Fixture.start(engine, answerAll)
    const first = await fixture.ask(GET)
    expect(first.calls).toEqual(['sent', 'firstByte', 'head', 'body', 'done'])
    expect(first.head.toString()).toBe('content-length: 2\r\n')
    expect(fixture.session.statistics().bytesIn).toBe(OK.length)
    fixture.exchange.capture[0] = 0
    expect((await fixture.ask(GET)).calls).toEqual(['sent', 'firstByte', 'done'])
  })

  it('lets exchanges wait for a connection, first come first served', async () => {
    await using fixture = await Fixture.start(engine, answerAll, { slots: 4 })
    const { exchange, session } = fixture
    const order: number[] = []
    exchange.onSettled = (slot) => order.push(slot)
    const settled = [2, 0, 3, 1].map((slot) => {
      session.open(exchange.expect(slot), GET, patchOf(slot))
      return exchange.settlement(slot)
    })
    const recorded = await Promise.all(settled)
    expect(order).toEqual([2, 0, 3, 1])
    expect(recorded.map(({ calls }) => calls[0])).toEqual(['sent', 'connected', 'connected', 'connected'])
    expect(exchange.blocks).toEqual([BlockedReason.connections, 'ready'])
    expect(fixture.server.connections).toBe(1)
    fixture.verify()
  })

  it('uses the connection that became idle last', async () => {
    const used: number[] = []
    await using fixture = await Fixture.start(
      engine,
      async (peer, number) => {
        while ((await peer.request()) !== null) {
          used.push(number)
          await peer.write(OK)
        }
      },
      { connections: FIVE, slots: 5 },
    )
    await fixture.askTogether(5)
    used.length = 0
    for (let round = 0; round < 4; round++) await fixture.ask(GET)
    expect(new Set(used).size).toBe(1)
  })

  it('cancels at once: waiting, answered in part, and nothing else is disturbed', async () => {
    await using fixture = await Fixture.start(
      engine,
      async (peer, number) => {
        while ((await peer.request()) !== null) await peer.write(number === 0 ? OK.slice(0, 30) : OK)
      },
      { slots: 3 },
    )
    const { exchange, session } = fixture
    const settled = [0, 1, 2].map((slot) => {
      session.open(exchange.expect(slot), GET, patchOf(slot))
      return exchange.settlement(slot)
    })
    await fixture.until(() => exchange.calls(0).includes('firstByte'))
    session.cancel(1)
    expect(await settled[1]).toMatchObject({ kind: cancelled, calls: ['fail'] })
    session.cancel(0)
    expect(exchange.openSlots).toBe(1)
    expect(await settled[0]).toMatchObject({ kind: cancelled })
    // The connection with half an answer is closed, the last exchange gets a new one.
    expect(await settled[2]).toMatchObject({ kind: none })
    expect(fixture.server.connections).toBe(2)
    session.cancel(2)
    fixture.verify()
  })

  it('may be cancelled from inside any call to the core', async () => {
    for (const call of ['connected', 'sent', 'firstByte', 'head', 'body'] as const) {
      await using fixture = await Fixture.start(engine, answerAll, { slots: 2 })
      const { exchange, session } = fixture
      const original = Reflect.get(exchange, call) as (...parameters: unknown[]) => void
      Reflect.set(exchange, call, (slot: number, ...rest: unknown[]) => {
        original.call(exchange, slot, ...rest)
        if (slot === 1) session.cancel(1)
      })
      const recorded = await fixture.askTogether(2)
      expect(recorded.map(({ kind }) => kind)).toEqual([none, cancelled])
      expect(await fixture.ask(GET)).toMatchObject({ kind: none })
      fixture.verify()
    }
  })

  it('says when an idle connection was closed just as it was used', async () => {
    for (const end of [(peer: ScriptPeer) => peer.end(), (peer: ScriptPeer) => peer.reset()]) {
      await using fixture = await Fixture.start(engine, async (peer, number) => {
        await peer.request()
        await peer.write(OK)
        await peer.request()
        if (number === 0) return end(peer)
        await peer.write(OK)
      })
      expect(await fixture.ask(GET)).toMatchObject({ kind: none })
      expect(await fixture.ask(GET)).toMatchObject({ kind: staleConnection })
      expect(await fixture.ask(GET)).toMatchObject({ kind: none })
      expect(fixture.session.statistics()).toMatchObject({ connectionsOpened: 2, connectionsClosed: 1 })
      fixture.verify()
    }
  })

  it('does not call a first use stale', async () => {
    await using fixture = await Fixture.start(engine, async (peer) => {
      await peer.request()
      await peer.end()
    })
    expect(await fixture.ask(GET)).toMatchObject({ kind: closed })
  })

  it('replaces an idle connection that the server closed, without a failure', async () => {
    await using fixture = await Fixture.start(engine, async (peer) => {
      await peer.request()
      await peer.write(OK)
      await peer.end()
    })
    for (let round = 0; round < 3; round++) {
      expect(await fixture.ask(GET)).toMatchObject({ kind: none })
      await fixture.until(() => fixture.session.statistics().connectionsClosed === round + 1)
    }
    expect(fixture.session.statistics()).toMatchObject({ connectionsOpened: 3, connectionsFailed: 0 })
    fixture.verify()
  })

  it('closes an idle connection on which the server speaks unasked', async () => {
    await using fixture = await Fixture.start(engine, async (peer, number) => {
      while ((await peer.request()) !== null) {
        await peer.write(OK)
        if (number === 0) await peer.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
      }
    })
    await fixture.ask(GET)
    await fixture.until(() => fixture.session.statistics().connectionsClosed === 1)
    expect(await fixture.ask(GET)).toMatchObject({ kind: none })
    fixture.verify()
  })

  it('fails one waiting exchange for each connection attempt that fails', async () => {
    await using fixture = await Fixture.start(engine, answerAll, {
      slots: 3,
      connections: { ...ONE_CONNECTION, open: 'on-demand' },
    })
    await fixture.server[Symbol.asyncDispose]()
    const recorded = await fixture.askTogether(3)
    expect(recorded.map(({ kind }) => kind)).toEqual([refused, refused, refused])
    expect(recorded.map(({ calls }) => calls)).toEqual([['fail'], ['fail'], ['fail']])
    expect(fixture.session.statistics()).toMatchObject({ connectionsOpened: 0, connectionsFailed: 3 })
    fixture.verify()
  })

  it('does not open connections before they are needed, when told so', async () => {
    await using fixture = await Fixture.start(engine, answerAll, {
      slots: 5,
      connections: { ...FIVE, open: 'on-demand' },
    })
    expect(fixture.session.statistics().connectionsOpened).toBe(0)
    const [recorded] = await fixture.askTogether(2)
    expect(recorded?.calls).toEqual(['connected', 'sent', 'firstByte', 'head', 'body', 'done'])
    expect(fixture.session.statistics().connectionsOpened).toBe(2)
  })

  it('opens more connections than planned only when it may', async () => {
    await using limited = await Fixture.start(engine, answerAll, {
      slots: 5,
      connections: { ...FIVE, count: 2 },
    })
    await limited.askTogether(5)
    expect(limited.server.connections).toBe(2)
    await using free = await Fixture.start(engine, answerAll, {
      slots: 5,
      connections: { ...FIVE, count: 2, fixed: false },
    })
    await free.askTogether(5)
    expect(free.server.connections).toBe(5)
    expect(free.exchange.blocks).toEqual([])
  })

  it('opens all planned connections before the load', async () => {
    await using fixture = await Fixture.start(engine, answerAll, {
      connections: { ...FIVE, count: 70 },
      slots: 70,
    })
    expect(fixture.session.statistics()).toMatchObject({ connectionsOpened: 70, connectionsFailed: 0 })
    expect(fixture.session.statistics().connectNanos).toBeGreaterThan(0)
    const recorded = await fixture.askTogether(70)
    expect(recorded.every(({ calls }) => calls[0] === 'sent')).toBe(true)
  })

  it('does not start without a server', async () => {
    const server = await ScriptServer.start(answerAll)
    await server[Symbol.asyncDispose]()
    await using session = await createHttpSession(sessionContext(new RecordingExchange(1), [GET]), {
      url: `http://127.0.0.1:${server.port}`,
      engine,
    })
    await expect(session.connect()).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_REFUSED', exitCode: 4 })
  })

  it('opens a connection for each request, when asked to', async () => {
    await using fixture = await Fixture.start(engine, answerAll, {
      slots: 2,
      connections: { ...ONE_CONNECTION, count: 2, reuse: 'per-request' },
    })
    for (let round = 0; round < 3; round++) {
      const recorded = await fixture.askTogether(2)
      expect(recorded.map(({ kind, calls }) => [kind, calls[0]])).toEqual([
        [none, 'connected'],
        [none, 'connected'],
      ])
    }
    expect(fixture.session.statistics()).toMatchObject({ connectionsOpened: 6, connectionsClosed: 0 })
    fixture.verify()
  })

  it('honours Connection: close in a request', async () => {
    const [prepared] = prepare([
      { bytes: Buffer.from('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n') },
    ]) as [Prepared]
    const heads: string[] = []
    await using fixture = await Fixture.start(
      engine,
      async (peer) => {
        heads.push(String(await peer.request()))
        await peer.write(OK)
      },
      {},
      [prepared],
    )
    expect(await fixture.ask(prepared)).toMatchObject({ kind: none })
    expect(await fixture.ask(prepared)).toMatchObject({ kind: none })
    expect(heads[0]).toContain('connection: close\r\n')
    expect(fixture.session.statistics().connectionsOpened).toBe(2)
  })

  it('is sent when the server has taken the last byte, not when it was written', async () => {
    const gate = Promise.withResolvers<void>()
    await using fixture = await Fixture.start(engine, async (peer) => {
      peer.pause()
      await gate.promise
      peer.resume()
      while ((await peer.request()) !== null) await peer.write(OK)
    })
    const { exchange, session } = fixture
    session.open(exchange.expect(0), LARGE, patchOf(0))
    const settlement = exchange.settlement(0)
    for (let pass = 0; pass < 20; pass++) await turn()
    expect(exchange.calls(0)).toEqual([])
    gate.resolve()
    expect((await settlement).calls).toEqual(['sent', 'firstByte', 'head', 'body', 'done'])
    fixture.verify()
  })

  it('takes an answer that comes before the request is written, and uses the connection again once it is', async () => {
    const gate = Promise.withResolvers<void>()
    await using fixture = await Fixture.start(engine, async (peer) => {
      peer.pause()
      await peer.write('HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno')
      await gate.promise
      peer.resume()
      await peer.request()
      while ((await peer.request()) !== null) await peer.write(OK)
    })
    const early = await fixture.ask(LARGE)
    expect(early).toMatchObject({
      kind: httpStatus,
      code: 413,
      status: 413,
      calls: ['firstByte', 'head', 'body', 'fail'],
    })
    const next = fixture.ask(GET)
    gate.resolve()
    expect(await next).toMatchObject({
      kind: none,
      calls: ['connected', 'sent', 'firstByte', 'head', 'body', 'done'],
    })
    expect(fixture.server.connections).toBe(1)
    fixture.verify()
  })

  it('takes an answer that comes early with a close', async () => {
    await using fixture = await Fixture.start(engine, async (peer) => {
      peer.pause()
      await peer.write('HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno')
      await peer.reset()
    })
    expect(await fixture.ask(LARGE)).toMatchObject({ kind: httpStatus, code: 413 })
    fixture.verify()
  })

  it('accepts the statuses that count as success', async () => {
    await using fixture = await Fixture.start(
      engine,
      async (peer) => {
        while ((await peer.request()) !== null)
          await peer.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      },
      {},
      [GET],
      { acceptStatus: [404] },
    )
    expect(await fixture.ask(GET)).toMatchObject({ kind: none, status: 404 })
  })

  it('shows answers to an observer, which may refuse them', async () => {
    const seen: string[] = []
    const text = (buffer: Uint8Array, start: number, end: number): string =>
      Buffer.from(buffer).toString('latin1', start, end)
    const observer: AnswerObserver = {
      head: (slot, status, buffer, start, end) => seen.push(`${slot} ${status} ${text(buffer, start, end)}`),
      body: (_slot, buffer, start, end) => seen.push(text(buffer, start, end)),
      end: () => (seen.length > 2 ? FailureKind.application : none),
      code: () => 12,
    }
    await using fixture = await Fixture.start(engine, answerAll, {}, [GET], {}, observer)
    fixture.exchange.capture[0] = 0
    expect(await fixture.ask(GET)).toMatchObject({ kind: none })
    expect(seen).toEqual(['0 200 content-length: 2\r\n', 'ok'])
    expect(await fixture.ask(GET)).toMatchObject({ kind: FailureKind.application, code: 12 })
    expect(fixture.server.connections).toBe(1)
  })

  it('settles everything when it is disposed of', async () => {
    await using fixture = await Fixture.start(engine, async (peer) => void (await peer.request()), {
      slots: 3,
    })
    const { exchange, session } = fixture
    const settled = [0, 1, 2].map((slot) => {
      session.open(exchange.expect(slot), GET, patchOf(slot))
      return exchange.settlement(slot)
    })
    await turn()
    await session[Symbol.asyncDispose]()
    expect((await Promise.all(settled)).map(({ kind }) => kind)).toEqual([cancelled, cancelled, cancelled])
    await turn()
    fixture.verify()
  })

  it('sends what node:http reads: method, path, headers and bodies of any size', async () => {
    const body = Buffer.from(Array.from({ length: 600_000 }, (_, index) => (index * 7) & 255))
    const head = (length: number): string =>
      `PUT /a/b?c=d%20e HTTP/1.1\r\nhost: example.org:1\r\ncontent-type: application/octet-stream\r\nx-empty:\r\nx-list: a\r\nx-list: b\r\ncontent-length: ${length}\r\n\r\n`
    const prepared = prepare(
      [0, 1, 600, 600_000].map((length) => ({
        bytes: [Buffer.from(head(length)), body.subarray(0, length)],
      })),
    )
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const { method, url, headers } = request
        const { connection: _, ...rest } = headers
        response.end(
          JSON.stringify({
            method,
            url,
            headers: rest,
            same: Buffer.concat(parts).equals(body.subarray(0, Number(headers['content-length']))),
          }),
        )
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const exchange = new RecordingExchange(1)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const session = await createHttpSession(sessionContext(exchange, prepared), { url, engine })
    await session.connect()
    for (const payload of prepared) {
      const recorded = await ask(session, exchange, payload)
      expect(JSON.parse(Buffer.concat(recorded.messages).toString())).toEqual({
        method: 'PUT',
        url: '/a/b?c=d%20e',
        headers: {
          host: 'example.org:1',
          'content-type': 'application/octet-stream',
          'x-empty': '',
          'x-list': 'a, b',
          'content-length': String([0, 1, 600, 600_000][payload.index]),
        },
        same: true,
      })
    }
    await session[Symbol.asyncDispose]()
    server.close()
    expect(exchange.violations).toEqual([])
  })

  it('sends payloads of a later trial', async () => {
    const paths: (string | undefined)[] = []
    await using fixture = await Fixture.start(engine, async (peer) => {
      for (let request = await peer.request(); request !== null; request = await peer.request()) {
        paths.push(request.toString().split(' ')[1])
        await peer.write(OK)
      }
    })
    const [later] = prepare([{ bytes: Buffer.from('GET /later HTTP/1.1\r\nhost: x\r\n\r\n') }]) as [Prepared]
    for (const prepared of [GET, later, later, GET]) await fixture.ask(prepared)
    expect(paths).toEqual(['/a', '/later', '/later', '/a'])
  })

  it('writes the patches of each request, in the head and in bodies of any size', async () => {
    const large = Buffer.alloc(3_000_000, 'x')
    const payload = (body: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from(`POST /0000000000000000 HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`),
        body,
      ])
    const bodies = [Buffer.from('id=________;________'), large]
    const prepared = prepare(
      bodies.map((body) => {
        const bytes = payload(body)
        const begin = bytes.length - body.length
        return {
          bytes,
          patches: [
            { offset: begin + body.length - 8, length: 8, field: 'sequence', encoding: 'u64le' },
            { offset: 6, length: 16, field: 'salt', encoding: 'hex' },
            { offset: begin + 3, length: 8, field: 'unit', encoding: 'decimal' },
          ],
        } as const
      }),
    )
    const requests: Buffer[] = []
    await using fixture = await Fixture.start(
      engine,
      async (peer) => {
        for (let request = await peer.request(); request !== null; request = await peer.request()) {
          requests.push(Buffer.from(request))
          await peer.write(OK)
        }
      },
      { slots: 4 },
      prepared,
    )
    // The fourth of them wait, with patches that the core overwrites meanwhile.
    const shared = patchOf(0)
    const settled = [0, 1, 2, 3].map((slot) => {
      Object.assign(shared, patchOf(slot + 7))
      fixture.session.open(fixture.exchange.expect(slot), prepared.at(slot % 2) as Prepared, shared)
      return fixture.exchange.settlement(slot)
    })
    await Promise.all(settled)
    for (const [index, request] of requests.entries()) {
      const { unit, saltHigh, saltLow, sequence } = patchOf(index + 7)
      const text = request.toString('latin1', 0, 400)
      const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
      expect(text.slice(0, 22)).toBe(`POST /${hex(saltHigh)}${hex(saltLow)}`)
      expect(text.split('\r\n\r\n')[1]?.slice(3, 11)).toBe(String(unit).padEnd(8))
      expect(request.readBigUInt64LE(request.length - 8)).toBe(BigInt(sequence))
    }
    expect(large.every((byte) => byte === 120)).toBe(true)
    fixture.verify()
  })
})

describe('HttpSession', () => {
  const endpoint = parseEndpoint('http://127.0.0.1:1')
  const start = (
    overrides: Partial<SessionContext> = {},
  ): { exchange: RecordingExchange; session: HttpSession; made: FakeConnection[] } => {
    const exchange = new RecordingExchange(4)
    const made: FakeConnection[] = []
    const session = new HttpSession(
      'fake',
      sessionContext(exchange, [GET], overrides),
      new Dialer(endpoint, null),
      () => () => {
        const connection = new FakeConnection()
        made.push(connection)
        return connection
      },
    )
    return { exchange, session, made }
  }

  it('fails with `exhausted` and says so, when no descriptor is left', async () => {
    const { exchange, session, made } = start({ connections: { ...FIVE, open: 'on-demand' } })
    session.open(exchange.expect(0), GET, patchOf(0))
    const settlement = exchange.settlement(0)
    session.openFailed(made.at(0) as Connection, Object.assign(new Error('EMFILE'), { code: 'EMFILE' }))
    expect(await settlement).toMatchObject({ kind: FailureKind.exhausted })
    expect(exchange.blocks).toEqual([BlockedReason.descriptors])
    session.open(exchange.expect(0), GET, patchOf(0))
    session.opened(made.at(1) as Connection)
    expect(exchange.blocks).toEqual([BlockedReason.descriptors, 'ready'])
  })

  it('keeps attempts within the plan when their exchange is cancelled, and gives up those beyond it', () => {
    const { exchange, session, made } = start({
      connections: { ...ONE_CONNECTION, fixed: false, open: 'on-demand' },
    })
    for (const slot of [0, 1, 2]) session.open(exchange.expect(slot), GET, patchOf(slot))
    expect(made).toHaveLength(3)
    session.cancel(0)
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true, false, false])
    session.cancel(1)
    session.cancel(2)
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true, true, false])
    session.open(exchange.expect(3), GET, patchOf(3))
    expect(made).toHaveLength(3)
    session.opened(made.at(2) as Connection)
    expect(made[2]?.sent).toEqual([3])
  })

  it('gives a freed connection to those that wait, even when the settlement cancels them', () => {
    const { exchange, session, made } = start({ connections: { ...ONE_CONNECTION, open: 'on-demand' } })
    for (const slot of [0, 1]) session.open(exchange.expect(slot), GET, patchOf(slot))
    const connection = made.at(0) as FakeConnection
    session.opened(connection)
    exchange.onSettled = (slot) => {
      if (slot === 0) session.cancel(1)
    }
    session.settled(connection, 0, 0, none, 0, 2)
    session.open(exchange.expect(2), GET, patchOf(2))
    expect(connection.sent).toEqual([0, 2])
    expect(exchange.violations).toEqual([])
  })

  it('refuses streams', async () => {
    const context = sessionContext(new RecordingExchange(1), [GET], { exchangeKind: 'stream' })
    await expect(
      createHttpSession(context, { url: 'http://127.0.0.1:1', engine: 'http1-raw' }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_STREAM_UNSUPPORTED',
    })
    const { session } = start()
    expect(() => session.write()).toThrow('one request and one answer')
    expect(() => session.end()).toThrow('one request and one answer')
  })

  it('refuses payloads that are not HTTP requests', async () => {
    const context = sessionContext(new RecordingExchange(1), prepare([{ bytes: Buffer.from('hello') }]))
    await expect(
      createHttpSession(context, { url: 'http://127.0.0.1:1', engine: 'http1-raw' }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_HTTP_PAYLOAD',
    })
  })
})

class FakeConnection implements Connection {
  destroyed = false
  readonly sent: number[] = []

  open(): void {}

  send(slot: number): void {
    this.sent.push(slot)
  }

  destroy(): void {
    this.destroyed = true
  }
}

class Fixture {
  readonly server: ScriptServer
  readonly exchange: RecordingExchange
  readonly session: TargetSession

  private constructor(server: ScriptServer, exchange: RecordingExchange, session: TargetSession) {
    this.server = server
    this.exchange = exchange
    this.session = session
  }

  static async start(
    engine: HttpEngine,
    script: Script,
    context: Partial<SessionContext> = {},
    prepared: readonly Prepared[] = [GET, LARGE],
    options: { readonly acceptStatus?: readonly number[] } = {},
    observer: AnswerObserver | null = null,
  ): Promise<Fixture> {
    const server = await ScriptServer.start(script)
    const exchange = new RecordingExchange(context.slots ?? 1)
    const session = await createHttpSession(
      sessionContext(exchange, prepared, context),
      { url: `http://127.0.0.1:${server.port}`, engine, ...options },
      observer,
    )
    await session.connect()
    return new Fixture(server, exchange, session)
  }

  ask(prepared: Prepared): Promise<RecordedExchange> {
    return ask(this.session, this.exchange, prepared)
  }

  askTogether(count: number): Promise<RecordedExchange[]> {
    return Promise.all(
      Array.from({ length: count }, (_, slot) => ask(this.session, this.exchange, GET, { slot })),
    )
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await turn()
  }

  verify(): void {
    expect(this.exchange.violations).toEqual([])
    expect(this.server.errors).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}
