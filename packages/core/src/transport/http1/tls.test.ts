import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Secret } from '../../dsl/secret.ts'
import { FailureKind } from '../../engine/outcome.ts'
import type { Prepared, SessionContext, TargetSession } from '../../engine/session.ts'
import { createCertificate } from '../../testing/certificate.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { ScriptServer, turn } from '../../testing/script-server.ts'
import { ask, ONE_CONNECTION, sessionContext } from '../../testing/session-harness.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { createHttpSession } from './create-http-session.ts'
import type { HttpEngine } from './create-http-session.ts'

const ENGINES: readonly HttpEngine[] = ['http1-raw', 'http1-undici']
const authority = createCertificate({ name: 'test authority' })
const server = createCertificate({
  name: 'server',
  names: ['localhost', '127.0.0.1', 'model.test'],
  issuer: authority,
})
const client = createCertificate({ name: 'client', issuer: authority })
const stranger = createCertificate({
  name: 'stranger',
  issuer: createCertificate({ name: 'another authority' }),
})
const expired = createCertificate({ name: 'old', names: ['127.0.0.1'], issuer: authority, expired: true })

const body = Buffer.from(Array.from({ length: 600_000 }, (_, index) => (index * 3) & 255))
const [GET, LARGE] = prepare([
  { bytes: Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n') },
  { bytes: [Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 600000\r\n\r\n'), body] },
]) as [Prepared, Prepared]

const disposables: (() => PromiseLike<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposables.splice(0).reverse()) await dispose()
  delete process.env['SERVEBENCH_TEST_KEY']
})

/** A key as users give it: by reference. */
function keyOf(key: string): Secret {
  process.env['SERVEBENCH_TEST_KEY'] = key
  return { secret: 'env', name: 'SERVEBENCH_TEST_KEY' }
}

async function echo(options: Parameters<typeof createServer>[0]): Promise<number> {
  const https = createServer(options, (request, response) => {
    response.setHeader(
      'x-tls-name',
      String((request.socket as unknown as { servername: unknown }).servername),
    )
    request.pipe(response)
  })
  https.listen(0, '127.0.0.1')
  await once(https, 'listening')
  disposables.push(async () => {
    https.closeAllConnections()
    https.close()
    await once(https, 'close')
  })
  return (https.address() as AddressInfo).port
}

async function open(
  engine: HttpEngine,
  url: string,
  tls: TlsOptions,
  context: Partial<SessionContext> = {},
): Promise<[TargetSession, RecordingExchange]> {
  const exchange = new RecordingExchange(context.slots ?? 1)
  const session = await createHttpSession(sessionContext(exchange, [GET, LARGE], context), {
    url,
    engine,
    tls,
  })
  disposables.push(() => session[Symbol.asyncDispose]())
  return [session, exchange]
}

describe.each(ENGINES)('%s over TLS', (engine) => {
  it('sends and receives bodies of any size, and times the handshake apart', async () => {
    const port = await echo({ cert: server.cert, key: server.key })
    const [session, exchange] = await open(engine, `https://localhost:${port}`, { ca: authority.cert })
    await session.connect()
    for (const payload of [GET, LARGE, LARGE, GET]) {
      const recorded = await ask(session, exchange, payload)
      expect(recorded.kind).toBe(FailureKind.none)
      expect(Buffer.concat(recorded.messages).equals(payload === GET ? Buffer.alloc(0) : body)).toBe(true)
      expect(recorded.calls[0]).toBe('sent')
    }
    const { connectionsOpened, connectNanos, handshakeNanos } = session.statistics()
    expect(connectionsOpened).toBe(1)
    expect(handshakeNanos).toBeGreaterThan(0)
    expect(handshakeNanos).toBeLessThan(connectNanos)
    expect(exchange.violations).toEqual([])
  })

  it('asks for the server name, and verifies it', async () => {
    const port = await echo({ cert: server.cert, key: server.key })
    const [named, exchange] = await open(engine, `https://127.0.0.1:${port}`, {
      ca: authority.cert,
      serverName: 'model.test',
    })
    await named.connect()
    expect((await ask(named, exchange, GET)).head.toString()).toContain('x-tls-name: model.test\r\n')
    const [wrong] = await open(engine, `https://127.0.0.1:${port}`, {
      ca: authority.cert,
      serverName: 'other.test',
    })
    await expect(wrong.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.serverName'),
    })
  })

  it('presents a client certificate', async () => {
    const port = await echo({
      cert: server.cert,
      key: server.key,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    })
    const [session, exchange] = await open(engine, `https://127.0.0.1:${port}`, {
      ca: authority.cert,
      cert: client.cert,
      key: keyOf(client.key),
    })
    await session.connect()
    expect(await ask(session, exchange, GET)).toMatchObject({ kind: FailureKind.none })
  })

  it('fails with `tls` when the server refuses the client after the handshake', async () => {
    const port = await echo({
      cert: server.cert,
      key: server.key,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    })
    for (const tls of [{}, { cert: stranger.cert, key: keyOf(stranger.key) }]) {
      const [session, exchange] = await open(
        engine,
        `https://127.0.0.1:${port}`,
        { ca: authority.cert, ...tls },
        { connections: { ...ONE_CONNECTION, open: 'on-demand' } },
      )
      // TLS 1.3 lets the client finish first: the refusal arrives when the request is already on its way.
      expect([FailureKind.tls, FailureKind.reset, FailureKind.closed]).toContain(
        (await ask(session, exchange, GET)).kind,
      )
      expect(exchange.violations).toEqual([])
    }
  })

  it('does not connect to a server that it cannot trust', async () => {
    const port = await echo({ cert: server.cert, key: server.key })
    const [session, exchange] = await open(
      engine,
      `https://127.0.0.1:${port}`,
      {},
      { connections: { ...ONE_CONNECTION, open: 'on-demand' } },
    )
    expect(await ask(session, exchange, GET)).toMatchObject({ kind: FailureKind.tls, calls: ['fail'] })
    const [strict] = await open(engine, `https://127.0.0.1:${port}`, {})
    await expect(strict.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.ca'),
    })
    const oldPort = await echo({ cert: expired.cert, key: expired.key })
    const [old] = await open(engine, `https://127.0.0.1:${oldPort}`, { ca: authority.cert })
    await expect(old.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('Renew'),
    })
    const [careless, second] = await open(engine, `https://127.0.0.1:${oldPort}`, { insecure: true })
    await careless.connect()
    expect(await ask(careless, second, GET)).toMatchObject({ kind: FailureKind.none })
  })

  it('recognises a server that speaks plain HTTP', async () => {
    const plain = await ScriptServer.start(async (peer) =>
      peer.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
    )
    disposables.push(() => plain[Symbol.asyncDispose]())
    const [session] = await open(engine, `https://127.0.0.1:${plain.port}`, { insecure: true })
    await expect(session.connect()).rejects.toMatchObject({
      code: 'SERVEBENCH_TARGET_NOT_TLS',
      advice: expect.stringContaining('http://'),
    })
  })

  it('cancels while the handshake hangs', async () => {
    const silent = await ScriptServer.start(async (peer) => peer.ended())
    disposables.push(() => silent[Symbol.asyncDispose]())
    const [session, exchange] = await open(
      engine,
      `https://127.0.0.1:${silent.port}`,
      {},
      { slots: 2, connections: { ...ONE_CONNECTION, fixed: false, open: 'on-demand' } },
    )
    const settled = [0, 1].map((slot) => {
      session.open(exchange.expect(slot), GET, patchOf(slot))
      return exchange.settlement(slot)
    })
    while (silent.connections < 2) await turn()
    session.cancel(0)
    session.cancel(1)
    expect((await Promise.all(settled)).map(({ kind, calls }) => [kind, calls])).toEqual([
      [FailureKind.cancelled, ['fail']],
      [FailureKind.cancelled, ['fail']],
    ])
    await session[Symbol.asyncDispose]()
    await turn()
    expect(exchange.violations).toEqual([])
  })
})

