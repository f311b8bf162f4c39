import { describe, expect, it } from 'vitest'
import { Random } from '../prng.ts'
import { drawNormal } from '../draws/normal.ts'
import { chooseBandwidth } from './bandwidth.ts'
import { cosineTransform, inverseCosineTransform } from './cosine-transform.ts'
import { kernelDensity, smooth } from './kernel-density.ts'

const seeded = (first: number): Random => new Random([first, 2, 3, 4])

/** Shares of values from 0 to 1 in cells. */
function sharesOf(values: readonly number[], cells: number): Float64Array {
  const shares = new Float64Array(cells)
  for (const value of values) {
    const cell = Math.min(cells - 1, Math.floor(value * cells))
    shares[cell] = (shares[cell] as number) + 1 / values.length
  }
  return shares
}

function normals(count: number, mean: number, deviation: number, random: Random): number[] {
  return Array.from({ length: count }, () => mean + deviation * drawNormal(random))
}

const bell = (x: number, mean: number, deviation: number): number =>
  Math.exp(-((x - mean) * (x - mean)) / (2 * deviation * deviation)) / (deviation * Math.sqrt(2 * Math.PI))

describe('cosineTransform', () => {
  it('is the sum that defines it', () => {
    const random = seeded(1)
    const values = Float64Array.from({ length: 64 }, () => random.next() - 0.5)
    const direct = values.map((_, k) =>
      values.reduce((sum, value, i) => sum + value * Math.cos((Math.PI * k * (2 * i + 1)) / 128), 0),
    )
    const fast = cosineTransform(values)
    for (const [k, value] of direct.entries()) expect(fast[k]).toBeCloseTo(value, 12)
    for (const [i, value] of inverseCosineTransform(fast).entries())
      expect(value).toBeCloseTo(values[i] as number, 12)
  })
})

describe('smooth', () => {
  it('gives the textbook value: of {−1, 1} with h = 1, f(0) = 0.241971', () => {
    // From −8 to 8, in 4096 cells of 1/256: both values lie on borders, and are parted between the cells beside them.
    const shares = new Float64Array(4096)
    for (const value of [-1, 1]) {
      const border = (value + 8) * 256
      shares[border - 1] = 0.25
      shares[border] = 0.25
    }
    const density = smooth(cosineTransform(shares), 1 / 16)
    const middle = ((density[2047] as number) + (density[2048] as number)) / 2 / 16
    expect(middle).toBeCloseTo(0.241971, 5)
  })

  it('reflects at the ends: half a bell at an end has twice its height, and its area is 1', () => {
    const shares = new Float64Array(2048)
    shares[0] = 1
    const density = smooth(cosineTransform(shares), 0.05)
    expect(density[0]).toBeCloseTo(2 * bell(0, 0, 0.05), 2)
    expect(density.reduce((sum, value) => sum + value, 0) / 2048).toBeCloseTo(1, 10)
  })
})

describe('chooseBandwidth', () => {
  it.each([
    // The fixed point of a direct implementation in another language, with sums instead of transforms.
    ['one bell', [[0.5, 0.1, 1]], 0.0295374],
    [
      'two bells',
      [
        [0.3, 0.05, 0.5],
        [0.7, 0.05, 0.5],
      ],
      0.0174586,
    ],
    [
      'a narrow bell in a wide one',
      [
        [0.5, 0.15, 0.8],
        [0.4, 0.01, 0.2],
      ],
      0.007168,
    ],
  ] as const)('finds the bandwidth of %s', (_, parts, expected) => {
    const shares = new Float64Array(512)
    for (const [mean, deviation, weight] of parts)
      for (let i = 0; i < 512; i++)
        shares[i] = (shares[i] as number) + (weight * bell((i + 0.5) / 512, mean, deviation)) / 512
    const { share, rule } = chooseBandwidth(shares, cosineTransform(shares), 1000)
    expect(rule).toBe('isj')
    expect(share).toBeCloseTo(expected, 5)
  })

  it('is near the best for a normal distribution: 1.06 σ n^(−1/5)', () => {
    const ratios = Array.from({ length: 10 }, (_, seed) => {
      const shares = sharesOf(normals(5000, 0.5, 0.08, seeded(seed + 1)), 1024)
      const best = 1.06 * 0.08 * Math.exp(-Math.log(5000) / 5)
      return chooseBandwidth(shares, cosineTransform(shares), 5000).share / best
    })
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
    expect(mean).toBeGreaterThan(0.9)
    expect(mean).toBeLessThan(1.1)
  })

  it('falls back to a rule of thumb where there is no solution', () => {
    const shares = new Float64Array(256).fill(1 / 256)
    const { share, rule } = chooseBandwidth(shares, cosineTransform(shares), 100)
    expect(rule).toBe('silverman')
    // 0.9 · min(1/√12, 0.5/1.34) · 100^(−1/5)
    expect(share).toBeCloseTo((0.9 * Math.exp(-Math.log(100) / 5)) / Math.sqrt(12), 3)
  })
})

describe('kernelDensity', () => {
  it('keeps two modes that a rule of thumb would melt into one', () => {
    const random = seeded(7)
    const values = [...normals(3000, 0.35, 0.02, random), ...normals(3000, 0.65, 0.02, random)]
    const { density } = kernelDensity(sharesOf(values, 2048), values.length)
    const at = (x: number): number => density[Math.floor(x * 2048)] as number
    expect(at(0.5)).toBeLessThan(0.01)
    for (const mode of [0.35, 0.65]) {
      expect(at(mode) / (0.5 * bell(0, 0, 0.02))).toBeGreaterThan(0.9)
      expect(at(mode) / (0.5 * bell(0, 0, 0.02))).toBeLessThan(1.1)
    }
  })

  it('is never negative and has the area 1, whatever the data', () => {
    const random = seeded(3)
    for (let round = 0; round < 40; round++) {
      const spread = Math.exp(-6 * random.next())
      const count = 10 + Math.floor(random.next() * 500)
      const centre = random.next()
      const values = Array.from({ length: count }, () =>
        Math.min(1, Math.max(0, centre + spread * (random.next() - 0.5) * (random.next() < 0.1 ? 10 : 1))),
      )
      const { density } = kernelDensity(sharesOf(values, 1024), count)
      expect(Math.min(...density)).toBeGreaterThanOrEqual(0)
      expect(density.reduce((sum, value) => sum + value, 0) / 1024).toBeCloseTo(1, 9)
    }
  })

  it('does not smooth less than it is told that the data resolve', () => {
    const shares = sharesOf(normals(1000, 0.5, 0.1, seeded(5)), 1024)
    expect(kernelDensity(shares, 1000, 0.2).bandwidth.share).toBe(0.2)
  })
})
