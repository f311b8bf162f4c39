import { afterAll, expect, it } from 'vitest'
import type { DecoderShape } from '../src/families/decoder.ts'
import type { DlrmShape } from '../src/families/dlrm.ts'
import type { EncoderShape } from '../src/families/encoder.ts'
import type { RnnShape } from '../src/families/rnn.ts'
import { onnxModel, type ModelPlan, type OnnxModelOptions } from '../src/onnx-model.ts'
import { CASES } from './cases.ts'
import type { Values } from './evaluate.ts'
import { errorOf, feedsFor } from './feeds.ts'
import { dlrm } from './reference/dlrm.ts'
import { lstm } from './reference/recurrent.ts'
import { bert, decode } from './reference/transformer.ts'
import { Weights } from './reference/weights.ts'
import { Models, run } from './sessions.ts'

// The other tests compute a model's graph; these compute what its paper says, from the weights alone.
const models = new Models()
afterAll(() => models[Symbol.dispose]())

async function ask(
  name: string,
  sizes: Readonly<Record<string, number>>,
): Promise<{ plan: ModelPlan; feeds: Record<string, Values>; answers: Record<string, Values> }> {
  const options = CASES[name] as OnnxModelOptions
  const model = await models.open(options)
  const feeds = feedsFor(model.graph, sizes)
  return { plan: onnxModel(options).options, feeds, answers: await run(model, feeds) }
}

const rowOf = (values: Values | undefined): number[] => [...(values as Values).data]
const compare = (answer: Values | undefined, expected: readonly number[]): void => {
  const { shape, data } = answer as Values
  expect(data).toHaveLength(expected.length)
  expect(errorOf({ shape, data }, { shape, data: Float64Array.from(expected) })).toBeLessThan(1e-5)
}

it('an encoder is BERT', async () => {
  const { plan, feeds, answers } = await ask('encoder', { N: 1, S: 7 })
  const mask = rowOf(feeds['attention_mask'])
  expect(new Set(mask).size).toBe(2)
  const text = { ids: rowOf(feeds['input_ids']), mask, types: rowOf(feeds['token_type_ids']) }
  compare(answers['output'], bert(plan.shape as EncoderShape, new Weights(plan), text))
})

it.each(['gpt2', 'llama', 'llama with shared keys'])('a decoder is what it is called: %s', async (name) => {
  const { plan, feeds, answers } = await ask(name, { N: 1, S: 6, P: 0 })
  const expected = decode(plan.shape as DecoderShape, new Weights(plan), rowOf(feeds['input_ids']))
  compare(answers['logits'], expected.flat())
})

it('recurrent layers are LSTMs', async () => {
  const { plan, feeds, answers } = await ask('lstm', { N: 1, S: 9 })
  const data = rowOf(feeds['input'])
  const sequence = Array.from({ length: 9 }, (_, step) => data.slice(6 * step, 6 * (step + 1)))
  compare(answers['output'], lstm(plan.shape as RnnShape, new Weights(plan), sequence).flat())
})

it('a recommender is DLRM', async () => {
  const { plan, feeds, answers } = await ask('dlrm', { N: 5 })
  const [dense, ids] = [rowOf(feeds['dense']), rowOf(feeds['ids'])]
  const weights = new Weights(plan)
  const expected = Array.from({ length: 5 }, (_, item) =>
    dlrm(plan.shape as DlrmShape, weights, {
      dense: dense.slice(4 * item, 4 * (item + 1)),
      ids: [0, 1, 2].map((field) => ids.slice(6 * item + 2 * field, 6 * item + 2 * field + 2)),
    }),
  )
  compare(answers['output'], expected)
})
