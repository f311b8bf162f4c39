import { afterAll, describe, expect, it } from 'vitest'
import { onnxModel, type OnnxModelOptions } from '../src/onnx-model.ts'
import { CASES } from './cases.ts'
import { evaluateGraph, type Values } from './evaluate.ts'
import { concrete, errorOf, feedsFor, SIZES } from './feeds.ts'
import { Models, run } from './sessions.ts'

const models = new Models()
afterAll(() => models[Symbol.dispose]())

describe('ONNX Runtime', () => {
  it.each(Object.entries(CASES))('computes what the definition says: %s', async (_name, options) => {
    const { graph, session } = await models.open(options)
    const feeds = feedsFor(graph)
    const actual = await run({ graph, session }, feeds)
    const expected = evaluateGraph(graph, onnxModel(options).options.seed, SIZES, feeds)
    expect(Object.keys(actual)).toEqual(graph.outputs.map(({ name }) => name))
    for (const { name, type, shape } of graph.outputs) {
      const [answer, reference] = [actual[name], expected.get(name)] as [Values, Values]
      expect(answer.shape).toEqual(reference.shape)
      if (type === 'int64') expect(answer.data).toEqual(reference.data)
      else {
        expect(answer.shape).toEqual(concrete(shape, SIZES))
        expect(errorOf(answer, reference), name).toBeLessThan(2e-5)
      }
    }
  })

  it.each([
    [{ family: 'mlp', inputs: 784, width: 64, layers: 8 }, { input: [784] }, { output: [10] }],
    [{ family: 'cnn', channels: 3, size: 32, outputs: 5 }, { input: [3, 32, 32] }, { output: [5] }],
    [CASES['encoder'], { input_ids: ['S'], attention_mask: ['S'], token_type_ids: ['S'] }, { output: [32] }],
    [
      { ...CASES['gpt2'], layers: 1 },
      {
        input_ids: ['S'],
        'past_key_values.0.key': [4, 'P', 8],
        'past_key_values.0.value': [4, 'P', 8],
      },
      { logits: ['S', 60], 'present.0.key': [4, 'P+S', 8], 'present.0.value': [4, 'P+S', 8] },
    ],
  ] as [OnnxModelOptions, Record<string, unknown[]>, Record<string, unknown[]>][])(
    'finds names and shapes with a dynamic batch: %o',
    async (options, inputs, outputs) => {
      const { session } = await models.open(options)
      const shapesOf = (metadata: readonly unknown[]): unknown =>
        Object.fromEntries(
          (metadata as { name: string; shape: unknown[] }[]).map(({ name, shape }) => [name, shape]),
        )
      const withBatch = (shapes: Record<string, unknown[]>): unknown =>
        Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, ['N', ...shape]]))
      expect(shapesOf(session.inputMetadata)).toEqual(withBatch(inputs))
      expect(shapesOf(session.outputMetadata)).toEqual(withBatch(outputs))
    },
  )

  it.each(['residual cnn', 'mobilenet of version 2', 'encoder', 'dlrm', 'speech', 'unet'])(
    'computes each row of a batch as if it were alone: %s',
    async (name) => {
      const model = await models.open(CASES[name] as OnnxModelOptions)
      const feeds = feedsFor(model.graph, { ...SIZES, N: 3 })
      const together = (await run(model, feeds))['output'] as Values
      const rowOf = ({ shape, data }: Values, row: number): Values => {
        const size = data.length / 3
        return { shape: [1, ...shape.slice(1)], data: data.slice(row * size, (row + 1) * size) }
      }
      for (let row = 0; row < 3; row++) {
        const alone = await run(
          model,
          Object.fromEntries(Object.entries(feeds).map(([input, values]) => [input, rowOf(values, row)])),
        )
        const expected = rowOf(together, row)
        ;(alone['output'] as Values).data.forEach((value, index) =>
          expect(value).toBeCloseTo(expected.data[index] as number, 5),
        )
      }
    },
  )
})

describe('a decoder', () => {
  it.each(['gpt2', 'llama', 'llama with shared keys'])(
    'goes on from its cache as if it had read all at once: %s',
    async (name) => {
      const model = await models.open(CASES[name] as OnnxModelOptions)
      const whole = feedsFor(model.graph, { N: 1, S: 6, P: 0 })
      const atOnce = await run(model, whole)
      const ids = whole['input_ids'] as Values
      let cache: Record<string, Values> = Object.fromEntries(
        Object.entries(whole).filter(([input]) => input !== 'input_ids'),
      )
      for (let token = 0; token < 6; token++) {
        const step = { shape: [1, 1], data: ids.data.slice(token, token + 1) }
        const answer = await run(model, { ...cache, input_ids: step })
        const expected = (atOnce['logits'] as Values).data.slice(60 * token, 60 * (token + 1))
        ;(answer['logits'] as Values).data.forEach((value, index) =>
          expect(value).toBeCloseTo(expected[index] as number, 4),
        )
        cache = Object.fromEntries(
          Object.entries(answer)
            .filter(([output]) => output !== 'logits')
            .map(([output, values]) => [output.replace('present', 'past_key_values'), values]),
        )
      }
      expect(cache['past_key_values.1.key']?.shape).toEqual((atOnce['present.1.key'] as Values).shape)
    },
  )
})
