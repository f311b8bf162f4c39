import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { RunningServer, ServebenchError } from 'servebench/plugin'
import { createCertificate } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { OipOptions, OipProtocol } from '../src/index.ts'
import { createClient } from '../src/server/create-client.ts'
import { describeServer } from '../src/server/describe-server.ts'
import type { OipSessionOptions } from '../src/session-options.ts'
import { FakeGrpcServer } from './support/fake-grpc-server.ts'
import { FakeHttpServer } from './support/fake-http-server.ts'
import { fakeModel } from './support/fake-models.ts'
import type { FakeOptions } from './support/fake-models.ts'
import { connect, openOip } from './support/target-session.ts'

const disposables: (() => unknown)[] = []
afterEach(async () => {
  for (const dispose of disposables.splice(0).reverse()) await dispose()
  delete process.env['SERVEBENCH_TEST_KEY']
})

const PROTOCOLS: readonly OipProtocol[] = ['http', 'grpc']
const INPUT = { inputs: { x: { data: Float32Array.of(1, 2, 3) } } }

async function serve(
  protocol: OipProtocol,
  options: Partial<FakeOptions> = {},
): Promise<FakeHttpServer | FakeGrpcServer> {
  const server = await (protocol === 'grpc' ? FakeGrpcServer : FakeHttpServer).start(options)
  disposables.push(() => server[Symbol.asyncDispose]())
  return server
}

async function errorOf(promise: Promise<unknown>): Promise<ServebenchError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toHaveProperty('exitCode')
  return error as ServebenchError
}

