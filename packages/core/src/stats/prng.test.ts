import { describe, expect, it } from 'vitest'
import { Random } from './prng.ts'

describe('Random', () => {
  it('is sfc32: words of an independent implementation', () => {
    const random = new Random([1, 2, 3, 4])
    expect(Array.from({ length: 6 }, () => random.word())).toEqual([
      4130073006, 840851091, 266533635, 3097495559, 437887416, 1334799434,
    ])
  })

  it('fills rows with the words that come next', () => {
    const [one, row] = [new Random([5, 6, 7, 8]), new Random([5, 6, 7, 8])]
    const words = new Uint32Array(100)
    for (let round = 0; round < 2; round++) {
      row.draw(words)
      expect([...words]).toEqual(Array.from({ length: 100 }, () => one.word()))
      expect(row.word()).toBe(one.word())
    }
  })

  it('makes doubles of two words', () => {
    const random = new Random([0xdeadbeef, 0, 0xffffffff, 0x80000000])
    expect(Array.from({ length: 4 }, () => random.next())).toEqual([
      0.9571364395603618, 0.7243283847132422, 0.506301633431356, 0.6923145387614615,
    ])
  })

  it('differs wherever the seed differs, from the first number on', () => {
    const first = (a: number, b: number, c: number, d: number): number => new Random([a, b, c, d]).next()
    const numbers = [
      first(0, 0, 0, 0),
      first(1, 0, 0, 0),
      first(0, 1, 0, 0),
      first(0, 0, 1, 0),
      first(0, 0, 0, 1),
    ]
    expect(new Set(numbers).size).toBe(5)
  })

  it('is uniform, in single numbers and in pairs of neighbours', () => {
    const random = new Random([7, 7, 7, 7])
    const cells = new Float64Array(256)
    const draws = 200_000
    for (let index = 0; index < draws; index++) cells[random.int(16) * 16 + random.int(16)]! += 1
    let chiSquare = 0
    for (const count of cells) chiSquare += (count - draws / 256) ** 2 / (draws / 256)
    // 255 degrees of freedom: the 0.05 % and 99.95 % points are 187 and 335.
    expect(chiSquare).toBeGreaterThan(187)
    expect(chiSquare).toBeLessThan(335)
  })

  it('draws whole numbers below the bound, all of them', () => {
    const random = new Random([3, 1, 4, 1])
    const seen = new Set(Array.from({ length: 500 }, () => random.int(7)))
    expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})
