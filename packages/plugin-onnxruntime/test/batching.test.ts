import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ModelInferRequestSchema,
  type ModelStreamInferResponse,
} from '../src/server/grpc/gen/open_inference_pb.ts'
import { GrpcClient } from './support/grpc-client.ts'
import {
  arithmeticModel,
  identityModel,
  lookupModel,
  syntheticModel,
  transposingModel,
} from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import { bytesOf, float32 } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-batching-'))

/**
 * Waits half a minute for a batch to fill: what is joined follows from the order of the requests alone, not from how
 * fast they come. Tests send what fills the last batch, too.
 */
let patient: ServerUnderTest

beforeAll(async () => {
  patient = await ServerUnderTest.start([
    '--max-batch-size=8',
    '--max-queue-delay=30s',
    `mlp=${await syntheticModel({ family: 'mlp', inputs: 4, width: 16, outputs: 3 }, directory)}`,
    `arithmetic=${arithmeticModel(directory)}`,
    `bytes=${identityModel(directory, 'BYTES')}`,
    `lookup=${lookupModel(directory)}`,
    `transposing=${transposingModel(directory)}`,
  ])
})
afterAll(async () => {
  await patient.stop()
  rmSync(directory, { recursive: true })
})

interface Sent {
  readonly modelName: string
  readonly inputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly bytes: Uint8Array
  }[]
  readonly outputs?: readonly string[]
}

/** Sends all requests on one stream, so that the server receives them in this order, and returns the answers by position. */
async function sendTogether(
  server: ServerUnderTest,
  requests: readonly Sent[],
): Promise<ModelStreamInferResponse[]> {
  const client = new GrpcClient(server.grpc)
  const stream = client.stream()
  const replies: ModelStreamInferResponse[] = []
  stream.on('data', (reply: ModelStreamInferResponse) => replies.push(reply))
  requests.forEach(({ modelName, inputs, outputs = [] }, index) => {
    stream.write(
      create(ModelInferRequestSchema, {
        modelName,
        id: String(index),
        inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(BigInt) })),
        rawInputContents: inputs.map(({ bytes }) => bytes),
        outputs: outputs.map((name) => ({ name })),
      }),
    )
  })
  stream.end()
  await new Promise<void>((resolve, reject) => stream.on('end', resolve).on('error', reject))
  client.close()
  return replies.sort((a, b) => Number(a.inferResponse?.id) - Number(b.inferResponse?.id))
}

interface Counted {
  readonly replies: ModelStreamInferResponse[]
  /** Executions by batch size. */
  readonly sizes: Readonly<Record<string, number>>
  readonly rows: number
  readonly executions: number
  readonly succeeded: number
  readonly failed: number
}

/** Sends all requests and counts what they add to the statistics of the last one's model. */
async function count(requests: readonly Sent[], server: ServerUnderTest = patient): Promise<Counted> {
  const model = requests.at(-1)?.modelName as string
  const before = await server.statistics(model)
  const replies = await sendTogether(server, requests)
  const after = await server.statistics(model)
  const sizes: Record<string, number> = {}
  for (const { batch_size, compute_infer } of after.batch_stats) {
    const known = before.batch_stats.find((batch) => batch.batch_size === batch_size)
    const added = compute_infer.count - (known?.compute_infer.count ?? 0)
    if (added > 0) sizes[batch_size] = added
  }
  const added = (name: string): number =>
    (after.inference_stats[name]?.count ?? 0) - (before.inference_stats[name]?.count ?? 0)
  return {
    replies,
    sizes,
    rows: after.inference_count - before.inference_count,
    executions: after.execution_count - before.execution_count,
    succeeded: added('success'),
    failed: added('fail'),
  }
}

/** a = value and b = 1000 everywhere: sum and product tell whose rows they are. */
function sum(rows: number, width: number, value: number, outputs?: readonly string[]): Sent {
  const input = (name: string, fill: number) => ({
    name,
    datatype: 'FP32',
    shape: [rows, width],
    bytes: bytesOf(new Float32Array(rows * width).fill(fill)),
  })
  return {
    modelName: 'arithmetic',
    inputs: [input('a', value), input('b', 1000)],
    ...(outputs === undefined ? {} : { outputs }),
  }
}

