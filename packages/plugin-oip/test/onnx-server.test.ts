import type { TensorData } from 'servebench/plugin'
import { FailureKind, ServerStage } from 'servebench/session'
import { checkTarget, patchOf } from 'servebench/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { oipControl } from '../src/control.ts'
import { OnnxServer } from './support/onnx-server.ts'
import type { ELEMENT_TYPES } from './support/onnx-server.ts'
import { connect, openOip } from './support/target-session.ts'

const DATA: Readonly<Record<keyof typeof ELEMENT_TYPES, TensorData>> = {
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
  FP32: Float32Array.of(-1.5, 1 / 3, 1e-45),
  FP64: Float64Array.of(-1.5, 1 / 3, Number.MAX_VALUE),
  BYTES: [Buffer.from('text'), Buffer.from('größe 😀'), Buffer.alloc(0)],
}

let server: OnnxServer
beforeAll(async () => {
  server = await OnnxServer.start()
}, 60_000)
afterAll(() => server?.[Symbol.asyncDispose]())

describe.each(['http', 'http-json', 'grpc', 'grpc-typed'] as const)(
  "servebench's own server over %s",
  (protocol) => {
    // JSON and typed contents have no 16-bit floats.
    const model = protocol === 'http-json' || protocol === 'grpc-typed' ? 'plain' : 'copy'
    const data = Object.entries(DATA).filter(([datatype]) => model === 'copy' || datatype !== 'FP16')
    const input = {
      inputs: Object.fromEntries(data.map(([datatype, elements]) => [`in_${datatype}`, { data: elements }])),
    }
    const options = () => ({ url: protocol.startsWith('grpc') ? server.grpc : server.http, model, protocol })

    it('keeps the contract of sessions', async () => {
      const { skipped } = await checkTarget(await connect(options()), { request: input })
      expect(skipped).toHaveLength(4)
    })

    it('is found and described', async () => {
      const { metadata, warnings } = await connect(options())
      expect(warnings).toEqual([])
      expect(metadata).toMatchObject({ name: model, maxBatchSize: 4 })
      expect(metadata?.inputs).toEqual(
        data.map(([datatype]) => ({ name: `in_${datatype}`, datatype, shape: [-1, 3] })),
      )
    })

    it('copies tensors of every datatype in one request, and says how long it took', async () => {
      await using target = await openOip({ ...options(), requestId: 'unit' }, input)
      const { response, stages } = await target.ask(0, patchOf(77))
      expect(response).toMatchObject({ modelName: model, id: '000000000000004d' })
      for (const [datatype, elements] of data) {
        const output = response?.output(`out_${datatype}`)
        expect(output?.shape).toEqual([1, 3])
        expect(bytes(output?.data)).toStrictEqual(bytes(elements))
      }
      expect(new Set(stages.map(({ stage }) => stage))).toEqual(
        new Set([ServerStage.queue, ServerStage.compute]),
      )
      expect(stages.find(({ stage }) => stage === ServerStage.compute)?.nanos).toBeGreaterThan(0)
    })

    it('takes compressed requests, and gives the outputs that were asked for', async () => {
      const compression = { request: 'gzip', response: 'gzip' } as const
      await using target = await openOip({ ...options(), compression, outputs: ['out_FP32'] }, input)
      const { response } = await target.ask()
      expect(response?.outputs).toMatchObject([{ name: 'out_FP32', data: DATA.FP32 }])
    })

    it('says why it refuses', async () => {
      const control = await oipControl({ url: server.http })
      await using target = await openOip(options(), input)
      await control.unloadModel?.(model)
      const { kind, code } = await target.ask()
      await control.loadModel?.(model)
      expect([kind, code]).toEqual(
        protocol.startsWith('grpc') ? [FailureKind.grpcStatus, 5] : [FailureKind.httpStatus, 404],
      )
      const name = protocol.startsWith('grpc') ? 'grpc-not-found' : 'http-404'
      expect(target.session.statistics().notes).toEqual([
        expect.stringMatching(`failed with ${name} said: .*${model}`),
      ])
      expect((await target.ask()).kind).toBe(FailureKind.none)
    })
  },
)

it('counts what was asked', async () => {
  const control = await oipControl({ url: server.http, metricsUrl: `${server.http}/metrics` })
  const overGrpc = await oipControl({ url: server.grpc, protocol: 'grpc' })
  const inferences = async (): Promise<number> =>
    (await control.statistics?.())?.models['copy']?.inferences ?? 0
  const before = await inferences()
  const inputs = Object.fromEntries(
    Object.entries(DATA).map(([datatype, elements]) => [`in_${datatype}`, { data: elements }]),
  )
  await using target = await openOip({ url: server.grpc, model: 'copy', protocol: 'grpc' }, { inputs })
  for (let count = 0; count < 5; count++) expect((await target.ask()).kind).toBe(FailureKind.none)
  expect((await inferences()) - before).toBe(5)
  expect(await overGrpc.statistics?.()).toEqual(await control.statistics?.())
  expect(await overGrpc.modelConfig?.('copy')).toMatchObject({ name: 'copy', max_batch_size: 4 })
  expect(await control.metrics?.()).toContain('copy')
  expect((await overGrpc.metadata()).models).toEqual((await control.metadata()).models)
})

/** Byte arrays of any class as lists, so that only their content counts. */
function bytes(data: unknown): unknown {
  return Array.isArray(data) ? data.map((element: Uint8Array) => [...element]) : data
}
