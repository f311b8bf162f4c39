import { mkdtempSync, rmSync } from 'node:fs'
import manifest from '../package.json' with { type: 'json' }
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arithmeticModel, identityModel, lookupModel, syntheticModel } from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import { binaryBody, bytesOf, float32, splitReply, type InferReply } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-http-'))
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

beforeAll(async () => {
  server = await ServerUnderTest.start([
    '--max-request-bytes=1MiB',
    `mlp=${await syntheticModel({ family: 'mlp', inputs: 4, width: 8, outputs: 3 }, directory)}`,
    `arithmetic=${arithmeticModel(directory)}`,
    `lookup=${lookupModel(directory)}`,
    `fixed=${identityModel(directory, 'FP32', [2, 2, 1])}`,
    ...DATATYPES.map((type) => `${type}=${identityModel(directory, type)}`),
  ])
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true })
})

async function post(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const response = await fetch(server.http + path, { method: 'POST', body, headers })
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  }
}

async function inferJson(model: string, request: unknown): Promise<InferReply> {
  return (await server.json(`/v2/models/${model}/infer`, request)) as InferReply
}

async function failure(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  const { status, bytes } = await post(path, body, headers)
  return [status, (JSON.parse(bytes.toString()) as { error: string }).error]
}

describe('health and metadata', () => {
  it.each(['/v2/health/live', '/v2/health/ready', '/v2/models/mlp/ready', '/v2/models/mlp/versions/1/ready'])(
    'GET %s is 200 and empty',
    async (path) => {
      const response = await fetch(server.http + path)
      expect([response.status, await response.text()]).toEqual([200, ''])
    },
  )

  it('says that an unknown model is not ready with 400, as Triton does', async () => {
    expect((await fetch(`${server.http}/v2/models/nope/ready`)).status).toBe(400)
  })

  it('describes itself, with the extensions that it has', async () => {
    expect(await server.json('/v2')).toEqual({
      name: 'servebench-onnx-server',
      version: manifest.version,
      extensions: [
        'model_repository',
        'model_configuration',
        'binary_tensor_data',
        'parameters',
        'statistics',
      ],
    })
  })

  it('describes a model by its file', async () => {
    expect(await server.json('/v2/models/mlp')).toEqual({
      name: 'mlp',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 4] }],
      outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 3] }],
    })
  })

  it('gives the configuration, without the batch dimension when there is one', async () => {
    const config = (await server.json('/v2/models/mlp/config')) as Record<string, unknown>
    expect(config).toMatchObject({
      max_batch_size: 65_536,
      input: [{ name: 'input', data_type: 'TYPE_FP32', dims: [4] }],
      instance_group: [{ name: 'mlp_0', kind: 'KIND_CPU', count: 1 }],
    })
    expect(await server.json('/v2/models/fixed/config')).toMatchObject({
      max_batch_size: 0,
      input: [{ dims: [2, 2, 1] }],
    })
  })
})

