import { once } from 'node:events'
import { connect, createSecureServer, createServer } from 'node:http2'
import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import type { Encoded, Prepared } from '../../engine/session.ts'
import { createCertificate } from '../../testing/certificate.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { ONE_CONNECTION, ask, sessionContext } from '../../testing/session-harness.ts'
import { encodeHttpRequest } from '../http1/encode-http-request.ts'
import { parseHeaderLines } from '../http1/http-answer.ts'
import { StageObserver } from '../http1/stage-observer.ts'
import { createHttp2Session } from './create-http2-session.ts'
import type { Http2SessionOptions } from './create-http2-session.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Behaviour = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer) => void

const PAGES: Readonly<Record<string, Behaviour>> = {
  '/echo': (stream, headers, body) => {
    stream.respond({ ':status': 200, 'x-method': headers[':method'], 'x-key': headers['key'] })
    stream.end(body)
  },
  '/empty': (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
  '/not-modified': (stream) => stream.respond({ ':status': 304, 'content-length': '5' }, { endStream: true }),
  '/busy': (stream) => {
    stream.respond({ ':status': 503 })
    stream.end('later')
  },
  '/large': (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(5000))
  },
  '/announced': (stream) => {
    stream.respond({ ':status': 200, 'content-length': '1000000' })
    stream.end(Buffer.alloc(10))
  },
  '/length': (stream) => {
    stream.respond({ ':status': 200, 'content-length': '5' })
    stream.end('hello')
  },
  '/trailers': (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ checksum: '1' }))
    stream.end('content')
  },
  '/timing': (stream) => {
    stream.respond({ ':status': 200, 'server-timing': 'queue;dur=1.5' })
    stream.end()
  },
  '/reset': (stream) => stream.close(8),
}

async function serve(server: Http2Server | Http2SecureServer = createServer()): Promise<string> {
  const sockets = new Set<Socket>()
  const secure = 'setTicketKeys' in server
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const parts: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => PAGES[headers[':path'] ?? '']?.(stream, headers, Buffer.concat(parts)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function client(
  url: string,
  requests: readonly Encoded[],
  options: Partial<Http2SessionOptions> = {},
  stages = false,
) {
  const exchange = new RecordingExchange(64)
  const prepared = prepare(requests)
  const context = sessionContext(exchange, prepared, {
    connections: { ...ONE_CONNECTION, streams: 100 },
    maxResponseBytes: 1_000_000,
  })
  const observer = stages
    ? new StageObserver(exchange, [{ stage: 'queue', header: 'server-timing', metric: 'queue', unit: 'ms' }])
    : null
  const session = await createHttp2Session(context, { url, ...options }, observer)
  cleanups.push(async () => {
    await session[Symbol.asyncDispose]()
    expect(exchange.violations).toEqual([])
  })
  await session.connect()
  const [request] = prepared as [Prepared]
  return { session, exchange, prepared, request }
}

const get = (url: string, path: string, method = 'GET'): Encoded =>
  encodeHttpRequest({ method, url: url + path })

/** The answer that Node's own client gets. */
function oracle(url: string, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const session = connect(url)
    const stream = session.request({ ':method': method, ':path': path })
    let status = 0
    let body = ''
    stream.on('response', (headers) => (status = Number(headers[':status'])))
    stream.on('data', (part: Buffer) => (body += part.toString()))
    stream.on('end', () => {
      session.close()
      resolve({ status, body })
    })
    stream.on('error', reject)
    stream.end()
  })
}

it.each(['/echo', '/empty', '/not-modified', '/length', '/trailers', '/large'])(
  "%s: the same answer as Node's client gets",
  async (path) => {
    const url = await serve()
    for (const method of ['GET', 'HEAD']) {
      const { session, exchange, request } = await client(url, [get(url, path, method)], {
        acceptStatus: [200, 204, 304],
      })
      const recorded = await ask(session, exchange, request)
      const expected = await oracle(url, path, method)
      expect(recorded.kind).toBe(FailureKind.none)
      expect(recorded.status).toBe(expected.status)
      expect(Buffer.concat(recorded.messages).toString()).toBe(expected.body)
      expect(recorded.bytesIn).toBe(expected.body.length)
      expect(recorded.calls[0]).toBe('sent')
    }
  },
)

