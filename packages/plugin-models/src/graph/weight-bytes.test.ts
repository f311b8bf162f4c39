import { describe, expect, it } from 'vitest'
import { fromBfloat16, fromFloat16 } from '../../test/evaluate.ts'
import { encodeElements, toBfloat16, toFloat16 } from './weight-bytes.ts'

const bitsOf = (convert: typeof toFloat16, value: number): number =>
  convert(Float32Array.of(value))[0] as number

describe('toFloat16', () => {
  it('gives back every number of 16 bits', () => {
    for (let bits = 0; bits < 65_536; bits++) {
      if (((bits >>> 10) & 31) === 31) continue
      expect(bitsOf(toFloat16, fromFloat16(bits))).toBe(bits)
    }
  })

  it('rounds to the nearest, and in the middle to the even one', () => {
    for (let bits = 0; bits < 0x7bff; bits += 7) {
      const [low, high] = [fromFloat16(bits), fromFloat16(bits + 1)]
      expect(bitsOf(toFloat16, (low + high) / 2)).toBe(bits + (bits & 1))
      expect(bitsOf(toFloat16, low + (high - low) * 0.45)).toBe(bits)
      expect(bitsOf(toFloat16, -(low + (high - low) * 0.55))).toBe(0x8000 | (bits + 1))
    }
  })

  it.each([
    [65_504, 0x7bff],
    [65_519, 0x7bff],
    [65_520, 0x7bff],
    [1e30, 0x7bff],
    [-1e30, 0xfbff],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [Number.NaN, 0x7e00],
    [1e-30, 0],
  ])('ends at the largest number: %d', (value, bits) => {
    expect(bitsOf(toFloat16, value)).toBe(bits)
  })
})

describe('toBfloat16', () => {
  it('gives back every number of 16 bits, and rounds to the nearest or even', () => {
    for (let bits = 0; bits < 0x7f7f; bits += 3) {
      const [low, high] = [fromBfloat16(bits), fromBfloat16(bits + 1)]
      expect(bitsOf(toBfloat16, low)).toBe(bits)
      expect(bitsOf(toBfloat16, (low + high) / 2)).toBe(bits + (bits & 1))
      expect(bitsOf(toBfloat16, -low)).toBe(0x8000 | bits)
    }
  })
})

it.each([
  ['int8', [-200, -128, -1.4, 0.6, 127, 300], [0x80, 0x80, 0xff, 1, 127, 127]],
  ['uint8', [0, 200], [0, 200]],
  ['bool', [0, 1], [0, 1]],
  ['int32', [-2, 70_000], [0xfe, 0xff, 0xff, 0xff, 0x70, 0x11, 1, 0]],
  ['int64', [-1], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ['float32', [1], [0, 0, 0x80, 0x3f]],
] as const)('encodes %s', (type, values, bytes) => {
  expect([...encodeElements(Float32Array.from(values), type)]).toEqual(bytes)
})