describe('JSON inference', () => {
  it('takes flat and nested data, echoes the id, and names model and version', async () => {
    const x = [1, -2, 0.5, 3, 0, 1, 2, 3]
    const input = { name: 'input', datatype: 'FP32', shape: [2, 4] }
    const flat = await inferJson('mlp', { id: 'a-1', inputs: [{ ...input, data: x }] })
    const nested = await inferJson('mlp', { inputs: [{ ...input, data: [x.slice(0, 4), x.slice(4)] }] })
    expect(flat).toMatchObject({
      id: 'a-1',
      model_name: 'mlp',
      model_version: '1',
      outputs: [{ name: 'output', datatype: 'FP32', shape: [2, 3] }],
    })
    expect(flat.outputs[0]?.data).toHaveLength(6)
    expect(nested.outputs[0]?.data).toEqual(flat.outputs[0]?.data)
    expect(nested).not.toHaveProperty('id')
  })

  it('computes with both inputs, in any order, and gives the outputs that are asked for, in that order', async () => {
    const a = { name: 'a', datatype: 'FP32', shape: [1, 2], data: [3, 4] }
    const b = { name: 'b', datatype: 'FP32', shape: [1, 2], data: [5, 7] }
    const all = await inferJson('arithmetic', { inputs: [b, a] })
    expect(all.outputs.map(({ name, data }) => [name, data])).toEqual([
      ['sum', [8, 11]],
      ['product', [15, 28]],
    ])
    const reversed = await inferJson('arithmetic', {
      inputs: [a, b],
      outputs: [{ name: 'product' }, { name: 'sum' }],
    })
    expect(reversed.outputs.map(({ name }) => name)).toEqual(['product', 'sum'])
    const one = await inferJson('arithmetic', { inputs: [a, b], outputs: [{ name: 'product' }] })
    expect(one.outputs.map(({ data }) => data)).toEqual([[15, 28]])
  })

  it.each([
    ['BOOL', [true, false, true]],
    ['UINT8', [0, 7, 255]],
    ['UINT16', [0, 1, 65_535]],
    ['UINT32', [0, 1, 4_294_967_295]],
    ['INT8', [-128, 0, 127]],
    ['INT16', [-32_768, 0, 32_767]],
    ['INT32', [-2_147_483_648, 0, 2_147_483_647]],
    ['INT64', [-5, 0, 9_007_199_254_740_991]],
    ['FP32', [0.5, -1.25, 2 ** 100]],
    ['FP64', [0.1, -1e300, 5e-324]],
    ['BYTES', ['', 'héllo', '日本\n"']],
  ] as const)('carries %s both ways', async (type, data) => {
    const { outputs } = await inferJson(type, {
      inputs: [{ name: 'x', datatype: type, shape: [1, 3], data }],
    })
    expect(outputs[0]).toEqual({ name: 'y', datatype: type, shape: [1, 3], data })
  })

  it.each([
    ['INT64', '[9007199254740993,-9223372036854775808,9223372036854775807]'],
    ['UINT64', '[9007199254740993,18446744073709551615,0]'],
  ])('keeps every digit of %s', async (type, data) => {
    const { bytes } = await post(
      `/v2/models/${type}/infer`,
      `{"inputs":[{"name":"x","datatype":"${type}","shape":[1,3],"data":${data}}]}`,
    )
    expect(bytes.toString()).toContain(`"data":${data}`)
  })

  it('writes null for what JSON cannot say, so that every parser reads it', async () => {
    const { body, headers } = binaryBody([
      { name: 'x', datatype: 'FP32', shape: [1, 3], bytes: bytesOf(Float32Array.of(NaN, -Infinity, 2)) },
    ])
    const { bytes } = await post('/v2/models/FP32/infer', body, headers)
    expect((JSON.parse(bytes.toString()) as InferReply).outputs[0]?.data).toEqual([null, null, 2])
  })

  it.each([
    ['FP32', Float32Array.of(-0, 0, -1.5)],
    ['FP64', Float64Array.of(1e300, -0, 0)],
  ])('says the same numbers of %s as binary tensors do, the sign of zero included', async (type, array) => {
    const input = [{ name: 'x', datatype: type, shape: [1, 3], bytes: bytesOf(array) }]
    const json = binaryBody(input)
    const { bytes } = await post(`/v2/models/${type}/infer`, json.body, json.headers)
    const binary = binaryBody(input, { parameters: { binary_data_output: true } })
    const answer = await post(`/v2/models/${type}/infer`, binary.body, binary.headers)
    const { tensors } = splitReply(
      answer.bytes,
      Number(answer.headers.get('inference-header-content-length')),
    )
    const said = (JSON.parse(bytes.toString()) as InferReply).outputs[0]?.data as number[]
    const own = type === 'FP32' ? Float32Array.from(said) : Float64Array.from(said)
    expect(Buffer.from(bytesOf(own))).toEqual(tensors[0])
    expect(bytes.toString()).toContain('-0.0')
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('takes a body in %s', async (encoding, compress) => {
    const request = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }],
    })
    const { status, bytes } = await post('/v2/models/FP32/infer', compress(request), {
      'Content-Encoding': encoding,
    })
    expect([status, (JSON.parse(bytes.toString()) as InferReply).outputs[0]?.data]).toEqual([200, [1, 2, 3]])
  })

  it('does not mind the content type that curl sends', async () => {
    const request = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'UINT8', shape: [1, 3], data: [1, 2, 3] }],
    })
    expect(
      (await post('/v2/models/UINT8/infer', request, { 'Content-Type': 'application/x-www-form-urlencoded' }))
        .status,
    ).toBe(200)
  })
})