describe('TLS material', () => {
  const url = 'https://127.0.0.1:1'

  it.each<[string, TlsOptions, string]>([
    ['a certificate without key', { cert: client.cert }, 'certificate has no key'],
    ['something that is not PEM', { ca: 'hello' }, 'tls.ca holds no PEM block'],
    [
      'a damaged certificate',
      { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      'no readable certificate',
    ],
  ])('refuses %s', async (_name, tls, message) => {
    await expect(open('http1-raw', url, tls)).rejects.toMatchObject({
      code: 'SERVEBENCH_TLS_MATERIAL',
      message: expect.stringContaining(message),
    })
  })

  it('refuses a key of another certificate', async () => {
    const tls = { cert: client.cert, key: keyOf(server.key) }
    await expect(open('http1-raw', url, tls)).rejects.toMatchObject({
      message: expect.stringContaining('does not belong'),
    })
  })

  it('says which secret is missing', async () => {
    const tls: TlsOptions = { cert: client.cert, key: { secret: 'env', name: 'SERVEBENCH_TEST_MISSING' } }
    await expect(open('http1-raw', url, tls)).rejects.toMatchObject({
      code: 'SERVEBENCH_SECRET',
      message: expect.stringContaining('SERVEBENCH_TEST_MISSING'),
    })
  })
})
