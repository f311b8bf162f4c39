import { Random } from 'servebench/plugin'
import type { CreateSource, SampleSource } from 'servebench/session'
import { expect, it } from 'vitest'
import { model } from '../test/support/models.ts'
import { bindRequest } from './mapping/bind-request.ts'
import { toRequest } from './mapping/map-sample.ts'
import type { OipModel } from './mapping/model.ts'
import { defaultInputOf } from './preflight.ts'
import { DATATYPES } from './tensor/datatype.ts'
import { encodeTensor } from './tensor/encode-tensor.ts'

async function open(described: OipModel): Promise<SampleSource> {
  const { module, options } = defaultInputOf(described, {})
  const { createSource } = (await import(module)) as { createSource: CreateSource }
  return await createSource(options)
}

const random = (seed: number) => new Random([seed, 2, 3, 4])

it('makes tensors of every datatype that fit the model, the same for the same seed', async () => {
  const inputs = DATATYPES.map((datatype) => ({ name: datatype, datatype, shape: [2, 50] }))
  const described = model(inputs)
  const source = await open(described)
  expect(source.distinct).toBeNull()
  const encode = (seed: number) =>
    bindRequest(toRequest(source.sample(0, random(seed), random) as never, described), described).inputs.map(
      ({ datatype, data }) => Buffer.from(encodeTensor(datatype, data)).toString('hex'),
    )
  expect(encode(1)).toEqual(encode(1))
  for (const [index, bytes] of encode(1).entries()) expect(bytes).not.toBe(encode(2)[index])
})

it('stays in the range of most tables, and of most models', async () => {
  const source = await open(
    model([
      { name: 'i', datatype: 'INT32', shape: [5000] },
      { name: 'l', datatype: 'INT64', shape: [5000] },
      { name: 'f', datatype: 'FP32', shape: [5000] },
      { name: 'b', datatype: 'BOOL', shape: [5000] },
      { name: 't', datatype: 'BYTES', shape: [5] },
    ]),
  )
  const { tensors } = source.sample(0, random(1), random) as {
    tensors: Record<string, { data: ArrayLike<number | bigint | string> }>
  }
  const of = (name: string) => Array.from(tensors[name]?.data ?? [])
  expect([Math.min(...(of('i') as number[])), Math.max(...(of('i') as number[]))]).toEqual([0, 99])
  expect(of('l').every((value) => typeof value === 'bigint' && value >= 0n && value < 100n)).toBe(true)
  expect(of('f').every((value) => typeof value === 'number' && Math.abs(value) < 7)).toBe(true)
  expect(new Set(of('b'))).toEqual(new Set([0, 1]))
  expect(of('t').every((text) => /^[a-z]+$/.test(text as string))).toBe(true)
})

it('knows that a model without inputs has one request', async () => {
  const source = await open(model([]))
  expect([source.distinct, source.sample(0, random(1), random)]).toEqual([1, { tensors: {} }])
})
