import { describe, expect, it } from 'vitest'
import { fromBrain, fromHalf, toBrain, toHalf } from './float16.ts'

// Known answers: IEEE 754-2019 §3.6 (binary16) and the bfloat16 format (the upper half of a binary32).
describe('binary16', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [-1e9, 0xfc00],
    [Infinity, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1 / 3, 0x3555],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.5, 0x6800],
    // Through binary32 this would be rounded twice, up to 0x3c01 and not down to 0x3c00.
    [1 + 2 ** -11 + 2 ** -40, 0x3c01],
  ])('%d', (value, bits) => {
    expect(toHalf(value)).toBe(bits)
  })

  it('widens every value exactly and comes back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromHalf(bits)
      if (Number.isNaN(value)) expect(bits & 0x7fff).toBeGreaterThan(0x7c00)
      else if (toHalf(value) !== bits) throw new Error(`0x${bits.toString(16)} does not come back`)
    }
    expect(fromHalf(0x3555)).toBe(0.333251953125)
    expect(toHalf(NaN)).toBe(0x7e00)
  })

  it('rounds to the nearer neighbour, and ties to even', () => {
    for (const value of doubles(20_000)) expectNearest(value, toHalf, fromHalf, 65_504)
  })

  it('agrees with Float16Array, which Node.js has since 24', () => {
    const Float16 = (globalThis as { Float16Array?: new (values: number[]) => ArrayBufferView }).Float16Array
    if (Float16 === undefined) return expect(Number.parseInt(process.versions.node)).toBeLessThan(24)
    for (const value of doubles(20_000)) {
      const oracle = new Float16([value])
      expect(toHalf(value)).toBe(new Uint16Array(oracle.buffer)[0])
    }
  })
})

describe('bfloat16', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3f80],
    [-1.5, 0xbfc0],
    [Math.PI, 0x4049],
    [1 + 2 ** -8, 0x3f80],
    [1 + 3 * 2 ** -8, 0x3f82],
    [1 + 2 ** -8 + 2 ** -40, 0x3f81],
    [3.3895313892515355e38, 0x7f7f],
    [3.4e38, 0x7f80],
    [2 ** -126, 0x0080],
    [2 ** -133, 0x0001],
    [2 ** -134, 0x0000],
    [-Infinity, 0xff80],
  ])('%d', (value, bits) => {
    expect(toBrain(value)).toBe(bits)
  })

  it('is the upper half of a binary32, and comes back', () => {
    const word = new Uint32Array(1)
    const single = new Float32Array(word.buffer)
    for (let bits = 0; bits < 0x10000; bits++) {
      word[0] = bits * 0x10000
      const value = fromBrain(bits)
      if (!Object.is(value, single[0])) throw new Error(`0x${bits.toString(16)} is ${value}`)
      if (!Number.isNaN(value) && toBrain(value) !== bits)
        throw new Error(`0x${bits.toString(16)} does not come back`)
    }
    expect(toBrain(NaN)).toBe(0x7fc0)
  })

  it('rounds to the nearer neighbour, and ties to even', () => {
    for (const value of doubles(20_000)) expectNearest(value, toBrain, fromBrain, 3.3e38)
  })
})

function expectNearest(
  value: number,
  round: (value: number) => number,
  widen: (bits: number) => number,
  largest: number,
): void {
  if (Math.abs(value) > largest) return
  const bits = round(value)
  const away = Math.abs(widen(bits) - value)
  for (const neighbour of [bits - 1, bits + 1]) {
    if ((neighbour & 0x8000) !== (bits & 0x8000)) continue
    const other = Math.abs(widen(neighbour & 0xffff) - value)
    if (other < away || (other === away && (bits & 1) === 1))
      throw new Error(`${value} became 0x${bits.toString(16)}`)
  }
}

/** Doubles of all exponents that matter, ties and near-ties among them; the same in every run. */
function* doubles(count: number): Generator<number> {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
  for (let index = 0; index < count; index++) {
    const exponent = Math.floor(next() * 60) - 40
    const mantissa = 1 + Math.floor(next() * 4096) / 4096 + (index % 3) * 2 ** -30
    yield (next() < 0.5 ? -1 : 1) * mantissa * 2 ** exponent
  }
}
