import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Health } from '../src/server/grpc/gen/health_pb.ts'
import {
  GRPCInferenceService,
  ModelInferRequestSchema,
  type ModelStreamInferResponse,
} from '../src/server/grpc/gen/open_inference_pb.ts'
import { GrpcClient } from './support/grpc-client.ts'
import { arithmeticModel, identityModel, lookupModel } from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import { bytesOf, float32 } from './support/tensors.ts'

const { method } = GRPCInferenceService
const directory = mkdtempSync(join(tmpdir(), 'onnx-grpc-'))
const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const
let server: ServerUnderTest
let client: GrpcClient

beforeAll(async () => {
  server = await ServerUnderTest.start([
    '--max-request-bytes=16MiB',
    `arithmetic=${arithmeticModel(directory)}`,
    `lookup=${lookupModel(directory)}`,
    `wide=${identityModel(directory, 'FP32', ['N', 'W'])}`,
    ...DATATYPES.map((type) => `${type}=${identityModel(directory, type, ['N', 3])}`),
  ])
  client = new GrpcClient(server.grpc)
})
afterAll(async () => {
  client.close()
  await server.stop()
  rmSync(directory, { recursive: true })
})

type InferRequest = MessageInitShape<typeof ModelInferRequestSchema>

function request(
  modelName: string,
  datatype: string,
  data: Partial<InferRequest>,
  shape: readonly bigint[] = [1n, 3n],
): InferRequest {
  return {
    modelName,
    inputs: [
      {
        name: 'x',
        datatype,
        shape: [...shape],
        ...('contents' in data ? { contents: data['contents'] as never } : {}),
      },
    ],
    ...data,
  } as InferRequest
}

async function failure(message: InferRequest): Promise<[number, string]> {
  const error = await client.call(method.modelInfer, message).then(
    () => ({ code: 0, details: 'no error' }),
    (reason: { code: number; details: string }) => reason,
  )
  return [error.code, error.details]
}

describe('control plane', () => {
  it('is live and ready, in its own service and in gRPC health', async () => {
    expect((await client.call(method.serverLive, {})).reply.live).toBe(true)
    expect((await client.call(method.serverReady, {})).reply.ready).toBe(true)
    expect((await client.call(Health.method.check, {})).reply.status).toBe(1)
    expect((await client.call(Health.method.check, { service: 'nope' })).reply.status).toBe(2)
    expect((await client.call(method.modelReady, { name: 'FP32' })).reply.ready).toBe(true)
    expect((await client.call(method.modelReady, { name: 'nope' })).reply.ready).toBe(false)
  })

  it('describes server, model, configuration, statistics and index as over HTTP', async () => {
    const http = (await server.json('/v2/models/arithmetic')) as Record<string, unknown>
    const { reply: metadata } = await client.call(method.modelMetadata, { name: 'arithmetic', version: '1' })
    expect(metadata.platform).toBe(http['platform'])
    expect(
      metadata.inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(Number) })),
    ).toEqual(http['inputs'])
    expect((await client.call(method.serverMetadata, {})).reply.extensions).toContain('binary_tensor_data')
    const { config } = (await client.call(method.modelConfig, { name: 'arithmetic' })).reply
    expect([config?.name, config?.backend, config?.instanceGroup[0]?.count]).toEqual([
      'arithmetic',
      'onnxruntime',
      1,
    ])
    expect((await client.call(method.modelStatistics, {})).reply.modelStats).toHaveLength(
      DATATYPES.length + 3,
    )
    const { models } = (await client.call(method.repositoryIndex, { ready: true })).reply
    expect(models.every(({ state }) => state === 'READY')).toBe(true)
  })

  it('unloads and loads', async () => {
    await client.call(method.repositoryModelUnload, { modelName: 'BOOL' })
    expect((await client.call(method.modelReady, { name: 'BOOL' })).reply.ready).toBe(false)
    await client.call(method.repositoryModelLoad, { modelName: 'BOOL' })
    expect((await client.call(method.modelReady, { name: 'BOOL' })).reply.ready).toBe(true)
    await expect(client.call(method.repositoryModelLoad, { modelName: 'nope' })).rejects.toMatchObject({
      code: 13,
    })
    await expect(client.call(method.modelMetadata, { name: 'nope' })).rejects.toMatchObject({ code: 5 })
  })
})

