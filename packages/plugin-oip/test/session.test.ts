import type { Datatype, TensorData } from 'servebench/plugin'
import { FailureKind, ServerStage } from 'servebench/session'
import { patchOf } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { OipOptions, OipProtocol, OipResponse } from '../src/index.ts'
import { DATATYPES } from '../src/tensor/datatype.ts'
import { FakeGrpcServer } from './support/fake-grpc-server.ts'
import { FakeHttpServer } from './support/fake-http-server.ts'
import { fakeModel } from './support/fake-models.ts'
import type { FakeOptions } from './support/fake-models.ts'
import { openOip } from './support/target-session.ts'

const disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0).reverse()) await disposable[Symbol.asyncDispose]()
})

const ENCODINGS: readonly (readonly [OipProtocol, OipOptions['engine'] & string])[] = [
  ['http', 'raw'],
  ['http', 'undici'],
  ['http-json', 'raw'],
  ['grpc', 'raw'],
  ['grpc', 'node'],
]

const EXAMPLES: Readonly<Record<Datatype, TensorData>> = {
  BOOL: Uint8Array.of(1, 0, 1),
  UINT8: Uint8Array.of(0, 1, 255),
  UINT16: Uint16Array.of(0, 1, 65_535),
  UINT32: Uint32Array.of(0, 1, 4_294_967_295),
  UINT64: BigUint64Array.of(0n, 9007199254740993n, 18446744073709551615n),
  INT8: Int8Array.of(-128, 0, 127),
  INT16: Int16Array.of(-32_768, 0, 32_767),
  INT32: Int32Array.of(-2_147_483_648, 0, 2_147_483_647),
  INT64: BigInt64Array.of(-9223372036854775808n, 9007199254740993n, 9223372036854775807n),
  FP16: Float32Array.of(-65_504, 2 ** -24, 0.333251953125),
  BF16: Float32Array.of(-1.5, 2 ** -133, 3),
  FP32: Float32Array.of(-0, 1 / 3, 1e-45),
  FP64: Float64Array.of(-0, 1 / 3, Number.MAX_VALUE),
  BYTES: [Buffer.from('text'), Buffer.from('größe 😀'), Buffer.alloc(0)],
}

async function serve(
  protocol: OipProtocol,
  options: Partial<FakeOptions> = {},
): Promise<FakeHttpServer | FakeGrpcServer> {
  const server = await (protocol === 'grpc' ? FakeGrpcServer : FakeHttpServer).start(options)
  disposables.push(server)
  return server
}

async function open(...args: Parameters<typeof openOip>): ReturnType<typeof openOip> {
  const target = await openOip(...args)
  disposables.push(target)
  return target
}

const INPUT = { inputs: { x: { data: Float32Array.of(1, 2, 3) } } }

