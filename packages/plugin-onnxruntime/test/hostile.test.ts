import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { Random } from 'servebench/plugin'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ModelInferRequestSchema } from '../src/server/grpc/gen/open_inference_pb.ts'
import { GrpcClient } from './support/grpc-client.ts'
import { arithmeticModel, identityModel } from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import { binaryBody, bytesOf } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-hostile-'))
let server: ServerUnderTest
let client: GrpcClient

beforeAll(async () => {
  server = await ServerUnderTest.start([
    '--max-batch-size=4',
    '--max-queue-delay=100us',
    `arithmetic=${arithmeticModel(directory)}`,
    `BYTES=${identityModel(directory, 'BYTES')}`,
    `INT64=${identityModel(directory, 'INT64')}`,
  ])
  client = new GrpcClient(server.grpc)
})
// Whatever was sent: the server lives, and serves the next request correctly.
afterEach(async () => {
  const inputs = ['a', 'b'].map((name, index) => ({
    name,
    datatype: 'FP32',
    shape: [1, 1],
    data: [index + 2],
  }))
  expect(await server.json('/v2/models/arithmetic/infer', { inputs })).toMatchObject({
    outputs: [{ data: [5] }, { data: [6] }],
  })
  expect(server.process.exitCode).toBeNull()
})
afterAll(async () => {
  client.close()
  await server.stop()
  rmSync(directory, { recursive: true })
})

const random = new Random([11, 22, 33, 44])
const pick = <T>(values: readonly T[]): T => values[random.int(values.length)] as T

/** Valid requests to start from. */
function goodBody(): { model: string; body: Buffer; headers: Record<string, string> } {
  const tensor = (name: string) => ({
    name,
    datatype: 'FP32',
    shape: [2, 3],
    bytes: bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)),
  })
  const arithmetic = { model: 'arithmetic', ...binaryBody([tensor('a'), tensor('b')]) }
  const text = { name: 'x', datatype: 'BYTES', shape: [1, 3], data: ['a', 'b', 'c'] }
  const whole = { name: 'x', datatype: 'INT64', shape: [1, 3], data: [1, 2, 3] }
  return pick([
    arithmetic,
    {
      model: 'BYTES',
      body: Buffer.from(JSON.stringify({ inputs: [text], outputs: [{ name: 'y' }] })),
      headers: {},
    },
    {
      model: 'INT64',
      body: Buffer.from(
        JSON.stringify({ id: 'q', inputs: [whole], parameters: { binary_data_output: true } }),
      ),
      headers: {},
    },
  ])
}

function mutate(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let change = random.int(6); change >= 0; change--) {
    const at = random.int(copy.length)
    const kind = random.int(4)
    if (kind === 0) copy[at] = random.int(256)
    else if (kind === 1) copy[at] = (copy[at] as number) ^ (1 << random.int(8))
    else if (kind === 2) copy.copyWithin(random.int(copy.length), at, Math.min(copy.length, at + 8))
    else return copy.subarray(0, at)
  }
  return copy
}

const STRANGE = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  '',
  'NaN',
  '\uD800',
  [],
  [[]],
  {},
  { a: {} },
  [null],
  Array.from({ length: 50 }, () => 1),
  '__proto__',
  'constructor',
]

/** The value with some of its parts replaced by something strange. */
function distort(value: unknown): unknown {
  if (random.int(6) === 0) return pick(STRANGE)
  if (Array.isArray(value)) return value.map(distort)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      random.int(15) === 0 ? JSON.stringify(pick(STRANGE)) : key,
      distort(part),
    ]),
  )
}

async function post(model: string, body: Uint8Array, headers: Record<string, string>): Promise<number> {
  const response = await fetch(`${server.http}/v2/models/${model}/infer`, { method: 'POST', body, headers })
  await response.arrayBuffer()
  return response.status
}