/** A plain HTTP server that is none of the protocol. */
async function other(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  disposables.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function tcp(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    answer(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  disposables.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.each(PROTOCOLS)('the preflight over %s', (protocol) => {
  const asked = (url: string, options: Partial<OipOptions> = {}) =>
    connect({ url, model: 'echo', protocol, ...options })

  it('finds the model and describes it', async () => {
    const server = await serve(protocol)
    const { options, ...reference } = await asked(server.url)
    expect(reference).toMatchObject({
      engine: protocol === 'grpc' ? 'grpc-http2' : 'http1-raw',
      multiplexed: protocol === 'grpc',
      warnings: [],
      metadata: {
        name: 'echo',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
        maxBatchSize: 4,
      },
      server: {
        protocol,
        name: 'fake',
        version: '1.2',
        model: { name: 'echo', platform: 'fake', versions: ['1'], maxBatchSize: 4 },
      },
      defaultInput: {
        options: { options: { tensors: [{ name: 'x', datatype: 'FP32', shape: [1, 3] }] } },
      },
    })
    expect((options as unknown as OipSessionOptions).close).toBe(false)
    expect(JSON.parse(JSON.stringify(options))).toEqual(options)
  })

  it('knows optional inputs', async () => {
    const config = { max_batch_size: 0, input: [{ name: 'x', optional: true }] }
    const server = await serve(protocol, { models: [fakeModel('echo', 'FP32', { config })] })
    expect((await asked(server.url)).metadata).toMatchObject({
      inputs: [{ name: 'x', optional: true }],
      maxBatchSize: 0,
    })
  })

  it('uses the server that the case launched', async () => {
    const server = await serve(protocol)
    const running = {
      endpoints: { http: server.url, grpc: server.url },
      control: null,
    } as unknown as RunningServer
    const { options } = await connect({ model: 'echo', protocol }, { server: running })
    expect((options as unknown as OipSessionOptions).url).toBe(server.url)
  })

  it('says which models there are', async () => {
    const server = await serve(protocol, {
      models: [
        fakeModel('resnet50'),
        fakeModel('bert'),
        fakeModel('old', 'FP32', { state: 'UNAVAILABLE', reason: 'unloaded' }),
      ],
    })
    expect(await errorOf(asked(server.url, { model: 'resnet5' }))).toMatchObject({
      code: 'SERVEBENCH_OIP_MODEL',
      exitCode: 4,
      message: `The server at ${server.url} has no model 'resnet5' (Request for unknown model: 'resnet5' is not found).`,
      advice: "Did you mean 'resnet50'? The server has resnet50, bert.",
    })
    expect(await errorOf(asked(server.url, { model: 'old' }))).toMatchObject({
      message: `Model 'old' at ${server.url} is UNAVAILABLE: unloaded.`,
      advice: 'Load it, or wait until the server has.',
    })
  })

  it('says which versions there are', async () => {
    const server = await serve(protocol, { models: [fakeModel('echo', 'FP32', { versions: ['1', '3'] })] })
    expect(await errorOf(asked(server.url, { version: '2' }))).toMatchObject({
      message: `Model 'echo' at ${server.url} has no version '2'.`,
      advice: 'It has the versions 1, 3.',
    })
    expect((await asked(server.url, { version: '3' })).metadata).toMatchObject({ version: '3' })
  })

  it('refuses a decoupled model, and numbers the sequences of one that keeps them', async () => {
    const decoupled = fakeModel('echo', 'FP32', { config: { model_transaction_policy: { decoupled: true } } })
    const sequences = fakeModel('seq', 'FP32', { config: { max_batch_size: 4, sequence_batching: {} } })
    const server = await serve(protocol, { models: [decoupled, sequences, fakeModel('echo2', 'FP32')] })
    expect(await errorOf(asked(server.url))).toMatchObject({
      code: 'SERVEBENCH_OIP_DECOUPLED',
      advice: expect.stringContaining('triton()'),
    })
    const { options, warnings } = await asked(server.url, { model: 'seq' })
    expect(warnings).toEqual([])
    expect(options).toMatchObject({ unique: { sequence: expect.anything() } })
    expect((await asked(server.url, { model: 'echo2' })).options).not.toMatchObject({
      unique: { sequence: expect.anything() },
    })
  })

  it('says that a login is missing', async () => {
    const server = await serve(protocol, { authorization: 'Bearer x' })
    expect(await errorOf(asked(server.url))).toMatchObject({
      code: 'SERVEBENCH_OIP_CALL',
      message: expect.stringMatching(/failed with (HTTP 401|grpc-unauthenticated): who are you\?/),
      advice: 'Send what the server asks for with headers: { authorization: … }.',
    })
  })

  it('says that nobody listens', async () => {
    const server = await serve(protocol)
    await server[Symbol.asyncDispose]()
    disposables.length = 0
    expect(await errorOf(asked(server.url))).toMatchObject({ code: 'SERVEBENCH_TARGET_REFUSED', exitCode: 4 })
  })

  it('says that the port speaks another protocol', async () => {
    const server = await serve(protocol === 'grpc' ? 'http' : 'grpc')
    expect(await errorOf(asked(server.url))).toMatchObject(
      protocol === 'grpc'
        ? { code: 'SERVEBENCH_TARGET_NOT_HTTP2', advice: expect.stringContaining('gRPC port') }
        : { code: 'SERVEBENCH_TARGET_HTTP2', advice: "Use the server's HTTP port, or protocol: 'grpc'." },
    )
  })

  it('is done with garbage, and with a peer that hangs up', async () => {
    const garbage = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect((await errorOf(asked(garbage))).code).toMatch(/^SERVEBENCH_(TARGET|GRPC)/)
    const closing = await tcp((socket) => socket.once('data', () => socket.destroy()))
    expect((await errorOf(asked(closing))).code).toMatch(/^SERVEBENCH_(TARGET|GRPC)/)
  })

  it('does not wait for ever', async () => {
    const quiet = await tcp(() => {})
    const client = createClient(quiet, protocol, { timeout: 100 })
    expect((await errorOf(describeServer(client))).message).toMatch(/did not answer .*within 0\.1 s/)
    const { promise, resolve } = Promise.withResolvers<void>()
    const silent = await tcp((socket) => socket.on('data', () => resolve()))
    const controller = new AbortController()
    const pending = createClient(silent, protocol, { signal: controller.signal }).serverMetadata()
    await promise
    controller.abort(new Error('stopped'))
    await expect(pending).rejects.toThrow('stopped')
  })

  it('refuses streams', async () => {
    const server = await serve(protocol)
    const refused = connect({ url: server.url, model: 'echo', protocol }, { exchange: 'stream' })
    expect(await errorOf(refused)).toMatchObject({
      code: 'SERVEBENCH_STREAM_UNSUPPORTED',
      advice: expect.stringContaining('triton()'),
    })
  })
})

describe('the preflight', () => {
  it('chooses the encoding by what the server lists', async () => {
    const binary = await serve('http')
    expect((await connect({ url: binary.url, model: 'echo' })).server).toMatchObject({ protocol: 'http' })
    const plain = await serve('http', { extensions: [] })
    const chosen = await connect({ url: plain.url, model: 'echo' })
    expect(chosen).toMatchObject({ server: { protocol: 'http-json' }, metadata: { maxBatchSize: null } })
    expect(chosen.warnings).toEqual([expect.stringContaining('sent as JSON')])
    expect((await connect({ url: plain.url, model: 'echo', protocol: 'http' })).warnings).toEqual([
      expect.stringContaining("use protocol: 'http-json'"),
    ])
  })

  it('says that the server is another one', async () => {
    const url = await other((_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>'),
    )
    expect(await errorOf(connect({ url, model: 'echo' }))).toMatchObject({
      code: 'SERVEBENCH_OIP_SERVER',
      message: `${url} does not speak the Open Inference Protocol: it answers HTTP 404: <h1>Not Found</h1>.`,
    })
    const chatty = await other((_request, response) => response.end('{"hello":"world"}'))
    expect(await errorOf(connect({ url: chatty, model: 'echo' }))).toMatchObject({
      code: 'SERVEBENCH_OIP_SERVER',
    })
    const text = await other((_request, response) => response.end('hello'))
    expect(await errorOf(connect({ url: text, model: 'echo' }))).toMatchObject({
      code: 'SERVEBENCH_OIP_SERVER',
    })

    const grpc = new GrpcServer()
    disposables.push(() => grpc.forceShutdown())
    const port = await new Promise<number>((resolve) =>
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => resolve(bound)),
    )
    expect(
      await errorOf(connect({ url: `http://127.0.0.1:${port}`, model: 'echo', protocol: 'grpc' })),
    ).toMatchObject({
      code: 'SERVEBENCH_OIP_SERVER',
      message: expect.stringContaining('grpc-unimplemented'),
    })
  })

  it('takes a server that does not describe itself, but its models', async () => {
    const url = await other((request, response) => {
      if (request.url === '/v2') response.writeHead(404).end('Not Found')
      else if (request.url === '/v2/models/m')
        response.end('{"name":"m","inputs":[{"name":"x","datatype":"INT64","shape":[-1]}]}')
      else if (request.url === '/v2/models/m/ready') response.end('{"name":"m","ready":true}')
      else response.writeHead(404).end('{"error":"Model not found: other"}')
    })
    expect(await connect({ url, model: 'm' })).toMatchObject({
      metadata: { outputs: [], maxBatchSize: null },
      server: { protocol: 'http-json' },
    })
    expect(await errorOf(connect({ url, model: 'other' }))).toMatchObject({ code: 'SERVEBENCH_OIP_MODEL' })
  })

  it('says that a model is not ready', async () => {
    const url = await other((request, response) => {
      if (request.url === '/v2') response.end('{"name":"s","version":"1","extensions":["model_repository"]}')
      else if (request.url?.endsWith('/ready')) response.writeHead(400).end('{"error":"not ready"}')
      else if (request.url === '/v2/repository/index')
        response.end('[{"name":"m","version":"1","state":"LOADING","reason":"3 of 5"}]')
      else response.end('{"name":"m","inputs":[],"outputs":[]}')
    })
    expect(await errorOf(connect({ url, model: 'm' }))).toMatchObject({
      code: 'SERVEBENCH_OIP_MODEL',
      message: `Model 'm' at ${url} is not ready: it is LOADING, 3 of 5.`,
    })
  })

  it('asks below a path, and to close when each request has a connection of its own', async () => {
    const paths: string[] = []
    const url = await other((request, response) => {
      paths.push(`${request.method} ${request.url} ${request.headers.host}`)
      response.end('{"name":"m/1","inputs":[{"name":"x","datatype":"FP32","shape":[1]}],"outputs":[]}')
    })
    const settings = { connections: { reuse: 'per-request' } } as never
    const { options } = await connect(
      { url: `${url}/serving/`, model: 'm/1', headers: { host: 'model.example' } },
      { settings },
    )
    expect(paths).toEqual(
      ['/v2', '/v2/models/m%2F1', '/v2/models/m%2F1/ready'].map(
        (path) => `GET /serving${path} model.example`,
      ),
    )
    expect((options as unknown as OipSessionOptions).close).toBe(true)
  })

  it('bounds what it reads', async () => {
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    const url = await other((_request, response) => {
      const more = (): void => {
        while (response.write(chunk));
        response.once('drain', more)
      }
      more()
    })
    expect(await errorOf(connect({ url, model: 'm' }))).toMatchObject({ code: 'SERVEBENCH_TARGET_ANSWER' })
  })
})

describe('TLS', () => {
  const authority = createCertificate({ name: 'test authority' })
  const certificate = createCertificate({ name: 'server', names: ['127.0.0.1'], issuer: authority })
  const client = createCertificate({ name: 'client', issuer: authority })

  it.each(PROTOCOLS)('is spoken in the preflight and under load: %s', async (protocol) => {
    const server = await (protocol === 'grpc' ? FakeGrpcServer : FakeHttpServer).start(
      {},
      { cert: certificate.cert, key: certificate.key },
    )
    disposables.push(() => server[Symbol.asyncDispose]())
    const options = { url: server.url, model: 'echo', protocol, tls: { ca: authority.cert } } as const
    await using target = await openOip(options, INPUT)
    expect((await target.ask()).response?.output('y').data).toEqual(Float32Array.of(1, 2, 3))
    expect(target.session.statistics().handshakeNanos).toBeGreaterThan(0)
    expect(await errorOf(connect({ ...options, tls: {} }))).toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.ca'),
    })
    expect((await connect({ ...options, tls: { insecure: true } })).metadata).toMatchObject({ name: 'echo' })
    const plain = await errorOf(connect({ ...options, url: server.url.replace('https', 'http') }))
    expect(plain.code).toMatch(/^SERVEBENCH_(TARGET|GRPC|OIP)/)
  })

  it.each(PROTOCOLS)('is missed where it is not spoken: %s', async (protocol) => {
    const server = await serve(protocol)
    const url = server.url.replace('http', 'https')
    expect(await errorOf(connect({ url, model: 'echo', protocol }))).toMatchObject({
      code: 'SERVEBENCH_TARGET_NOT_TLS',
    })
  })

  it('shows a client certificate', async () => {
    const server = await FakeHttpServer.start(
      {},
      {
        cert: certificate.cert,
        key: certificate.key,
        ca: authority.cert,
        requestCert: true,
        rejectUnauthorized: true,
      },
    )
    disposables.push(() => server[Symbol.asyncDispose]())
    process.env['SERVEBENCH_TEST_KEY'] = client.key
    const tls = {
      ca: authority.cert,
      cert: client.cert,
      key: { secret: 'env', name: 'SERVEBENCH_TEST_KEY' },
    } as const
    await using target = await openOip({ url: server.url, model: 'echo', tls }, INPUT)
    expect((await target.ask()).response).not.toBeNull()
    expect(
      await errorOf(connect({ url: server.url, model: 'echo', tls: { ca: authority.cert } })),
    ).toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      advice: expect.stringContaining('tls.cert'),
    })
  })
})

it('knows whether the model answers equal requests from a cache', async () => {
  for (const enable of [true, false]) {
    const config = { max_batch_size: 0, response_cache: { enable } }
    const server = await serve('http', { models: [fakeModel('echo', 'FP32', { config })] })
    expect((await connect({ url: server.url, model: 'echo' })).caches ?? false).toBe(enable)
  }
})
