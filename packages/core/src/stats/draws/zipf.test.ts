import { describe, expect, it } from 'vitest'
import { Random } from '../prng.ts'
import { fillBytes, fillNormals } from './fill.ts'
import { Zipf } from './zipf.ts'

const DRAWS = 200_000

describe('Zipf', () => {
  it.each([
    [10, 1.05],
    [10, 0],
    [1000, 1],
    [5, 2.5],
    [2, 0.3],
    [1, 1],
  ])('draws %d ranks with exponent %d as often as the law says', (count, exponent) => {
    const zipf = new Zipf(count, exponent)
    const random = new Random([5, 6, 7, 8])
    const counts = new Float64Array(count + 1)
    for (let draw = 0; draw < DRAWS; draw++) counts[zipf.draw(random)]! += 1
    expect(counts[0]).toBe(0)
    const ranks = Array.from({ length: count }, (_, index) => index + 1)
    const total = ranks.reduce((sum, rank) => sum + rank ** -exponent, 0)
    const distance = ranks.reduce((sum, rank) => {
      const expected = (DRAWS * rank ** -exponent) / total
      return sum + ((counts[rank] as number) - expected) ** 2 / expected
    }, 0)
    // χ² has mean df and variance 2 df; beyond 4.5 deviations (and 20 for few ranks) lies less than 1 in 10 000.
    expect(distance).toBeLessThan(Math.max(20, count - 1 + 4.5 * Math.sqrt(2 * (count - 1))))
  })

  it('keeps to its ranks where there are more than memory could hold', () => {
    const zipf = new Zipf(2 ** 31 - 2, 1.05)
    const random = new Random([1, 2, 3, 4])
    const ranks = Array.from({ length: 20_000 }, () => zipf.draw(random))
    expect(ranks.every((rank) => Number.isInteger(rank) && rank >= 1 && rank < 2 ** 31)).toBe(true)
    // P(1) = 1 / H, with H from the Euler–Maclaurin formula.
    const [n, s] = [2 ** 31 - 2, 1.05]
    const harmonic = 1 / (s - 1) - n ** (1 - s) / (s - 1) + 0.5 + 0.5 * n ** -s + s / 12
    const share = ranks.filter((rank) => rank === 1).length / ranks.length
    expect(Math.abs(share - 1 / harmonic)).toBeLessThan(4 * Math.sqrt(1 / harmonic / ranks.length))
  })
})

describe('fills', () => {
  it('normals have the moments of N(0, 1)', () => {
    const values = fillNormals(new Float32Array(DRAWS), new Random([9, 9, 9, 9]))
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / DRAWS
    const error = 4 / Math.sqrt(DRAWS)
    expect(Math.abs(moment(1))).toBeLessThan(error)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(error * Math.sqrt(2))
    expect(Math.abs(moment(3))).toBeLessThan(error * Math.sqrt(15))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(error * Math.sqrt(96))
  })

  it('bytes are uniform, in any number', () => {
    const bytes = fillBytes(new Uint8Array(DRAWS + 3), new Random([4, 4, 4, 4]))
    const counts = new Float64Array(256)
    for (const byte of bytes) counts[byte]! += 1
    const expected = bytes.length / 256
    const distance = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(distance).toBeLessThan(255 + 4.5 * Math.sqrt(510))
    const short = fillBytes(new Uint8Array(7), new Random([4, 4, 4, 4]))
    expect(short.subarray(0, 4)).toEqual(bytes.subarray(0, 4))
  })
})
