import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createHooks } from '../../hooks/hooks.ts'
import type { Bench } from '../../hooks/plugin.ts'
import type { ConnectContext, SessionReference } from '../../hooks/providers.ts'
import type { TrialSettings } from '../../plan/trial-plan.ts'
import type { JsonObject, RunningServer, Sample } from '../../plugin.ts'
import type { Encoded, Prepared, SessionModule } from '../../session.ts'
import { createCertificate } from '../../testing/certificate.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { ScriptServer } from '../../testing/script-server.ts'
import { ask, sessionContext } from '../../testing/session-harness.ts'
import { httpPlugin } from './plugin.ts'
import { applyPatches } from '../../engine/patch.ts'
import type { HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import { readSettings } from './settings.ts'
import { HttpCodec } from './codec.ts'
import type { HttpOptions } from './target.ts'
import { http } from './target.ts'
import { unique } from '../../transport/http1/unique.ts'

const URL = 'http://127.0.0.1:8000/v1/infer?a=b'
const running: ScriptServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server[Symbol.asyncDispose]()
  delete process.env['SERVEBENCH_TEST_TOKEN']
})

function codec(options: HttpOptions = {}): HttpCodec {
  return new HttpCodec(
    readSettings({ url: URL, ...options } as unknown as JsonObject, {
      server: null,
      close: false,
      root: '/bench',
    }),
  )
}

function split({ bytes }: Encoded): { line: string; headers: Record<string, string>; body: Buffer } {
  const all = Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes)
  const end = all.indexOf('\r\n\r\n')
  const [line = '', ...lines] = all.toString('latin1', 0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 2)]),
  )
  return { line, headers, body: all.subarray(end + 4) }
}

describe('http', () => {
  it('is plain data', () => {
    const target = http({ url: URL, headers: { authorization: { secret: 'env', name: 'TOKEN' } } })
    expect(JSON.parse(JSON.stringify(target))).toEqual(target)
    expect(target).toMatchObject({ kind: 'http', package: 'servebench' })
  })
})