describe('binary inference', () => {
  it.each([
    ['BOOL', Uint8Array.of(1, 0, 1)],
    ['UINT64', BigUint64Array.of(2n ** 64n - 1n, 0n, 1n)],
    ['INT8', Int8Array.of(-128, 0, 127)],
    ['FP16', Uint16Array.of(0x3c00, 0x7e01, 0xfc00)],
    ['FP32', Float32Array.of(NaN, 1e-40, -0)],
    ['FP64', Float64Array.of(NaN, 5e-324, -0)],
    ['BYTES', Uint8Array.of(2, 0, 0, 0, 97, 98, 0, 0, 0, 0, 1, 0, 0, 0, 99)],
  ])('carries every bit of %s', async (type, array) => {
    const { body, headers } = binaryBody(
      [{ name: 'x', datatype: type, shape: [1, 3], bytes: bytesOf(array) }],
      {
        parameters: { binary_data_output: true },
      },
    )
    const answer = await post(`/v2/models/${type}/infer`, body, headers)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    const { reply, tensors } = splitReply(
      answer.bytes,
      Number(answer.headers.get('inference-header-content-length')),
    )
    expect(reply.outputs[0]).toEqual({
      name: 'y',
      datatype: type,
      shape: [1, 3],
      parameters: { binary_data_size: array.byteLength },
    })
    expect(tensors[0]).toEqual(Buffer.from(bytesOf(array)))
  })

  it('mixes JSON and binary, in and out, by tensor', async () => {
    const request = {
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [1, 2], data: [1, 2] },
        { name: 'b', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      ],
      outputs: [{ name: 'sum', parameters: { binary_data: true } }, { name: 'product' }],
    }
    const head = Buffer.from(JSON.stringify(request))
    const body = Buffer.concat([head, bytesOf(Float32Array.of(10, 20))])
    const answer = await post('/v2/models/arithmetic/infer', body, {
      'Inference-Header-Content-Length': String(head.byteLength),
    })
    const { reply, tensors } = splitReply(
      answer.bytes,
      Number(answer.headers.get('inference-header-content-length')),
    )
    expect([...float32(tensors[0] as Buffer)]).toEqual([11, 22])
    expect(reply.outputs[1]?.data).toEqual([10, 40])
  })

  it('answers a binary request with JSON unless asked otherwise, and an output follows its own wish first', async () => {
    const input = { name: 'x', datatype: 'INT8', shape: [1, 3], bytes: Uint8Array.of(1, 2, 3) }
    const plain = binaryBody([input])
    expect((await post('/v2/models/INT8/infer', plain.body, plain.headers)).headers.get('content-type')).toBe(
      'application/json',
    )
    const refused = binaryBody([input], {
      parameters: { binary_data_output: true },
      outputs: [{ name: 'y', parameters: { binary_data: false } }],
    })
    expect(
      (await post('/v2/models/INT8/infer', refused.body, refused.headers)).headers.get('content-type'),
    ).toBe('application/json')
  })

  it('takes a raw tensor for a model with one input', async () => {
    const answer = await post('/v2/models/FP64/infer', bytesOf(Float64Array.of(1, 2, 3)), {
      'Inference-Header-Content-Length': '0',
    })
    const { reply, tensors } = splitReply(
      answer.bytes,
      Number(answer.headers.get('inference-header-content-length')),
    )
    expect(reply.outputs[0]?.shape).toEqual([1, 3])
    expect(tensors[0]).toEqual(Buffer.from(bytesOf(Float64Array.of(1, 2, 3))))
  })

  it('agrees with itself: a batch gives the rows that single requests give', async () => {
    const x = Float32Array.from({ length: 20 }, (_, index) => Math.sin(index))
    const rows = async (array: Float32Array): Promise<number[]> => {
      const { body, headers } = binaryBody(
        [{ name: 'input', datatype: 'FP32', shape: [array.length / 4, 4], bytes: bytesOf(array) }],
        {
          parameters: { binary_data_output: true },
        },
      )
      const answer = await post('/v2/models/mlp/infer', body, headers)
      return [
        ...float32(
          splitReply(answer.bytes, Number(answer.headers.get('inference-header-content-length')))
            .tensors[0] as Buffer,
        ),
      ]
    }
    const together = await rows(x)
    const apart = (
      await Promise.all([0, 1, 2, 3, 4].map((row) => rows(x.slice(4 * row, 4 * row + 4))))
    ).flat()
    apart.forEach((value, index) => expect(value).toBeCloseTo(together[index] as number, 6))
  })
})

