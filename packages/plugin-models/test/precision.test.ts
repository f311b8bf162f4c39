import { afterAll, describe, expect, it } from 'vitest'
import { buildGraph } from '../src/build-graph.ts'
import { readWeight } from '../src/graph/weight-values.ts'
import { onnxModel, type OnnxModelOptions } from '../src/onnx-model.ts'
import { CASES } from './cases.ts'
import { evaluateGraph, type Values } from './evaluate.ts'
import { errorOf, feedsFor, SIZES } from './feeds.ts'
import { Models, run } from './sessions.ts'

const models = new Models()
afterAll(() => models[Symbol.dispose]())

const ALL = Object.entries(CASES)

/** The answers of a model in single precision and in another one. */
async function compare(
  options: OnnxModelOptions,
  variant: Partial<OnnxModelOptions>,
): Promise<{ readonly name: string; readonly error: number }[]> {
  const single = await models.open(options)
  const other = await models.open({ ...options, ...variant } as OnnxModelOptions)
  const feeds = feedsFor(single.graph, { ...SIZES, N: 4 })
  const [expected, actual] = [await run(single, feeds), await run(other, feeds)]
  return single.graph.outputs
    .filter(({ type }) => type === 'float32')
    .map(({ name }) => ({ name, error: errorOf(actual[name] as Values, expected[name] as Values) }))
}

describe('fp16', () => {
  it.each(ALL)('answers almost as fp32 does: %s', async (_name, options) => {
    for (const { name, error } of await compare(options, { precision: 'fp16' })) {
      expect(error, name).toBeGreaterThan(1e-6)
      expect(error, name).toBeLessThan(0.02)
    }
  })
})

describe('fp16 at the inputs and outputs, too', () => {
  it.each(ALL)('answers as with conversions inside: %s', async (_name, options) => {
    const inside = await models.open({ ...options, precision: 'fp16' } as OnnxModelOptions)
    const native = await models.open({ ...options, precision: 'fp16', io: 'native' } as OnnxModelOptions)
    const types = (of: readonly { readonly type: string }[]) => of.map(({ type }) => type)
    const halved = (of: readonly { readonly type: string }[]) =>
      types(of).map((type) => (type === 'float32' ? 'float16' : type))
    expect(types(native.graph.inputs)).toEqual(halved(inside.graph.inputs))
    expect(types(native.graph.outputs)).toEqual(halved(inside.graph.outputs))
    const feeds = feedsFor(inside.graph)
    const [expected, actual] = [await run(inside, feeds), await run(native, feeds)]
    // Not bit by bit: what the CPU has no kernels for is computed in float32, and conversions side by side are left out.
    for (const { name, type } of inside.graph.outputs)
      if (type === 'float32')
        expect(errorOf(actual[name] as Values, expected[name] as Values), name).toBeLessThan(0.01)
  })

  it('is only for precisions of 16 bits', () => {
    for (const precision of ['fp32', 'int8'] as const)
      expect(() => onnxModel({ family: 'mlp', precision, io: 'native' })).toThrow('only for the precisions')
    expect(() => onnxModel({ family: 'mlp', precision: 'fp16', io: 'fp8' as 'fp32' })).toThrow(
      'fp32 or native',
    )
    expect(onnxModel({ family: 'mlp', precision: 'fp16', io: 'native' }).name).toBe('mlp-3x256-fp16-native')
  })
})

describe('int8', () => {
  it.each(ALL)('answers about as fp32 does: %s', async (_name, options) => {
    for (const { name, error } of await compare(options, { precision: 'int8' })) {
      expect(error, name).toBeGreaterThan(1e-4)
      // Thin layers in a long row without much between them suffer most: so they do in trained nets.
      expect(error, name).toBeLessThan(options.family === 'mobilenet' ? 0.8 : 0.3)
    }
  })

  it('computes what the definition of its operations says', async () => {
    for (const name of ['mlp without head', 'residual cnn', 'gru in both directions', 'gpt2']) {
      const options = { ...CASES[name], precision: 'int8' } as OnnxModelOptions
      const { graph, session } = await models.open(options)
      const feeds = feedsFor(graph)
      const [output] = graph.outputs as unknown as [{ name: string }]
      const answer = (await run({ graph, session }, feeds))[output.name] as Values
      const expected = evaluateGraph(graph, onnxModel(options).options.seed, SIZES, feeds).get(
        output.name,
      ) as Values
      expect(errorOf(answer, expected), name).toBeLessThan(0.05)
    }
  })
})

describe('bf16', () => {
  it.each(ALL)('is a valid model, which the CPU has no kernels for: %s', async (_name, options) => {
    // What is not valid is refused with other words, before kernels are looked for.
    await expect(models.open({ ...options, precision: 'bf16' })).rejects.toThrow(
      /Could not find an implementation for \w+\(\d+\)/,
    )
  })

  it.each(['mlp with tanh', 'residual cnn', 'lstm', 'encoder', 'gpt2', 'llama', 'dlrm', 'unet'])(
    'answers about as fp32 does, by the definition of its operations: %s',
    (name) => {
      const { options: plan } = onnxModel(CASES[name] as OnnxModelOptions)
      const single = buildGraph(plan)
      const feeds = feedsFor(single)
      const [output] = single.outputs as unknown as [{ name: string }]
      const answers = (['fp32', 'bf16', 'fp16'] as const).map(
        (precision) =>
          evaluateGraph(buildGraph({ ...plan, precision }), plan.seed, SIZES, feeds).get(
            output.name,
          ) as Values,
      ) as [Values, Values, Values]
      const error = errorOf(answers[1], answers[0])
      expect(error).toBeLessThan(0.1)
      // Three bits fewer.
      expect(error).toBeGreaterThan(2 * errorOf(answers[2], answers[0]))
    },
  )
})

describe('pruned', () => {
  it('cuts the smallest weights off and keeps the variance', () => {
    const weightOf = (pruned: number): Float32Array => {
      const { options: plan } = onnxModel({ family: 'mlp', inputs: 300, width: 400, layers: 1, pruned })
      const weight = buildGraph(plan).weights.find(({ name }) => name === 'layer1.weight')
      return readWeight(weight as NonNullable<typeof weight>, plan.seed)
    }
    const [whole, half] = [weightOf(0), weightOf(0.5)]
    const zeros = half.filter((value) => value === 0).length
    expect(zeros / half.length).toBeCloseTo(0.5, 2)
    const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0)
    expect(square(half) / square(whole)).toBeCloseTo(1, 2)
    // Those that stay are the same ones, all scaled alike.
    const gain = 1 / Math.sqrt(1 - 0.125)
    half.forEach((value, index) => {
      if (value !== 0) expect(Math.abs(value / (whole[index] as number) - gain)).toBeLessThan(1e-5)
    })
  })

  it.each(['fp32', 'fp16', 'int8'] as const)('is a model like any other in %s', async (precision) => {
    for (const name of ['residual cnn', 'encoder', 'lstm']) {
      const options = { ...CASES[name], pruned: 0.8 } as OnnxModelOptions
      const errors = await compare({ ...options, precision: 'fp32' } as OnnxModelOptions, {
        precision,
        pruned: 0.8,
      })
      for (const { error } of errors) expect(error, name).toBeLessThan(precision === 'int8' ? 0.3 : 0.02)
    }
  })
})