describe('ModelInfer', () => {
  it.each([
    ['BOOL', Uint8Array.of(1, 0, 1)],
    ['UINT64', BigUint64Array.of(2n ** 64n - 1n, 0n, 1n)],
    ['INT16', Int16Array.of(-32_768, 0, 32_767)],
    ['FP16', Uint16Array.of(0x3c00, 0x7e01, 0xfc00)],
    ['FP32', Float32Array.of(NaN, 1e-40, -0)],
    ['FP64', Float64Array.of(NaN, 5e-324, -0)],
    ['BYTES', Uint8Array.of(2, 0, 0, 0, 97, 98, 0, 0, 0, 0, 1, 0, 0, 0, 99)],
  ])('carries every bit of %s as raw contents', async (type, array) => {
    const { reply } = await client.call(
      method.modelInfer,
      request(type, type, { id: 'q', rawInputContents: [bytesOf(array)] }),
    )
    expect([reply.modelName, reply.modelVersion, reply.id]).toEqual([type, '1', 'q'])
    expect(reply.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['y', type, [1n, 3n]],
    ])
    expect(Buffer.from(reply.rawOutputContents[0] as Uint8Array)).toEqual(Buffer.from(bytesOf(array)))
  })

  it.each([
    ['BOOL', { boolContents: [true, false, true] }, Uint8Array.of(1, 0, 1)],
    ['INT8', { intContents: [-128, 0, 127] }, Int8Array.of(-128, 0, 127)],
    ['UINT16', { uintContents: [0, 1, 65_535] }, Uint16Array.of(0, 1, 65_535)],
    ['INT64', { int64Contents: [-(2n ** 63n), 0n, 5n] }, BigInt64Array.of(-(2n ** 63n), 0n, 5n)],
    ['UINT64', { uint64Contents: [2n ** 64n - 1n, 0n, 5n] }, BigUint64Array.of(2n ** 64n - 1n, 0n, 5n)],
    ['FP32', { fp32Contents: [0.5, -1, 2] }, Float32Array.of(0.5, -1, 2)],
    ['FP64', { fp64Contents: [0.1, -1, 2] }, Float64Array.of(0.1, -1, 2)],
    [
      'BYTES',
      { bytesContents: [Buffer.from('a'), Buffer.from(''), Buffer.from('b')] },
      Uint8Array.of(1, 0, 0, 0, 97, 0, 0, 0, 0, 1, 0, 0, 0, 98),
    ],
  ])('takes %s as typed contents and answers raw', async (type, contents, expected) => {
    const { reply } = await client.call(method.modelInfer, {
      modelName: type,
      inputs: [{ name: 'x', datatype: type, shape: [1n, 3n], contents }],
    })
    expect(Buffer.from(reply.rawOutputContents[0] as Uint8Array)).toEqual(Buffer.from(bytesOf(expected)))
    expect(reply.outputs[0]?.contents).toBeUndefined()
  })

  it('gives the outputs that are asked for, in that order', async () => {
    const inputs = ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [1n, 2n] }))
    const rawInputContents = [bytesOf(Float32Array.of(3, 4)), bytesOf(Float32Array.of(5, 7))]
    const { reply } = await client.call(method.modelInfer, {
      modelName: 'arithmetic',
      inputs,
      rawInputContents,
      outputs: [{ name: 'product' }, { name: 'sum' }],
    })
    expect(reply.outputs.map(({ name }) => name)).toEqual(['product', 'sum'])
    expect(reply.rawOutputContents.map((bytes) => [...float32(bytes)])).toEqual([
      [15, 28],
      [8, 11],
    ])
  })

  it('says where the time went, in parameters and trailers', async () => {
    const { reply, trailers } = await client.call(
      method.modelInfer,
      request('FP32', 'FP32', { rawInputContents: [new Uint8Array(12)] }),
    )
    const names = ['queue', 'compute', 'compute_input', 'compute_infer', 'compute_output'].map(
      (stage) => `servebench_${stage}_ns`,
    )
    for (const name of names) expect(reply.parameters[name]?.parameterChoice.case).toBe('int64Param')
    expect(String(trailers.get('server-timing'))).toMatch(
      /^queue;dur=[\d.]+, compute;dur=[\d.]+, compute_input/,
    )
  })

  it('carries 8 MB both ways', async () => {
    const values = Float32Array.from({ length: 2_000_000 }, (_, index) => index)
    const { reply } = await client.call(
      method.modelInfer,
      request('wide', 'FP32', { rawInputContents: [bytesOf(values)] }, [1n, 2_000_000n]),
    )
    expect(Buffer.compare(reply.rawOutputContents[0] as Uint8Array, bytesOf(values))).toBe(0)
  })

  it.each([
    ['an unknown model', { modelName: 'nope' }, 5, "'nope' is not found"],
    ['an unknown version', { modelName: 'FP32', modelVersion: '9' }, 5, 'version 9'],
    ['no inputs', { modelName: 'FP32' }, 3, "Input 'x' of model 'FP32' is missing"],
    ['no data', request('FP32', 'FP32', {}), 3, "Input 'x' has no data"],
    ['too few bytes', request('FP32', 'FP32', { rawInputContents: [new Uint8Array(11)] }), 3, 'has 11 bytes'],
    [
      'another datatype',
      request('FP32', 'INT32', { rawInputContents: [new Uint8Array(12)] }),
      3,
      'not INT32',
    ],
    [
      'another shape',
      request('FP32', 'FP32', { rawInputContents: [new Uint8Array(12)] }, [3n]),
      3,
      'expected [-1,3], got [3]',
    ],
    [
      'a size beyond 2^53',
      request('wide', 'FP32', { rawInputContents: [new Uint8Array(12)] }, [1n, 2n ** 62n]),
      3,
      'Unexpected shape',
    ],
    [
      'raw contents for another number of inputs',
      request('FP32', 'FP32', { rawInputContents: [new Uint8Array(12), new Uint8Array(12)] }),
      3,
      '1 inputs, but 2 raw_input_contents',
    ],
    [
      'raw and typed contents',
      request('FP32', 'FP32', {
        rawInputContents: [new Uint8Array(12)],
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } }],
      }),
      3,
      'only one of them',
    ],
    [
      'typed contents in the wrong list',
      {
        modelName: 'FP32',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 3n], contents: { intContents: [1, 2, 3] } }],
      },
      3,
      'has 0 bytes',
    ],
    [
      'typed contents for FP16',
      {
        modelName: 'FP16',
        inputs: [{ name: 'x', datatype: 'FP16', shape: [1n, 3n], contents: { fp32Contents: [1, 2, 3] } }],
      },
      3,
      'use raw_input_contents',
    ],
    [
      'an unknown output',
      request('FP32', 'FP32', { rawInputContents: [new Uint8Array(12)], outputs: [{ name: 'é%' }] }),
      3,
      "output 'é%'",
    ],
    [
      'an index that the model refuses',
      {
        modelName: 'lookup',
        inputs: [{ name: 'index', datatype: 'INT64', shape: [1n], contents: { int64Contents: [9n] } }],
      },
      13,
      'failed in ONNX Runtime',
    ],
  ] as [string, InferRequest, number, string][])('refuses %s', async (_what, message, code, text) => {
    expect(await failure(message)).toEqual([code, expect.stringContaining(text)])
  })

  it('refuses a message above the limit with RESOURCE_EXHAUSTED', async () => {
    const [code, text] = await failure(
      request('wide', 'FP32', { rawInputContents: [new Uint8Array(17 * 1_048_576)] }, [1n, 4_456_448n]),
    )
    expect([code, text]).toEqual([8, expect.stringContaining('the limit is 16777216')])
  })

  it('answers UNIMPLEMENTED for a method that it lacks', async () => {
    const missing = { ...method.serverLive, name: 'TraceSetting' }
    await expect(client.call(missing, {})).rejects.toMatchObject({
      code: 12,
      details: expect.stringContaining('TraceSetting'),
    })
  })
})