describe('what a request says about its time', () => {
  it('puts the stages into the parameters and the header, and they agree', async () => {
    const request = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }],
    })
    const sent = Number(process.hrtime.bigint())
    const { headers, bytes } = await post('/v2/models/FP32/infer', request)
    const { parameters } = JSON.parse(bytes.toString()) as InferReply
    const stages = ['compute_input', 'compute_infer', 'compute_output'].map(
      (stage) => parameters[`servebench_${stage}_ns`] as number,
    )
    expect(Math.min(...stages)).toBeGreaterThanOrEqual(0)
    const compute = stages.reduce((total, stage) => total + stage, 0)
    expect(Math.abs((parameters['servebench_compute_ns'] as number) - compute)).toBeLessThanOrEqual(3)
    expect(parameters['servebench_queue_ns']).toBeGreaterThanOrEqual(0)
    expect(parameters['servebench_batch_size']).toBe(1)
    const instants = ['receive', 'compute_start', 'compute_end', 'send'].map(
      (instant) => parameters[`servebench_${instant}_ns`] as number,
    )
    const here = [sent, ...instants, Number(process.hrtime.bigint())]
    expect(here).toEqual([...here].sort((a, b) => a - b))
    const header = Object.fromEntries(
      (headers.get('server-timing') ?? '').split(', ').map((entry) => entry.split(';dur=')),
    )
    expect(Number(header['queue']) * 1e6).toBeCloseTo(parameters['servebench_queue_ns'] as number, -2)
    expect(Number(header['compute']) * 1e6).toBeCloseTo(compute, -2)
  })
})