it('carries headers and bodies of any size, with patch points', async () => {
  const url = await serve()
  const encoded = [20, 16_384, 100_000].map((size) =>
    encodeHttpRequest({
      method: 'POST',
      url: `${url}/echo`,
      headers: [['Key', 'value']],
      body: Buffer.alloc(size, 'x'),
      patches: [{ offset: 2, length: 6, field: 'unit', encoding: 'decimal' }],
    }),
  )
  const { session, exchange, prepared } = await client(url, encoded)
  for (const request of prepared) {
    const recorded = await ask(session, exchange, request, { patch: patchOf(123) })
    const body = Buffer.concat(recorded.messages).toString()
    expect(recorded.kind).toBe(FailureKind.none)
    expect(body.slice(0, 10)).toBe('xx123   xx')
    expect(parseHeaderLines(recorded.head)).toMatchObject({ 'x-method': 'POST', 'x-key': 'value' })
    expect(recorded.bytesIn).toBe(body.length)
  }
  expect(session.statistics()).toMatchObject({ engine: 'http2-raw', connectionsOpened: 1 })
})

it('takes payloads of a later trial', async () => {
  const url = await serve()
  const { session, exchange } = await client(url, [get(url, '/length')])
  const [later] = prepare([
    encodeHttpRequest({ method: 'PUT', url: `${url}/echo`, body: Buffer.from('later') }),
  ]) as [Prepared]
  expect(Buffer.concat((await ask(session, exchange, later)).messages).toString()).toBe('later')
})

describe('failures', () => {
  it('are statuses that are not accepted', async () => {
    const url = await serve()
    const { session, exchange, request } = await client(url, [get(url, '/busy')])
    expect(await ask(session, exchange, request)).toMatchObject({
      kind: FailureKind.httpStatus,
      code: 503,
      status: 503,
    })
  })

  it('are answers of another length than announced', async () => {
    const url = await serve()
    const { session, exchange, request } = await client(url, [get(url, '/announced')])
    expect((await ask(session, exchange, request)).kind).toBe(FailureKind.protocol)
  })

  it('are answers that are too large', async () => {
    const url = await serve()
    for (const path of ['/large', '/announced']) {
      const exchange = new RecordingExchange(1)
      const prepared = prepare([get(url, path)]) as [Prepared]
      const session = await createHttp2Session(
        sessionContext(exchange, prepared, { maxResponseBytes: 4999 }),
        { url },
      )
      await session.connect()
      expect((await ask(session, exchange, prepared[0])).kind).toBe(FailureKind.tooLarge)
      await session[Symbol.asyncDispose]()
    }
  })

  it('are streams that the server resets', async () => {
    const url = await serve()
    const { session, exchange, request } = await client(url, [get(url, '/reset')])
    expect(await ask(session, exchange, request)).toMatchObject({ kind: FailureKind.aborted, code: 8 })
  })
})

it('reports stages and trailers', async () => {
  const url = await serve()
  const { session, exchange, prepared } = await client(
    url,
    [get(url, '/timing'), get(url, '/trailers')],
    {},
    true,
  )
  const [timing, trailers] = prepared as [Prepared, Prepared]
  expect((await ask(session, exchange, timing)).stages).toEqual([{ stage: 0, nanos: 1_500_000 }])
  expect((await ask(session, exchange, trailers)).trailers.toString()).toBe('checksum: 1\r\n')
})

it('speaks TLS', async () => {
  const certificate = createCertificate({ name: 'server', names: ['127.0.0.1'] })
  const url = await serve(createSecureServer({ cert: certificate.cert, key: certificate.key }))
  expect(url).toMatch(/^https:/)
  const { session, exchange, request } = await client(url, [get(url, '/length')], {
    tls: { ca: certificate.cert },
  })
  expect((await ask(session, exchange, request)).kind).toBe(FailureKind.none)
})

it('refuses streams, payloads that are no requests, and patches in a header', async () => {
  const create = (bytes: Buffer, overrides = {}, patches: Prepared['patches'] = []) =>
    createHttp2Session(sessionContext(new RecordingExchange(1), prepare([{ bytes, patches }]), overrides), {
      url: 'http://x',
    })
  const request = Buffer.from('GET /id=....... HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect(create(request, { exchangeKind: 'stream' })).rejects.toMatchObject({
    code: 'SERVEBENCH_STREAM_UNSUPPORTED',
  })
  await expect(create(Buffer.from('no'))).rejects.toMatchObject({ code: 'SERVEBENCH_HTTP_PAYLOAD' })
  const patches = [{ offset: 8, length: 7, field: 'unit', encoding: 'decimal' }] as const
  await expect(create(request, {}, patches)).rejects.toMatchObject({ code: 'SERVEBENCH_HTTP2_PATCH' })
})