function row(seed: number): Sent {
  const values = Float32Array.from({ length: 4 }, (_, index) => Math.sin(10 * seed + index))
  return {
    modelName: 'mlp',
    inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 4], bytes: bytesOf(values) }],
  }
}

function valuesOf(reply: ModelStreamInferResponse | undefined): number[] {
  return [...float32(reply?.inferResponse?.rawOutputContents[0] as Uint8Array)]
}

function batchSizeOf(reply: ModelStreamInferResponse): number {
  return Number(reply.inferResponse?.parameters['servebench_batch_size']?.parameterChoice.value)
}

describe('the dynamic batcher', () => {
  it('joins requests up to the largest batch, and says so in each answer', async () => {
    const { replies, ...counted } = await count(Array.from({ length: 16 }, (_, index) => row(index)))
    expect(counted).toEqual({ sizes: { 8: 2 }, rows: 16, executions: 2, succeeded: 16, failed: 0 })
    expect(replies.map(batchSizeOf)).toEqual(Array.from({ length: 16 }, () => 8))
  })

  it('gives each request its own rows', async () => {
    const { replies } = await count(Array.from({ length: 8 }, (_, index) => row(index)))
    const { replies: reversed } = await count(Array.from({ length: 8 }, (_, index) => row(7 - index)))
    replies.forEach((reply, index) => expect(valuesOf(reply)).toEqual(valuesOf(reversed[7 - index])))
    expect(new Set(replies.map((reply) => String(valuesOf(reply)))).size).toBe(8)
  })

  it('counts rows, not requests, and never exceeds the largest batch', async () => {
    const counted = await count([1, 3, 4, 5, 4, 4].map((rows, index) => sum(rows, 1, index)))
    expect(counted).toMatchObject({ sizes: { 5: 1, 8: 2 }, rows: 21, executions: 3, succeeded: 6 })
  })

  it('joins only requests of equal shape, and splits the outputs by rows', async () => {
    const [sizes, widths] = [
      [1, 2, 3, 5, 8],
      [2, 2, 5, 5, 3],
    ]
    const { replies, ...counted } = await count(
      sizes.map((rows, index) => sum(rows, widths[index] as number, index)),
    )
    expect(counted).toMatchObject({ sizes: { 3: 1, 8: 2 }, rows: 19 })
    replies.forEach(({ inferResponse }, index) => {
      expect(inferResponse?.outputs.map(({ shape }) => shape.map(Number))).toEqual([
        [sizes[index], widths[index]],
        [sizes[index], widths[index]],
      ])
      const distinct = inferResponse?.rawOutputContents.map((bytes) => [...new Set(float32(bytes))])
      expect(distinct).toEqual([[1000 + index], [1000 * index]])
    })
  })

  it('joins requests that want different outputs', async () => {
    const wanted = [['product'], ['sum'], ['product', 'sum'], undefined]
    const { replies, sizes } = await count(wanted.map((outputs, index) => sum(2, 2, index + 1, outputs)))
    expect(sizes).toEqual({ 8: 1 })
    const named = replies.map(({ inferResponse }) =>
      Object.fromEntries(
        inferResponse?.outputs.map(({ name }, index) => [
          name,
          float32(inferResponse.rawOutputContents[index] as Uint8Array)[0],
        ]) ?? [],
      ),
    )
    expect(named).toEqual([
      { product: 1000 },
      { sum: 1002 },
      { product: 3000, sum: 1003 },
      { sum: 1004, product: 4000 },
    ])
  })

  it('splits BYTES outputs by elements', async () => {
    const requests = Array.from({ length: 16 }, (_, index): Sent => {
      const texts = [`a${index}`, '', 'ü'.repeat(index)].map((text) => Buffer.from(text))
      const bytes = Buffer.concat(texts.flatMap((text) => [bytesOf(Uint32Array.of(text.byteLength)), text]))
      return { modelName: 'bytes', inputs: [{ name: 'x', datatype: 'BYTES', shape: [1, 3], bytes }] }
    })
    const { replies, sizes } = await count(requests)
    expect(sizes).toEqual({ 8: 2 })
    replies.forEach(({ inferResponse }, index) =>
      expect(Buffer.from(inferResponse?.rawOutputContents[0] as Uint8Array)).toEqual(
        requests[index]?.inputs[0]?.bytes,
      ),
    )
  })

  it('runs the others again, each alone, when one request makes its batch fail', async () => {
    const lookup = (index: bigint): Sent => ({
      modelName: 'lookup',
      inputs: [{ name: 'index', datatype: 'INT64', shape: [1], bytes: bytesOf(BigInt64Array.of(index)) }],
    })
    const { replies, ...counted } = await count([0n, 1n, 2n, 99n, 3n, 1n, 0n, 2n].map(lookup))
    expect(counted).toEqual({ sizes: { 1: 7 }, rows: 7, executions: 7, succeeded: 7, failed: 1 })
    const answered = replies.filter(({ inferResponse }) => inferResponse !== undefined)
    expect(answered.map((reply) => valuesOf(reply)[0])).toEqual([0, 10, 20, 30, 10, 0, 20])
    expect(
      replies.filter(({ errorMessage }) => errorMessage.includes('failed in ONNX Runtime')),
    ).toHaveLength(1)
  })

  it('runs each request alone when the outputs have no row for each', async () => {
    const { replies, ...counted } = await count(
      Array.from({ length: 8 }, (_, value): Sent => ({
        modelName: 'transposing',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], bytes: bytesOf(Float32Array.of(value)) }],
      })),
    )
    expect(counted).toMatchObject({ sizes: { 1: 8 }, succeeded: 8 })
    expect(replies.map((reply) => valuesOf(reply)[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})

describe('while the instance is busy', () => {
  it('collects what comes: 17 requests are 3 executions', async () => {
    const heavy = await syntheticModel(
      { family: 'cnn', size: 128, channels: 1, width: 64, stages: 1, blocks: 3 },
      directory,
    )
    await using server = await ServerUnderTest.start([
      '--shared-thread-pool',
      '--max-batch-size=8',
      '--max-queue-delay=0us',
      `heavy=${heavy}`,
      `arithmetic=${arithmeticModel(directory)}`,
    ])
    const image = new Uint8Array(4 * 8 * 128 * 128)
    const blocker: Sent = {
      modelName: 'heavy',
      inputs: [{ name: 'input', datatype: 'FP32', shape: [8, 1, 128, 128], bytes: image }],
    }
    const { replies, ...counted } = await count(
      [blocker, ...Array.from({ length: 17 }, (_, index) => sum(1, 1, index))],
      server,
    )
    expect(counted).toEqual({ sizes: { 1: 1, 8: 2 }, rows: 17, executions: 3, succeeded: 17, failed: 0 })
    expect(replies.slice(1).map((reply) => valuesOf(reply)[0])).toEqual(
      Array.from({ length: 17 }, (_, index) => 1000 + index),
    )
  })
})

describe('the queue delay', () => {
  it('waits for others while the instance is idle, and no longer than it says', async () => {
    await using server = await ServerUnderTest.start([
      '--max-batch-size=64',
      '--max-queue-delay=150ms',
      `arithmetic=${arithmeticModel(directory)}`,
    ])
    const started = performance.now()
    await sendTogether(server, [sum(1, 1, 1), sum(1, 1, 2), sum(1, 1, 3)])
    expect(performance.now() - started).toBeGreaterThanOrEqual(149)
    expect((await server.statistics('arithmetic')).inference_count).toBe(3)
  })

  it('starts a batch of a preferred size at once', async () => {
    await using server = await ServerUnderTest.start([
      '--max-batch-size=8',
      '--max-queue-delay=30s',
      '--preferred-batch-size=4',
      `arithmetic=${arithmeticModel(directory)}`,
    ])
    const { sizes } = await count(
      [1, 2, 3, 4].map((value) => sum(1, 1, value)),
      server,
    )
    expect(sizes).toEqual({ 4: 1 })
  })
})