describe.each(ENCODINGS)('%s by %s', (protocol, engine) => {
  it('carries every datatype there and back', async () => {
    const server = await serve(protocol, {
      models: DATATYPES.map((datatype) => fakeModel(datatype, datatype)),
    })
    for (const datatype of DATATYPES) {
      const asJson = protocol === 'http-json'
      const options = { url: server.url, model: datatype, protocol, engine }
      const input = { inputs: { x: { data: EXAMPLES[datatype] } } }
      if (asJson && (datatype === 'FP16' || datatype === 'BF16')) {
        await expect(openOip(options, input)).rejects.toThrow(
          `inputs.x: is ${datatype}, which has no JSON form`,
        )
        continue
      }
      const target = await open(options, input)
      const { response, kind } = await target.ask()
      expect(kind).toBe(FailureKind.none)
      expect(response).toMatchObject({ modelName: datatype, modelVersion: '1' })
      expect(response?.output('y')).toMatchObject({ datatype, shape: [1, 3] })
      expect(bytes(response?.output('y').data)).toStrictEqual(bytes(EXAMPLES[datatype]))
    }
  })

  it('carries megabytes', async () => {
    const data = Float32Array.from({ length: 3 * 250_000 }, (_, index) => index / 7)
    const models = [fakeModel('echo', 'FP32', { config: { max_batch_size: 1_000_000 } })]
    const server = await serve(protocol, { models })
    const target = await open(
      { url: server.url, model: 'echo', protocol, engine },
      { inputs: { x: { data } } },
    )
    expect(target.prepared[0]?.items).toBe(250_000)
    const { response } = await target.ask()
    const { buffer } = (response as OipResponse).output('y').data as Float32Array<ArrayBuffer>
    expect(Buffer.from(buffer).equals(Buffer.from(data.buffer))).toBe(true)
  })

  it('gives each request an id, which comes back', async () => {
    const server = await serve(protocol)
    const target = await open({ url: server.url, model: 'echo', protocol, engine, requestId: 'unit' }, INPUT)
    for (const unit of [0, 255, 70_000_000_000]) {
      expect((await target.ask(0, patchOf(unit))).response?.id).toBe(unit.toString(16).padStart(16, '0'))
    }
    expect(target.reference.engine).toMatch(protocol === 'grpc' ? /^grpc-/ : /^http1-/)
  })

  it('tells how long the server says that it took', async () => {
    const server = await serve(protocol, { stages: { queue: 1_500_000, compute: 2_345_670 } })
    const stages = [
      { stage: ServerStage.queue, nanos: 1_500_000 },
      { stage: ServerStage.compute, nanos: 2_345_670 },
    ]
    const target = await open({ url: server.url, model: 'echo', protocol, engine }, INPUT)
    expect((await target.ask()).stages).toEqual(stages)
    const silent = await open(
      { url: server.url, model: 'echo', protocol, engine, serverStages: false },
      INPUT,
    )
    expect((await silent.ask()).stages).toEqual([])
  })

  it('counts failures, and keeps one of the texts of each kind', async () => {
    const server = await serve(protocol)
    const target = await open({ url: server.url, model: 'echo', protocol, engine }, INPUT)
    expect(target.session.statistics().notes).toBeUndefined()
    const failures = [
      { http: 400, grpc: 3, text: "unexpected shape for input 'x'\n in größe" },
      { http: 400, grpc: 3, text: 'another text for the same' },
      { http: 503, grpc: 14, text: 'Exceeds maximum queue size' },
      { http: 500, grpc: 13, text: 'x'.repeat(2000) },
    ]
    for (const failure of failures) {
      server.options.failure = failure
      const { kind, code } = await target.ask()
      expect([kind, code]).toEqual(
        protocol === 'grpc' ? [FailureKind.grpcStatus, failure.grpc] : [FailureKind.httpStatus, failure.http],
      )
    }
    server.options.failure = null
    expect((await target.ask()).response).not.toBeNull()
    const names =
      protocol === 'grpc'
        ? ['grpc-invalid-argument', 'grpc-unavailable', 'grpc-internal']
        : ['http-400', 'http-503', 'http-500']
    expect(target.session.statistics().notes).toEqual([
      `One answer that failed with ${names[0]} said: unexpected shape for input 'x' in größe`,
      `One answer that failed with ${names[1]} said: Exceeds maximum queue size`,
      `One answer that failed with ${names[2]} said: ${'x'.repeat(300)}…`,
    ])
  })

  it('compresses both ways', async () => {
    const server = await serve(protocol)
    const compression = { request: 'gzip', response: 'gzip' } as const
    const input = { inputs: { x: { shape: [4, 3], data: new Float32Array(12).fill(0.5) } } }
    const target = await open({ url: server.url, model: 'echo', protocol, engine, compression }, input)
    const { response } = await target.ask()
    expect(response?.output('y').data).toEqual(new Float32Array(12).fill(0.5))
    expect(target.reference.warnings).toHaveLength(protocol === 'grpc' ? 1 : 0)
  })

  it('sends headers with secrets in them', async () => {
    const server = await serve(protocol, { authorization: 'Bearer abc' })
    process.env['SERVEBENCH_TEST_TOKEN'] = 'abc'
    const headers = { authorization: ['Bearer ', { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' } as const] }
    const target = await open({ url: server.url, model: 'echo', protocol, engine, headers }, INPUT)
    expect((await target.ask()).response).not.toBeNull()
    expect(JSON.stringify(target.reference)).not.toContain('abc')
    await expect(openOip({ url: server.url, model: 'echo', protocol, engine }, INPUT)).rejects.toThrow(
      /who are you\?/,
    )
    delete process.env['SERVEBENCH_TEST_TOKEN']
    await expect(
      openOip({ url: server.url, model: 'echo', protocol, engine, headers }, INPUT),
    ).rejects.toThrow('is not set')
  })
})

describe('over HTTP', () => {
  it('keeps the texts of other kinds of servers', async () => {
    const server = await FakeHttpServer.start()
    disposables.push(server)
    const target = await open({ url: server.url, model: 'echo' }, INPUT)
    for (const failure of [
      { http: 422, grpc: 0, text: '{"detail":[{"loc":["body","inputs"]}]}', type: 'application/json' },
      { http: 500, grpc: 0, text: 'Internal Server Error', type: 'text/plain' },
      { http: 502, grpc: 0, text: '<html>Bad gateway</html>', type: 'text/html' },
    ]) {
      server.options.failure = failure
      await target.ask()
    }
    expect(target.session.statistics().notes).toEqual([
      'One answer that failed with http-422 said: [{"loc":["body","inputs"]}]',
      'One answer that failed with http-500 said: Internal Server Error',
      'One answer that failed with http-502 said: <html>Bad gateway</html>',
    ])
  })

  it('asks for a version, and says what a body is', async () => {
    const server = await FakeHttpServer.start()
    disposables.push(server)
    const target = await open(
      { url: server.url, model: 'echo', version: '1', parameters: { priority: 2 } },
      INPUT,
    )
    await target.ask()
    expect(server.requests[0]).toMatchObject({
      path: '/v2/models/echo/versions/1/infer',
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(server.requests[0]?.body.toString('latin1')).toContain('"priority":2')
    const json = await open({ url: server.url, model: 'echo', protocol: 'http-json' }, INPUT)
    await json.ask()
    expect(server.requests[1]?.headers['content-type']).toBe('application/json')
  })
})

/** Byte arrays of any class as lists, so that only their content counts. */
function bytes(data: unknown): unknown {
  return Array.isArray(data) ? data.map((element: Uint8Array) => [...element]) : data
}