describe('ModelStreamInfer', () => {
  async function exchange(messages: readonly InferRequest[]): Promise<ModelStreamInferResponse[]> {
    const stream = client.stream()
    const replies: ModelStreamInferResponse[] = []
    stream.on('data', (reply: ModelStreamInferResponse) => replies.push(reply))
    for (const message of messages) stream.write(create(ModelInferRequestSchema, message))
    stream.end()
    await new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject))
    return replies
  }

  it('gives each request one final response with its id', async () => {
    const messages = Array.from({ length: 50 }, (_, index) =>
      request('FP32', 'FP32', {
        id: `r${index}`,
        rawInputContents: [bytesOf(Float32Array.of(index, index, index))],
      }),
    )
    const replies = await exchange(messages)
    expect(new Set(replies.map(({ inferResponse }) => inferResponse?.id))).toEqual(
      new Set(messages.map(({ id }) => id)),
    )
    expect(replies).toHaveLength(50)
    for (const { inferResponse } of replies) {
      expect(inferResponse?.parameters['triton_final_response']?.parameterChoice.value).toBe(true)
      const [first] = float32(inferResponse?.rawOutputContents[0] as Uint8Array)
      expect(`r${first}`).toBe(inferResponse?.id)
    }
  })

  it('reports a bad request in the stream, which goes on', async () => {
    const good = request('FP32', 'FP32', { id: 'good', rawInputContents: [new Uint8Array(12)] })
    const replies = await exchange([
      { modelName: 'nope' },
      request('FP32', 'INT8', { rawInputContents: [new Uint8Array(3)] }),
      good,
    ])
    expect(replies.flatMap(({ errorMessage }) => (errorMessage === '' ? [] : errorMessage))).toEqual([
      expect.stringContaining("'nope' is not found"),
      expect.stringContaining('not INT8'),
    ])
    expect(replies.flatMap(({ inferResponse }) => inferResponse?.id ?? [])).toEqual(['good'])
  })

  it('ends at once when nothing was sent', async () => {
    expect(await exchange([])).toEqual([])
  })
})
