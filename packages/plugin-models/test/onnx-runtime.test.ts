import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { provideModel } from '../src/artifact-cache.ts'
import { buildGraph } from '../src/model-file.ts'
import { onnxModel, type OnnxModelOptions, type OnnxModelSpec } from '../src/onnx-model.ts'
import { evaluateGraph } from './evaluate.ts'

const directory = mkdtempSync(join(tmpdir(), 'models-'))
afterAll(() => rmSync(directory, { recursive: true }))

async function open(spec: OnnxModelSpec): Promise<InferenceSession> {
  const { path } = await provideModel(spec, directory)
  return InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 })
}

function inputFor(session: InferenceSession, batch: number): Tensor {
  const [info] = session.inputMetadata
  if (!info?.isTensor) throw new Error('The model has no tensor input.')
  const shape = info.shape.map((size) => (typeof size === 'string' ? batch : size))
  const length = shape.reduce((product, size) => product * size, 1)
  return new Tensor(
    'float32',
    Float32Array.from({ length }, (_, index) => 1.5 * Math.sin(7 * index + 1)),
    shape,
  )
}

async function run(session: InferenceSession, input: Tensor): Promise<Float32Array> {
  return (await session.run({ input }))['output']?.data as Float32Array
}

const SMALL: readonly OnnxModelOptions[] = [
  { family: 'mlp', inputs: 5, width: 7, layers: 1, outputs: 3 },
  { family: 'mlp', inputs: 16, width: 32, layers: 6, outputs: 4, head: 'none' },
  { family: 'mlp', inputs: 16, width: 32, layers: 3, outputs: 4, activation: 'tanh' },
  { family: 'mlp', inputs: 16, width: 32, layers: 3, outputs: 4, activation: 'sigmoid', seed: 9 },
  { family: 'cnn', size: 9, channels: 2, width: 4, stages: 2, blocks: 2, outputs: 3 },
  {
    family: 'cnn',
    size: 8,
    channels: 1,
    width: 4,
    stages: 1,
    blocks: 1,
    kernel: 5,
    outputs: 3,
    head: 'none',
  },
  { family: 'cnn', block: 'residual', size: 9, channels: 3, width: 4, stages: 3, blocks: 2, outputs: 3 },
  { family: 'cnn', block: 'depthwise', size: 9, channels: 3, width: 4, stages: 2, blocks: 2, outputs: 3 },
]

describe('ONNX Runtime', () => {
  it.each(SMALL.map((options) => [onnxModel(options).name, options] as const))(
    'computes what the definition says: %s',
    async (_name, options) => {
      const spec = onnxModel(options)
      const session = await open(spec)
      const input = inputFor(session, 3)
      const actual = await run(session, input)
      const graph = buildGraph(spec.options.shape)
      const expected = evaluateGraph(
        graph,
        spec.options.seed,
        3,
        Float64Array.from(input.data as Float32Array),
      ).get('output')
      expect(actual).toHaveLength(expected?.values.length as number)
      const scale = Math.max(...(expected?.values.map(Math.abs) ?? []))
      actual.forEach((value, index) =>
        expect(Math.abs(value - (expected?.values[index] as number))).toBeLessThan(1e-5 * scale),
      )
    },
  )

  it.each([
    [{ family: 'mlp', inputs: 784, width: 64, layers: 8 }, [784], [10]],
    [{ family: 'cnn', channels: 3, size: 32, outputs: 5 }, [3, 32, 32], [5]],
  ] as [OnnxModelOptions, number[], number[]][])(
    'finds names, types and shapes with a dynamic batch: %o',
    async (options, inputs, outputs) => {
      const session = await open(onnxModel(options))
      expect(session.inputMetadata).toMatchObject([
        { name: 'input', type: 'float32', shape: ['N', ...inputs] },
      ])
      expect(session.outputMetadata).toMatchObject([
        { name: 'output', type: 'float32', shape: ['N', ...outputs] },
      ])
    },
  )

  it('computes each row of a batch as if it were alone', async () => {
    const session = await open(onnxModel({ family: 'cnn', block: 'residual', size: 12, width: 8, stages: 2 }))
    const batch = inputFor(session, 4)
    const together = await run(session, batch)
    for (let row = 0; row < 4; row++) {
      const values = (batch.data as Float32Array).slice((row * batch.size) / 4, ((row + 1) * batch.size) / 4)
      const alone = await run(session, new Tensor('float32', values, [1, ...batch.dims.slice(1)]))
      alone.forEach((value, index) => expect(value).toBeCloseTo(together[10 * row + index] as number, 6))
    }
  })
})

describe('scaling', () => {
  it.each([
    [{ family: 'mlp', layers: 2048, width: 16 }],
    [{ family: 'mlp', layers: 400, width: 64 }],
    [{ family: 'mlp', layers: 300, width: 32, activation: 'tanh' }],
    [{ family: 'mlp', layers: 300, width: 32, activation: 'sigmoid' }],
  ] as [OnnxModelOptions][])(
    'keeps every layer of a deep net away from infinity and denormals: %o',
    (options) => {
      const { shape, seed } = onnxModel({ ...options, inputs: 8 } as OnnxModelOptions).options
      const tensors = evaluateGraph(
        buildGraph(shape),
        seed,
        1,
        Float64Array.from({ length: 8 }, (_, index) => Math.sin(index + 1)),
      )
      for (const [name, { values }] of tensors) {
        if (!/^layer\d+$/.test(name)) continue
        const meanSquare = values.reduce((sum, value) => sum + value * value, 0) / values.length
        expect(meanSquare, name).toBeGreaterThan(1e-6)
        expect(meanSquare, name).toBeLessThan(1e3)
      }
    },
  )

  it.each([
    [{ family: 'mlp', layers: 50, width: 64 }],
    [{ family: 'cnn', blocks: 30, stages: 2, size: 16 }],
    [{ family: 'cnn', block: 'residual', blocks: 40, size: 16 }],
    [{ family: 'cnn', block: 'depthwise', blocks: 6, size: 16 }],
  ] as [OnnxModelOptions][])(
    'gives outputs that are finite, differ from each other and depend on the input: %o',
    async (options) => {
      const session = await open(onnxModel({ ...options, outputs: 10 } as OnnxModelOptions))
      const output = await run(session, inputFor(session, 2))
      expect(output.every(Number.isFinite)).toBe(true)
      const [first, second] = [output.slice(0, 10), output.slice(10)]
      expect(new Set(first).size).toBe(10)
      expect(Math.max(...first)).toBeLessThan(0.999)
      expect(
        Math.max(...first.map((value, index) => Math.abs(value - (second[index] as number)))),
      ).toBeGreaterThan(1e-6)
    },
  )
})
