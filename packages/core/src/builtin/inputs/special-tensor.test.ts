import { describe, expect, it } from 'vitest'
import { DATATYPE_BYTES, fromBrain, fromHalf, type Datatype } from '../../plugin.ts'
import { specialTensor } from './special-tensor.ts'
import { SPECIAL_VALUES, type SpecialValues } from './values.ts'

function elements(datatype: Datatype, values: SpecialValues): readonly (number | bigint)[] | null {
  const tensor = specialTensor(datatype, [4], values)
  if (tensor === null) return null
  const list = Array.from(tensor.data as ArrayLike<number>)
  if (datatype === 'FP16') return list.map(fromHalf)
  return datatype === 'BF16' ? list.map(fromBrain) : list
}

const FLOATS = [
  // IEEE 754-2019 Table 3.5: the largest finite and the smallest normal number of each format.
  ['FP16', 65_504, 2 ** -14],
  ['BF16', (2 - 2 ** -7) * 2 ** 127, 2 ** -126],
  ['FP32', (2 - 2 ** -23) * 2 ** 127, 2 ** -126],
  ['FP64', Number.MAX_VALUE, 2 ** -1022],
] as const

describe.each(FLOATS)('%s', (datatype, largest, smallest) => {
  const only = (values: SpecialValues): unknown => {
    const [first, ...rest] = elements(datatype, values) ?? []
    for (const other of rest) expect(Object.is(other, first)).toBe(true)
    return first
  }

  it('has every special value', () => {
    expect(only('zeros')).toBe(0)
    expect(only('negative-zeros')).toBe(-0)
    expect(only('ones')).toBe(1)
    expect(only('max')).toBe(largest)
    expect(only('min')).toBe(-largest)
    expect(only('nan')).toBeNaN()
    expect(only('infinity')).toBe(Infinity)
    expect(only('negative-infinity')).toBe(-Infinity)
  })

  it('has denormals above 0 and below its smallest normal number', () => {
    expect(only('denormals')).toBeGreaterThan(0)
    expect(only('denormals')).toBeLessThan(smallest)
    if (datatype === 'FP32') expect(only('denormals')).toBeCloseTo(1e-40, 40)
  })

  it('toggles every bit from element to element', () => {
    const { data } = specialTensor(datatype, [4], 'alternating-bits') as { data: Float32Array }
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    const width = DATATYPE_BYTES[datatype] as number
    const pair = '55'.repeat(width) + 'aa'.repeat(width)
    expect(bytes.toString('hex')).toBe(pair + pair)
    expect((elements(datatype, 'alternating-bits') as number[]).every(Number.isFinite)).toBe(true)
  })
})

it.each([
  ['UINT8', 0, 255],
  ['UINT16', 0, 65_535],
  ['UINT32', 0, 4_294_967_295],
  ['UINT64', 0n, 2n ** 64n - 1n],
  ['INT8', -128, 127],
  ['INT16', -32_768, 32_767],
  ['INT32', -2_147_483_648, 2_147_483_647],
  ['INT64', -(2n ** 63n), 2n ** 63n - 1n],
  ['BOOL', 0, 1],
] as const)('%s has whole numbers from %s to %s, and no more', (datatype, low, high) => {
  expect(new Set(elements(datatype, 'min'))).toEqual(new Set([low]))
  expect(new Set(elements(datatype, 'max'))).toEqual(new Set([high]))
  const zero = typeof low === 'bigint' ? 0n : 0
  expect(new Set(elements(datatype, 'zeros'))).toEqual(new Set([zero]))
  for (const values of ['nan', 'infinity', 'negative-infinity', 'denormals', 'negative-zeros'] as const)
    expect(elements(datatype, values)).toBeNull()
  expect(new Set(elements(datatype, 'alternating-bits')).size).toBe(2)
})

it('texts are empty or 1', () => {
  expect(specialTensor('BYTES', [2], 'zeros')?.data).toEqual(['', ''])
  expect(specialTensor('BYTES', [2], 'ones')?.data).toEqual(['1', '1'])
  expect(specialTensor('BYTES', [2], 'max')).toBeNull()
})

it('fills empty tensors too', () => {
  for (const values of SPECIAL_VALUES) expect(specialTensor('FP32', [0, 3], values)?.data).toHaveLength(0)
})
