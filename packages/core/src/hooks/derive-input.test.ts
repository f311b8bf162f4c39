import { describe, expect, it } from 'vitest'
import { deriveInput, isBatched, planTensors, type PlanSubject } from './derive-input.ts'
import type { CreateSource } from '../aide/sample-source.ts'
import type { TargetMetadata, TensorMetadata } from './providers.ts'

const SUBJECT: PlanSubject = { subject: 'The oip target', path: 'defaultInput.', model: "model 'm'" }

function model(inputs: readonly TensorMetadata[], maxBatchSize: number | null = null): TargetMetadata {
  return { inputs, outputs: [], maxBatchSize }
}

const IMAGES = model([{ name: 'image', datatype: 'FP32', shape: [-1, 3, 2] }], 8)
const PAIR = model(
  [
    { name: 'ids', datatype: 'INT64', shape: [-1, -1] },
    { name: 'mask', datatype: 'INT64', shape: [-1, -1], optional: true },
  ],
  0,
)

describe('planTensors', () => {
  const plan = (metadata: TargetMetadata, options: Parameters<typeof planTensors>[1]) =>
    planTensors(metadata, options, SUBJECT).map(({ name, shape }) => [name, shape])

  it('fills variable dimensions with the batch, the given sizes, or 1', () => {
    expect(plan(IMAGES, {})).toEqual([['image', [1, 3, 2]]])
    expect(plan(IMAGES, { batch: 8 })).toEqual([['image', [8, 3, 2]]])
    const tokens = model([{ name: 'ids', datatype: 'INT64', shape: [-1, -1] }])
    expect(plan(tokens, { batch: 4 })).toEqual([['ids', [4, 1]]])
    expect(plan(tokens, { batch: 4, shapes: { ids: [128] } })).toEqual([['ids', [4, 128]]])
    expect(plan(tokens, { shapes: { ids: [2, 128] } })).toEqual([['ids', [2, 128]]])
  })

  it('leaves optional inputs out, unless they are named or all there is', () => {
    expect(plan(PAIR, {})).toEqual([['ids', [1, 1]]])
    expect(plan(PAIR, { shapes: { mask: [1, 5] } })).toEqual([
      ['ids', [1, 1]],
      ['mask', [1, 5]],
    ])
    expect(plan(model([{ name: 'x', datatype: 'BOOL', shape: [-1], optional: true }], 0), {})).toEqual([
      ['x', [1]],
    ])
  })

  it('takes any shape where the model does', () => {
    const any = model([{ name: 'x', datatype: 'FP32', shape: [], anyRank: true }])
    expect(plan(any, { shapes: { x: [2, 3, 4] } })).toEqual([['x', [2, 3, 4]]])
  })

  it.each([
    [IMAGES, { batch: 9 }, "defaultInput.batch: is 9; model 'm' takes 8 at most."],
    [IMAGES, { batch: 0 }, 'defaultInput.batch: must be a whole number above 0.'],
    [PAIR, { batch: 2 }, "defaultInput.batch: is 2, but model 'm' takes no batches."],
    [
      IMAGES,
      { shapes: { imag: [1] } },
      "defaultInput.shapes.imag: is no input of model 'm'. Did you mean 'image'?",
    ],
    [
      IMAGES,
      { shapes: { image: [4, 4] } },
      "defaultInput.shapes.image: is [4, 4]; model 'm' takes [-1, 3, 2].",
    ],
    [IMAGES, { shapes: { image: [1.5] } }, 'defaultInput.shapes.image: is [1.5]'],
    [
      model([{ name: 'x', datatype: 'FLOAT', shape: [1] }]),
      {},
      "x: has the datatype 'FLOAT', which the protocol does not have.",
    ],
  ] as const)('refuses what does not fit #%#', (metadata, options, message) => {
    expect(() => plan(metadata, options)).toThrow(message)
  })
})

it('takes a variable first dimension of all inputs for a batch, unless the server says', () => {
  const tensor = (...shape: number[]): TensorMetadata => ({ name: 'x', datatype: 'FP32', shape })
  expect(isBatched(model([tensor(-1, 2)]))).toBe(true)
  expect(isBatched(model([tensor(-1, 2), tensor(4)]))).toBe(false)
  expect(isBatched(model([tensor(-1, 2)], 0))).toBe(false)
  expect(isBatched(model([tensor(4)], 2))).toBe(true)
  expect(isBatched(model([]))).toBe(false)
})

it('names the module that fills the tensors', async () => {
  const { module, options } = deriveInput(IMAGES, { batch: 2 }, SUBJECT)
  const { createSource } = (await import(module)) as { createSource: CreateSource }
  const source = await createSource(options)
  expect(source.distinct).toBeNull()
})