describe('HttpCodec', () => {
  it.each<
    [
      string,
      HttpRequest | Sample | null | undefined,
      HttpOptions,
      { line: string; body: string; type?: string },
    ]
  >([
    ['nothing', undefined, {}, { line: 'GET /v1/infer?a=b HTTP/1.1', body: '' }],
    ['an empty input', null, {}, { line: 'GET /v1/infer?a=b HTTP/1.1', body: '' }],
    [
      'the body of the target',
      {},
      { body: { x: 1 } },
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: '{"x":1}', type: 'application/json' },
    ],
    [
      'no body in spite of that',
      { body: null },
      { body: { x: 1 } },
      { line: 'GET /v1/infer?a=b HTTP/1.1', body: '' },
    ],
    [
      'JSON',
      { body: [1, 'a'] },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: '[1,"a"]', type: 'application/json' },
    ],
    [
      'text',
      { body: 'grüße' },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: 'grüße', type: 'text/plain; charset=utf-8' },
    ],
    [
      'bytes',
      { body: Buffer.from('ab') },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: 'ab', type: 'application/octet-stream' },
    ],
    [
      'another method',
      { method: 'PUT', body: 'a', headers: { 'Content-Type': 'x/y' } },
      { method: 'PATCH' },
      { line: 'PUT /v1/infer?a=b HTTP/1.1', body: 'a', type: 'x/y' },
    ],
    [
      'the method of the target',
      { body: 'a' },
      { method: 'PATCH' },
      { line: 'PATCH /v1/infer?a=b HTTP/1.1', body: 'a' },
    ],
    ['an absolute path', { path: '/v2/x?c=d' }, {}, { line: 'GET /v2/x?c=d HTTP/1.1', body: '' }],
    [
      'a relative path and a query',
      { path: 'y', query: { q: 'a b', n: [1, true] } },
      {},
      { line: 'GET /v1/y?q=a+b&n=1&n=true HTTP/1.1', body: '' },
    ],
    [
      'typed arrays and 64-bit integers',
      { body: { f: Float32Array.of(1.5, -2), i: BigInt64Array.of(9007199254740993n) } },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: '{"f":[1.5,-2],"i":[9007199254740993]}' },
    ],
    [
      'a JSON sample',
      { json: { a: [1] } },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: '{"a":[1]}', type: 'application/json' },
    ],
    [
      'a text sample',
      { text: 'hello' },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: 'hello', type: 'text/plain; charset=utf-8' },
    ],
    [
      'a bytes sample',
      { bytes: Buffer.from('x'), type: 'image/png' },
      {},
      { line: 'POST /v1/infer?a=b HTTP/1.1', body: 'x', type: 'image/png' },
    ],
    [
      'a tensor sample',
      {
        tensors: {
          a: { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
          b: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(-9223372036854775808n) },
          text: { datatype: 'INT64', shape: [1], data: ['9007199254740993'] },
          c: { datatype: 'BOOL', shape: [2], data: Uint8Array.of(0, 1) },
          d: { datatype: 'FP16', shape: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x3555) },
          e: { datatype: 'BF16', shape: [], data: Uint16Array.of(0x3fc0) },
          f: { datatype: 'BYTES', shape: [1], data: ['text'] },
        },
      },
      {},
      {
        line: 'POST /v1/infer?a=b HTTP/1.1',
        body: '{"a":[[1,2],[3,4]],"b":[-9223372036854775808],"text":[9007199254740993],"c":[false,true],"d":[1,-2,5.960464477539063e-8,0.333251953125],"e":1.5,"f":["text"]}',
      },
    ],
  ])('sends %s', (_name, input, options, expected) => {
    const { line, headers, body } = split(codec(options).encode(input))
    expect(line).toBe(expected.line)
    expect(body.toString()).toBe(expected.body)
    if (expected.type !== undefined)
      expect(headers['Content-Type'] ?? headers['content-type']).toBe(expected.type)
    if (expected.body !== '') expect(headers['content-length']).toBe(String(body.length))
  })

  it('keeps items and labels', () => {
    expect(codec().encode({ items: 8, label: 'long' })).toMatchObject({ items: 8, label: 'long' })
    expect(codec().encode({ text: 'a', items: 2, label: 'short' })).toMatchObject({
      items: 2,
      label: 'short',
    })
  })

  it('compresses bodies, and only bodies', () => {
    const { headers, body } = split(codec({ compress: 'gzip' }).encode({ text: 'hello' }))
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) })
    expect(gunzipSync(body).toString()).toBe('hello')
    expect(split(codec({ compress: 'gzip' }).encode({})).headers).not.toHaveProperty('content-encoding')
  })

  it('makes requests unique where marks stand', () => {
    const input: HttpRequest = {
      path: `/v1/${unique.unit}/x`,
      headers: { 'x-id': `a-${unique.sequence}-b` },
      body: { prompt: `${unique.salt} and ${unique.salt}`, not: '__servebench_other__' },
    }
    const encoded = codec().encode(input)
    const { line, headers, body } = split(encoded)
    const zeros = '0'.repeat(16)
    expect(line).toBe(`POST /v1/${zeros}/x HTTP/1.1`)
    expect(headers).toMatchObject({ 'x-id': `a-${zeros}-b`, 'content-length': String(body.length) })
    expect(body.toString()).toBe(`{"prompt":"${zeros} and ${zeros}","not":"__servebench_other__"}`)
    const bytes = prepare([encoded]).at(0)?.bytes as Buffer
    applyPatches(bytes, 0, encoded.patches ?? [], { ...patchOf(5), saltLow: 0xabc, saltHigh: 1 })
    expect(bytes.toString()).toContain('/v1/0000000000000005/x')
    expect(bytes.toString()).toContain('x-id: a-0000000000000006-b')
    expect(bytes.toString()).toContain('{"prompt":"0000000100000abc and 0000000100000abc"')
    expect(() => codec({ compress: 'gzip' }).encode(input)).toThrow('compressed body')
  })

  it('reads secrets only while encoding', () => {
    const withToken = codec({
      headers: { authorization: ['Bearer ', { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' }] },
    })
    expect(() => withToken.encode({})).toThrow(expect.objectContaining({ code: 'SERVEBENCH_SECRET' }))
    process.env['SERVEBENCH_TEST_TOKEN'] = 'planted'
    expect(split(withToken.encode({})).headers).toMatchObject({ authorization: 'Bearer planted' })
  })

  it('decodes answers', () => {
    const response = codec().decode({
      status: 201,
      head: Buffer.from('Content-Encoding: gzip\r\nX-A: b\r\n'),
      messages: [gzipSync('{"a":1}')],
    })
    expect(response.status).toBe(201)
    expect(response.headers['x-a']).toBe('b')
    expect(response.text()).toBe('{"a":1}')
    expect(response.json()).toEqual({ a: 1 })
  })

  it('refuses what it cannot send', () => {
    const tensor = (data: number[], shape: number[]): Sample => ({
      tensors: { x: { datatype: 'FP32', shape, data } },
    })
    expect(() => codec().encode(tensor([1, 2], [3]))).toThrow(
      "tensor 'x' of shape [3] has 2 elements instead of 3",
    )
    expect(() => codec().encode(tensor([Infinity], [1]))).toThrow('contains Infinity')
    expect(() =>
      codec().encode({ tensors: { x: { datatype: 'BYTES', shape: [1], data: [Buffer.from('a')] } } }),
    ).toThrow('not text')
    expect(() => codec().encode({ method: 'BAD METHOD' })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_HTTP_REQUEST' }),
    )
    expect(() => codec().encode({ path: 'ftp://elsewhere/' })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_URL' }),
    )
  })
})

describe('readSettings', () => {
  it('reports all problems at once', () => {
    const options = {
      url: 'nonsense',
      method: 5,
      headers: { a: 1 },
      body: 7,
      compress: 'zip',
      expectStatus: [99],
      tls: { key: 'PEM', nme: 'x' },
      serverTiming: { wait: 'w' },
      engine: 'fast',
      retries: 3,
    }
    const failure = catchError(() => readSettings(options, { server: null, close: false, root: '/' }))
    expect((failure as { problems: { path: string }[] }).problems.map(({ path }) => path)).toEqual([
      'http.retries',
      'http.url',
      'http.method',
      'http.compress',
      'http.engine',
      'http.body',
      'http.headers.a',
      'http.expectStatus',
      'http.serverTiming.wait',
      'http.serverTiming',
      'http.tls.nme',
      'http.tls.key',
    ])
  })

  it('takes the URL from the launched server', () => {
    const server = { endpoints: { http: 'http://127.0.0.1:5000' } } as unknown as RunningServer
    expect(readSettings({ path: '/v2/x' }, { server, close: false, root: '/' }).url).toBe(
      'http://127.0.0.1:5000/v2/x',
    )
    expect(catchError(() => readSettings({}, { server: null, close: false, root: '/' }))).toMatchObject({
      message: expect.stringContaining('no server'),
    })
  })

  it('makes paths of secret files absolute, and reads nothing', () => {
    const options = { url: 'https://a', tls: { ca: { secret: 'file', path: 'ca.pem' } } }
    expect(readSettings(options, { server: null, close: false, root: '/bench' }).tls).toEqual({
      ca: { secret: 'file', path: '/bench/ca.pem' },
    })
  })
})

describe('the http provider', () => {
  it('goes from options to a checked answer', async () => {
    const server = await ScriptServer.start(async (peer) => {
      while ((await peer.request()) !== null) {
        await peer.write(
          'HTTP/1.1 202 Accepted\r\nserver-timing: queue;dur=2, inference;dur=0.5\r\ncontent-length: 7\r\n\r\n{"a":1}',
        )
      }
    })
    running.push(server)
    for (const engine of ['raw', 'undici'] as const) {
      const reference = await connect({
        url: `http://127.0.0.1:${server.port}/x`,
        engine,
        expectStatus: 202,
        serverTiming: { queue: 'queue', compute: 'inference' },
      })
      expect(reference).toMatchObject({ engine: `http1-${engine}`, multiplexed: false, warnings: [] })
      const sessionModule = (await import(reference.module)) as SessionModule<
        never,
        HttpRequest,
        HttpResponse
      >
      const target = await sessionModule.createCodec(reference.options as never)
      const prepared = prepare([await target.encode({ body: { n: 1 } })])
      const exchange = new RecordingExchange(1)
      await using session = await sessionModule.createSession({
        ...sessionContext(exchange, prepared),
        options: reference.options as never,
      })
      await session.connect()
      const { kind, status, head, messages, stages } = await ask(
        session,
        exchange,
        prepared.at(0) as Prepared,
      )
      expect({ kind, stages }).toEqual({
        kind: 0,
        stages: [
          { stage: 0, nanos: 2_000_000 },
          { stage: 1, nanos: 500_000 },
        ],
      })
      expect((await target.decode({ status, head, messages }, null)).json()).toEqual({ a: 1 })
      expect(exchange.violations).toEqual([])
    }
  })

  it('asks the server to close when connections are not reused', async () => {
    const server = await ScriptServer.start(async (peer) => peer.ended())
    running.push(server)
    const reference = await connect({ url: `http://127.0.0.1:${server.port}` }, 'per-request')
    expect(split(new HttpCodec(reference.options as never).encode({})).headers).toMatchObject({
      connection: 'close',
    })
  })

  it('finds what is wrong before any load', async () => {
    const certificate = createCertificate({ name: 'server', names: ['127.0.0.1'] })
    const secure = await ScriptServer.start(async (peer) => peer.ended(), {
      cert: certificate.cert,
      key: certificate.key,
    })
    running.push(secure)
    await expect(connect({ url: `https://127.0.0.1:${secure.port}` })).rejects.toMatchObject({
      cause: { code: 'SERVEBENCH_TARGET_TLS' },
    })
    await expect(
      connect({ url: `https://127.0.0.1:${secure.port}`, tls: { ca: certificate.cert } }),
    ).resolves.toBeDefined()
    const missing = { authorization: { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' } } as const
    await expect(
      connect({ url: `https://127.0.0.1:${secure.port}`, headers: missing }),
    ).rejects.toMatchObject({ cause: { code: 'SERVEBENCH_SECRET' } })
    const gone = await ScriptServer.start(async () => {})
    await gone[Symbol.asyncDispose]()
    await expect(connect({ url: `http://127.0.0.1:${gone.port}` })).rejects.toMatchObject({
      cause: { code: 'SERVEBENCH_TARGET_REFUSED' },
      exitCode: 4,
    })
    await expect(connect({ url: 'http://' })).rejects.toMatchObject({
      cause: { code: 'SERVEBENCH_VALIDATION' },
    })
  })
})

async function connect(
  options: HttpOptions,
  reuse: 'keep-alive' | 'per-request' = 'keep-alive',
): Promise<SessionReference> {
  const hooks = createHooks()
  await httpPlugin.apply({ hooks, root: '/bench' } as unknown as Bench)
  const context: ConnectContext = {
    server: null,
    settings: { connections: { count: 1, streams: 1, reuse, open: 'before' } } as unknown as TrialSettings,
    exchange: 'unary',
    signal: new AbortController().signal,
    log: { info: () => {}, warn: () => {} },
  }
  const target = JSON.parse(JSON.stringify(http(options))) as {
    kind: string
    package: string
    options: JsonObject
  }
  return (await hooks.connect.for('http').promise(target, context)) as SessionReference
}

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