describe('hostile input', () => {
  it('survives HTTP bodies with flipped, moved and missing bytes', async () => {
    for (let round = 0; round < 60; round++) {
      const statuses = await Promise.all(
        Array.from({ length: 10 }, () => {
          const { model, body, headers } = goodBody()
          return post(model, mutate(body), headers)
        }),
      )
      for (const status of statuses) expect([200, 400]).toContain(status)
    }
  })

  it('survives JSON with parts of the wrong kind', async () => {
    const request = {
      id: 'x',
      parameters: { timeout: 1000, binary_data_output: false },
      inputs: ['a', 'b'].map((name) => ({
        name,
        datatype: 'FP32',
        shape: [1, 2],
        parameters: {},
        data: [[1, 2]],
      })),
      outputs: [{ name: 'sum', parameters: { binary_data: false } }],
    }
    for (let round = 0; round < 60; round++) {
      const statuses = await Promise.all(
        Array.from({ length: 10 }, () =>
          post('arithmetic', Buffer.from(JSON.stringify(distort(request))), {}),
        ),
      )
      for (const status of statuses) expect([200, 400, 504]).toContain(status)
    }
  })

  it('survives deeply nested and very wide data', async () => {
    const deep = `{"inputs":[{"name":"x","datatype":"INT64","shape":[1,3],"data":${'['.repeat(50_000)}1${']'.repeat(50_000)}}]}`
    expect(await post('INT64', Buffer.from(deep), {})).toBe(400)
    const wide = `{"inputs":[{"name":"x","datatype":"INT64","shape":[1,3],"data":[${'1,'.repeat(500_000)}1]}]}`
    expect(await post('INT64', Buffer.from(wide), {})).toBe(400)
    const many = {
      inputs: Array.from({ length: 20_000 }, (_, index) => ({
        name: `i${index}`,
        datatype: 'INT64',
        shape: [1],
        data: [1],
      })),
    }
    expect(await post('INT64', Buffer.from(JSON.stringify(many)), {})).toBe(400)
  })

  it('survives load requests with parts of the wrong kind', async () => {
    const config = (await server.json('/v2/models/INT64/config')) as object
    for (let round = 0; round < 40; round++) {
      const response = await fetch(`${server.http}/v2/repository/models/INT64/load`, {
        method: 'POST',
        body: JSON.stringify({ parameters: { config: JSON.stringify(distort(config)) } }),
      })
      await response.arrayBuffer()
      expect([200, 400]).toContain(response.status)
    }
  })

  it('survives gRPC messages with flipped, moved and missing bytes', async () => {
    const message = Buffer.from(
      toBinary(
        ModelInferRequestSchema,
        create(ModelInferRequestSchema, {
          modelName: 'arithmetic',
          id: 'x',
          parameters: { timeout: { parameterChoice: { case: 'int64Param', value: 10_000n } } },
          inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [2n, 3n] })),
          rawInputContents: [new Uint8Array(24), new Uint8Array(24)],
        }),
      ),
    )
    const send = (bytes: Buffer): Promise<number> =>
      new Promise((resolve) => {
        client
          .makeUnaryRequest(
            '/inference.GRPCInferenceService/ModelInfer',
            (value: Buffer) => value,
            (value) => value,
            bytes,
            () => undefined,
          )
          .on('status', ({ code }) => resolve(code))
      })
    for (let round = 0; round < 40; round++) {
      const codes = await Promise.all(Array.from({ length: 10 }, () => send(mutate(message))))
      for (const code of codes) expect([0, 3, 4, 5]).toContain(code)
    }
  })

  it('survives gRPC frames that lie about their length, and streams that break off', async () => {
    const session = connectHttp2(`http://${server.grpc}`)
    for (let round = 0; round < 60; round++) {
      const stream = openStream(session)
      stream.write(
        Buffer.from([
          random.int(3),
          random.int(2),
          random.int(256),
          random.int(256),
          random.int(256),
          ...Array.from({ length: random.int(40) }, () => random.int(256)),
        ]),
      )
      if (round % 2 === 0) stream.end()
      else stream.close()
      await new Promise((resolve) => stream.on('close', resolve))
    }
    session.close()
  })

  it('survives bytes that are no protocol at all', async () => {
    for (let round = 0; round < 40; round++) {
      const port = Number(new URL(round % 2 === 0 ? server.http : `http://${server.grpc}`).port)
      const garbage = Buffer.from(Array.from({ length: 1 + random.int(400) }, () => random.int(256)))
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(garbage))
        socket
          .on('error', () => undefined)
          .on('close', () => resolve())
          .resume()
      })
    }
  })

  it('keeps its accounts: every request that reached a model succeeded or failed', async () => {
    const before = await server.statistics('arithmetic')
    const good = ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [1, 1], data: [1] }))
    const bad = [JSON.stringify({ inputs: good.slice(1) }), '{']
    const bodies = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? (bad[index % 2] as string) : JSON.stringify({ inputs: good }),
    )
    const statuses = await Promise.all(bodies.map((body) => post('arithmetic', Buffer.from(body), {})))
    expect(statuses.filter((status) => status === 200)).toHaveLength(40)
    const after = await server.statistics('arithmetic')
    const added = (name: string): number =>
      (after.inference_stats[name]?.count ?? 0) - (before.inference_stats[name]?.count ?? 0)
    expect([added('success'), added('fail'), added('queue'), added('compute_infer')]).toEqual([
      40, 20, 40, 40,
    ])
    expect(after.inference_count - before.inference_count).toBe(40)
    const rows = after.batch_stats.reduce(
      (total, { batch_size, compute_infer }) => total + batch_size * compute_infer.count,
      0,
    )
    expect(rows).toBe(after.inference_count)
    expect(after.batch_stats.reduce((total, { compute_infer }) => total + compute_infer.count, 0)).toBe(
      after.execution_count,
    )
    const { success, queue, compute_input, compute_infer, compute_output } = after.inference_stats
    const stages = [queue, compute_input, compute_infer, compute_output].reduce(
      (total, stage) => total + (stage?.ns ?? 0),
      0,
    )
    expect(success?.ns).toBeGreaterThanOrEqual(stages)
  })
})

function openStream(session: ClientHttp2Session) {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/inference.GRPCInferenceService/ModelStreamInfer',
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  return stream.on('error', () => undefined).resume()
}