describe('errors', () => {
  const input = { name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }
  const json = (value: unknown): string => JSON.stringify(value)

  it.each([
    ['an unknown model', '/v2/models/nope/infer', json({ inputs: [input] }), 404, "'nope' is not found"],
    ['an unknown version', '/v2/models/FP32/versions/7/infer', json({ inputs: [input] }), 404, 'version 7'],
    [
      'a version that is no number',
      '/v2/models/FP32/versions/abc/infer',
      json({ inputs: [input] }),
      404,
      'Not Found',
    ],
    [
      'an unknown input',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, name: 'z' }] }),
      400,
      "Unexpected inference input 'z' for model 'FP32'; it has 'x'",
    ],
    ['an input twice', '/v2/models/FP32/infer', json({ inputs: [input, input] }), 400, 'given twice'],
    [
      'a missing input',
      '/v2/models/arithmetic/infer',
      json({ inputs: [{ ...input, name: 'a' }] }),
      400,
      "Input 'b' of model 'arithmetic' is missing",
    ],
    [
      'another datatype',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, datatype: 'INT32' }] }),
      400,
      'has the datatype FP32, not INT32',
    ],
    [
      'another rank',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, shape: [3] }] }),
      400,
      'expected [-1,3], got [3]',
    ],
    [
      'another size',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, shape: [1, 4] }] }),
      400,
      'expected [-1,3], got [1,4]',
    ],
    [
      'a negative size',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, shape: [-1, 3] }] }),
      400,
      'got [-1,3]',
    ],
    [
      'a fractional size',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, shape: [1.5, 3] }] }),
      400,
      'got [1.5,3]',
    ],
    [
      'a huge size',
      '/v2/models/arithmetic/infer',
      json({ inputs: [{ ...input, name: 'a', shape: [2 ** 40, 2 ** 40] }] }),
      400,
      'Unexpected shape',
    ],
    [
      'an empty batch',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, shape: [0, 3], data: [] }] }),
      400,
      'batch-size must be from 1',
    ],
    [
      'batches that differ',
      '/v2/models/arithmetic/infer',
      json({
        inputs: [
          { name: 'a', datatype: 'FP32', shape: [1, 1], data: [1] },
          { name: 'b', datatype: 'FP32', shape: [2, 1], data: [1, 2] },
        ],
      }),
      400,
      'same batch size',
    ],
    [
      'too few values',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, data: [1, 2] }] }),
      400,
      'has 2 elements, but its shape needs 3',
    ],
    [
      'too many values',
      '/v2/models/FP32/infer',
      json({
        inputs: [
          {
            ...input,
            data: [
              [1, 2],
              [3, 4, 5],
            ],
          },
        ],
      }),
      400,
      'more elements than the 3',
    ],
    [
      'a string among numbers',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, data: [1, '2', 3] }] }),
      400,
      '"2" does not fit',
    ],
    [
      'an integer out of range',
      '/v2/models/INT8/infer',
      json({ inputs: [{ ...input, datatype: 'INT8', data: [1, 2, 128] }] }),
      400,
      '128 does not fit',
    ],
    [
      'a fraction among integers',
      '/v2/models/INT64/infer',
      json({ inputs: [{ ...input, datatype: 'INT64', data: [1, 2, 0.5] }] }),
      400,
      '0.5 does not fit',
    ],
    [
      'an unsigned integer below zero',
      '/v2/models/UINT64/infer',
      json({ inputs: [{ ...input, datatype: 'UINT64', data: [1, 2, -1] }] }),
      400,
      '-1 does not fit',
    ],
    [
      'FP16 as JSON',
      '/v2/models/FP16/infer',
      json({ inputs: [{ ...input, datatype: 'FP16' }] }),
      400,
      'no JSON form: send it as binary data',
    ],
    [
      'an unknown output',
      '/v2/models/FP32/infer',
      json({ inputs: [input], outputs: [{ name: 'q' }] }),
      400,
      "Unexpected inference output 'q'",
    ],
    [
      'classification',
      '/v2/models/FP32/infer',
      json({ inputs: [input], outputs: [{ name: 'y', parameters: { classification: 2 } }] }),
      400,
      'classification is not supported',
    ],
    ['no inputs', '/v2/models/FP32/infer', json({}), 400, 'no list of inputs'],
    [
      'no data',
      '/v2/models/FP32/infer',
      json({ inputs: [{ ...input, data: undefined }] }),
      400,
      "Input 'x' has no data",
    ],
    ['an empty body', '/v2/models/FP32/infer', '', 400, 'not JSON'],
    ['a list', '/v2/models/FP32/infer', '[]', 400, 'must be a JSON object'],
    [
      'bare NaN',
      '/v2/models/FP32/infer',
      '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[NaN,1,2]}]}',
      400,
      'not JSON',
    ],
    [
      'an index that the model refuses',
      '/v2/models/lookup/infer',
      json({ inputs: [{ name: 'index', datatype: 'INT64', shape: [1], data: [9] }] }),
      500,
      "Model 'lookup' failed in ONNX Runtime",
    ],
    ['an unknown path', '/v2/nope', '', 404, 'Not Found'],
    ['a path outside', '/v1/models/x:predict', '', 404, 'Not Found'],
  ])('%s', async (_what, path, body, status, message) => {
    const [actual, error] = await failure(path, body)
    expect(error).toContain(message)
    expect(actual).toBe(status)
  })

  it.each([
    ['a header length beyond the body', '9999', 'but the body has'],
    ['a header length that is no number', '-1', "is '-1'"],
  ])('%s', async (_what, length, message) => {
    const [status, error] = await failure('/v2/models/FP32/infer', json({ inputs: [input] }), {
      'Inference-Header-Content-Length': length,
    })
    expect([status, error]).toEqual([400, expect.stringContaining(message)])
  })

  it('counts the bytes of binary inputs', async () => {
    const short = binaryBody([{ name: 'x', datatype: 'FP32', shape: [1, 3], bytes: new Uint8Array(8) }])
    expect(await failure('/v2/models/FP32/infer', short.body, short.headers)).toEqual([
      400,
      expect.stringContaining('has 8 bytes, but its shape and datatype FP32 need 12'),
    ])
    const exact = binaryBody([{ name: 'x', datatype: 'FP32', shape: [1, 3], bytes: new Uint8Array(12) }])
    expect(await failure('/v2/models/FP32/infer', exact.body.subarray(0, -1), exact.headers)).toEqual([
      400,
      expect.stringContaining('body ends after 11'),
    ])
    expect(
      await failure('/v2/models/FP32/infer', Buffer.concat([exact.body, Buffer.alloc(3)]), exact.headers),
    ).toEqual([400, expect.stringContaining('3 bytes more')])
  })

  it('refuses BYTES elements that run over the end', async () => {
    const { body, headers } = binaryBody([
      { name: 'x', datatype: 'BYTES', shape: [1, 3], bytes: Uint8Array.of(255, 255, 255, 255, 1) },
    ])
    expect(await failure('/v2/models/BYTES/infer', body, headers)).toEqual([
      400,
      expect.stringContaining('longer than the data'),
    ])
  })

  it.each([
    ['a zero byte', [3, 0, 0, 0, 97, 0, 98, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['broken UTF-8', [1, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('refuses BYTES with %s, which would reach the model as something else', async (_what, bytes) => {
    const { body, headers } = binaryBody([
      { name: 'x', datatype: 'BYTES', shape: [1, 3], bytes: Uint8Array.from(bytes) },
    ])
    expect(await failure('/v2/models/BYTES/infer', body, headers)).toEqual([
      400,
      expect.stringContaining('not UTF-8 text or contains a zero byte'),
    ])
  })

  it('refuses FP16 as a JSON output', async () => {
    const { body, headers } = binaryBody([
      { name: 'x', datatype: 'FP16', shape: [1, 3], bytes: new Uint8Array(6) },
    ])
    expect(await failure('/v2/models/FP16/infer', body, headers)).toEqual([
      400,
      expect.stringContaining('ask for it as binary data'),
    ])
  })

  it('limits the body, also what it unpacks to', async () => {
    expect((await post('/v2/models/FP32/infer', Buffer.alloc(1_048_577))).status).toBe(413)
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    expect(await failure('/v2/models/FP32/infer', bomb, { 'Content-Encoding': 'gzip' })).toEqual([
      400,
      expect.stringContaining('gzip'),
    ])
  })

  it('refuses an encoding that it does not know, and data that is not in the encoding it claims', async () => {
    expect(await failure('/v2/models/FP32/infer', 'x', { 'Content-Encoding': 'zstd' })).toEqual([
      400,
      expect.stringContaining("'zstd' is not supported"),
    ])
    expect(await failure('/v2/models/FP32/infer', 'x', { 'Content-Encoding': 'gzip' })).toEqual([
      400,
      expect.stringContaining('not valid gzip'),
    ])
  })

  it.each([
    ['POST', '/v2/health/live', 'GET'],
    ['POST', '/v2', 'GET'],
    ['POST', '/v2/models/mlp', 'GET'],
    ['GET', '/v2/models/mlp/infer', 'POST'],
    ['GET', '/v2/repository/index', 'POST'],
    ['POST', '/metrics', 'GET'],
  ])('%s %s is 405 and says what is allowed', async (method, path, allowed) => {
    const response = await fetch(server.http + path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed])
  })
})
