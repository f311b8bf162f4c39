import { afterAll, expect, it } from 'vitest'
import { buildGraph } from '../src/build-graph.ts'
import { onnxModel, type OnnxModelOptions } from '../src/onnx-model.ts'
import { evaluateGraph, type Values } from './evaluate.ts'
import { feedsFor, SIZES } from './feeds.ts'
import { Models, run } from './sessions.ts'

const models = new Models()
afterAll(() => models[Symbol.dispose]())

it.each([
  [{ family: 'mlp', layers: 2048, width: 16 }],
  [{ family: 'mlp', layers: 400, width: 64 }],
  [{ family: 'mlp', layers: 300, width: 32, activation: 'tanh' }],
  [{ family: 'mlp', layers: 300, width: 32, activation: 'sigmoid' }],
  [{ family: 'mlp', layers: 300, width: 32, pruned: 0.9 }],
  [{ family: 'cnn', blocks: 60, stages: 2, width: 12, size: 4 }],
  [{ family: 'cnn', block: 'residual', blocks: 40, width: 8, size: 4 }],
  [{ family: 'encoder', layers: 40, width: 16, heads: 2, hidden: 32, vocabulary: 60 }],
  [{ family: 'decoder', layers: 40, width: 16, heads: 2, hidden: 32, vocabulary: 60 }],
  [{ family: 'decoder', style: 'llama', layers: 40, width: 16, heads: 2, hidden: 32, vocabulary: 60 }],
  [{ family: 'rnn', layers: 20, width: 12, inputs: 6 }],
] as [OnnxModelOptions][])('keeps every layer away from infinity and denormals: %o', (options) => {
  const plan = onnxModel(options).options
  const graph = buildGraph(plan)
  const tensors = evaluateGraph(graph, plan.seed, { ...SIZES, N: 1 }, feedsFor(graph, { ...SIZES, N: 1 }))
  const layers = graph.nodes.filter(({ operation }) => /^(Gemm|MatMul|Conv|Add|LSTM)$/.test(operation))
  expect(layers.length).toBeGreaterThan(19)
  for (const { outputs } of layers) {
    const [{ name, type }] = outputs as unknown as [{ name: string; type: string }]
    // Masked scores are far below 0 on purpose, and their shares are 0.
    if (type !== 'float32' || /masked|mask/.test(name)) continue
    const { data } = tensors.get(name) as Values
    const meanSquare = data.reduce((sum, value) => sum + value * value, 0) / data.length
    expect(meanSquare, name).toBeGreaterThan(1e-6)
    expect(meanSquare, name).toBeLessThan(1e3)
  }
})

it('gives outputs of an ordinary size after 2048 layers', async () => {
  const model = await models.open({ family: 'mlp', layers: 2048, width: 32, outputs: 64, head: 'none' })
  const { output } = (await run(model, feedsFor(model.graph, { N: 16 }))) as { output: Values }
  const mean = output.data.reduce((sum, value) => sum + value, 0) / output.data.length
  const variance = output.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / output.data.length
  expect(Math.abs(mean)).toBeLessThan(1)
  expect(variance).toBeGreaterThan(0.005)
  expect(variance).toBeLessThan(20)
  const smallest = Math.min(...output.data.map(Math.abs))
  expect(smallest).toBeGreaterThan(1.2e-38)
})

it.each([
  [{ family: 'mlp', layers: 50, width: 64 }],
  [{ family: 'cnn', blocks: 30, stages: 2, size: 16 }],
  [{ family: 'cnn', block: 'residual', blocks: 40, size: 16 }],
  [{ family: 'cnn', block: 'depthwise', blocks: 6, size: 16 }],
  [{ family: 'vgg', layers: 19, size: 32, width: 8, hidden: 64, outputs: 10 }],
  [{ family: 'resnet', layers: 152, size: 32, width: 8, outputs: 10 }],
  [{ family: 'mobilenet', version: 2, size: 32, multiplier: 0.5, outputs: 10 }],
] as [OnnxModelOptions][])(
  'gives outputs that differ from each other and depend on the input: %o',
  async (options) => {
    const model = await models.open(options)
    const { output } = (await run(model, feedsFor(model.graph))) as { output: Values }
    expect(output.data.every(Number.isFinite)).toBe(true)
    const [first, second] = [output.data.slice(0, 10), output.data.slice(10)]
    expect(new Set(first).size).toBe(10)
    expect(Math.max(...first)).toBeLessThan(0.999)
    const changes = first.map((value, index) => Math.abs(value - (second[index] as number)))
    expect(Math.max(...changes)).toBeGreaterThan(1e-6)
  },
)
