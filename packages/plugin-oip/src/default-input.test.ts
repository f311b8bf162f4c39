import { Random } from 'servebench/plugin'
import { expect, it } from 'vitest'
import { model } from '../test/support/models.ts'
import { createSource } from './default-input.ts'
import { bindRequest } from './mapping/bind-request.ts'
import { toRequest } from './mapping/map-sample.ts'
import { DATATYPES } from './tensor/datatype.ts'
import { encodeTensor } from './tensor/encode-tensor.ts'

const random = (seed: number) => new Random([seed, 2, 3, 4])

it('makes tensors of every datatype that fit the model, the same for the same seed', async () => {
  const inputs = DATATYPES.map((datatype) => ({ name: datatype, datatype, shape: [2, 50] }))
  const source = await createSource(inputs)
  expect(source.distinct).toBeNull()
  const described = model(inputs)
  const encode = (seed: number) =>
    bindRequest(toRequest(source.sample(0, random(seed)) as never, described), described).inputs.map(
      ({ datatype, data }) => Buffer.from(encodeTensor(datatype, data)).toString('hex'),
    )
  expect(encode(1)).toEqual(encode(1))
  for (const [index, bytes] of encode(1).entries()) expect(bytes).not.toBe(encode(2)[index])
})

it('stays in the range of most tables, and of most models', async () => {
  const source = await createSource([
    { name: 'i', datatype: 'INT8', shape: [5000] },
    { name: 'l', datatype: 'INT64', shape: [5000] },
    { name: 'f', datatype: 'FP32', shape: [5000] },
    { name: 'b', datatype: 'BOOL', shape: [5000] },
    { name: 't', datatype: 'BYTES', shape: [5] },
  ])
  const { tensors } = source.sample(0, random(1)) as {
    tensors: Record<string, { data: ArrayLike<number | bigint | string> }>
  }
  const of = (name: string) => Array.from(tensors[name]?.data ?? [])
  expect([Math.min(...(of('i') as number[])), Math.max(...(of('i') as number[]))]).toEqual([0, 99])
  expect(of('l').every((value) => typeof value === 'bigint' && value >= 0n && value < 100n)).toBe(true)
  expect(of('f').every((value) => typeof value === 'number' && value >= 0 && value < 1)).toBe(true)
  expect(new Set(of('b'))).toEqual(new Set([0, 1]))
  expect(of('t').every((text) => /^[a-z]{16}$/.test(text as string))).toBe(true)
})

it('knows that a model without inputs has one request', async () => {
  const source = await createSource([])
  expect([source.distinct, source.sample(0, random(1))]).toEqual([1, { tensors: {} }])
})
