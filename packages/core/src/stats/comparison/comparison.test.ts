import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { bootstrapInterval, type Repeat } from './bootstrap.ts'
import { equivalence, pairedEquivalence } from './equivalence.ts'
import { hodgesLehmann, pairedShift } from './hodges-lehmann.ts'
import { holm } from './holm.ts'
import { mannWhitney, smallestRankP } from './mann-whitney.ts'
import { fewestRepeats, repeatsToDetect, repeatsToExclude } from './sample-size.ts'
import { signedRank, smallestSignedRankP } from './signed-rank.ts'

const BASE = [12.1, 11.8, 12.4, 12, 11.9]
const OTHER = [12.6, 12.3, 12.9, 12.2, 13.1]
const range = (count: number, make: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** All ways to choose `size` of the indices below `count`. */
function* combinations(count: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) yield []
  else
    for (let first = from; first <= count - size; first++)
      for (const rest of combinations(count, size - 1, first + 1)) yield [first, ...rest]
}

/** U by its definition: pairs won, ties as halves. */
function countU(base: readonly number[], other: readonly number[]): number {
  let u = 0
  for (const from of base) for (const to of other) u += to > from ? 1 : to === from ? 0.5 : 0
  return u
}

describe('mannWhitney', () => {
  // scipy 1.17: stats.mannwhitneyu(OTHER, BASE, alternative=…, method='exact')
  it('gives the exact p-values of scipy', () => {
    const test = mannWhitney(BASE, OTHER)
    expect(test).toMatchObject({ statistic: 23, method: 'exact' })
    expect(test.pValue).toBeCloseTo(0.031746031746031744, 14)
    expect(test.less).toBeCloseTo(0.9920634920634921, 14)
    expect(test.greater).toBeCloseTo(0.015873015873015872, 14)
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).pValue).toBeCloseTo(2 / 252, 14)
  })

  it('is exact with ties: all deals of the ranks, counted', () => {
    // scipy: rankdata, then itertools.combinations over the eleven ranks.
    const test = mannWhitney([1, 2, 2, 3, 3, 3], [2, 3, 4, 4, 5])
    expect(test.statistic).toBe(24.5)
    expect(test.less).toBeCloseTo(0.9696969696969697, 13)
    expect(test.greater).toBeCloseTo(0.05627705627705628, 13)
  })

  it('agrees with counting all deals, whatever the values', () => {
    const random = new Random([1, 2, 3, 4])
    for (let round = 0; round < 40; round++) {
      const [m, n] = [1 + random.int(5), 1 + random.int(5)]
      const values = range(m + n, () => random.int(6))
      const observed = countU(values.slice(0, m), values.slice(m))
      let [less, greater, deals] = [0, 0, 0]
      for (const chosen of combinations(m + n, n)) {
        const u = countU(
          values.filter((_, index) => !chosen.includes(index)),
          chosen.map((index) => values[index] as number),
        )
        if (u <= observed) less += 1
        if (u >= observed) greater += 1
        deals += 1
      }
      const test = mannWhitney(values.slice(0, m), values.slice(m))
      expect(test.statistic).toBe(observed)
      expect(test.less).toBeCloseTo(less / deals, 12)
      expect(test.greater).toBeCloseTo(greater / deals, 12)
    }
  })

  it('is normal with continuity and tie correction beyond sixty values', () => {
    // scipy: mannwhitneyu(q, p, method='asymptotic', use_continuity=True)
    const p = range(40, (i) => ((i * 37) % 101) / 10)
    const q = range(30, (i) => ((i * 53) % 97) / 10 + 1.5)
    const test = mannWhitney(p, q)
    expect(test).toMatchObject({ statistic: 707.5, method: 'normal' })
    expect(test.pValue).toBeCloseTo(0.20410017333887998, 12)
    expect(test.less).toBeCloseTo(0.9000479994278028, 12)
    expect(test.greater).toBeCloseTo(0.10205008666943999, 12)
  })

  it('is the same seen from the other side, and says nothing of equal values', () => {
    const [there, back] = [mannWhitney(BASE, OTHER), mannWhitney(OTHER, BASE)]
    expect(back.less).toBeCloseTo(there.greater, 12)
    expect(back.pValue).toBeCloseTo(there.pValue, 12)
    expect(mannWhitney([3, 3, 3], [3, 3])).toMatchObject({ statistic: 3, pValue: 1 })
    expect(
      mannWhitney(
        range(40, () => 1),
        range(40, () => 1),
      ).pValue,
    ).toBe(1)
    expect(() => mannWhitney([], [1])).toThrow(RangeError)
  })

  it('knows how small its p-value can become', () => {
    // 3 against 3: 0.1; 4: 0.0286; 5: 0.0079.
    expect(smallestRankP(3, 3)).toBeCloseTo(0.1, 12)
    expect(smallestRankP(4, 4)).toBeCloseTo(2 / 70, 12)
    expect(smallestRankP(5, 5)).toBeCloseTo(2 / 252, 12)
    expect(smallestRankP(1, 1)).toBe(1)
  })
})

describe('signedRank', () => {
  it('gives the exact p-values of scipy', () => {
    // scipy: stats.wilcoxon(d, alternative=…, method='exact')
    const test = signedRank([0.5, 0.3, -0.1, 0.8, 0.2, 0.45, 0.7])
    expect(test).toMatchObject({ statistic: 27, pValue: 0.03125, less: 0.9921875, greater: 0.015625 })
  })

  it('is exact with ties and leaves zeros out', () => {
    // All 2⁷ signs, counted with itertools.product.
    const test = signedRank([1, 1, -1, 2, 0, 3, -2, 2])
    expect(test).toMatchObject({ statistic: 21, less: 0.9140625, greater: 0.1640625 })
    expect(signedRank([0, 0]).pValue).toBe(1)
  })

  it('is normal with continuity correction beyond sixty differences', () => {
    // scipy: stats.wilcoxon(big, alternative=…, method='approx', correction=True)
    const test = signedRank(range(80, (i) => (((i * 29) % 97) - 40) / 7))
    expect(test).toMatchObject({ statistic: 2112, method: 'normal' })
    expect(test.pValue).toBeCloseTo(0.018399602871829554, 12)
    expect(test.less).toBeCloseTo(0.9909183776508144, 12)
    expect(test.greater).toBeCloseTo(0.009199801435914777, 12)
  })

  it('knows how small its p-value can become', () => {
    expect(smallestSignedRankP(5)).toBe(0.0625)
    expect(smallestSignedRankP(6)).toBe(0.03125)
  })
})

describe('hodgesLehmann', () => {
  it('gives the shift and the exact interval of R', () => {
    // As wilcox.test(OTHER, BASE, conf.int = TRUE); the confidence is 1 − 2 P(U ≤ 2) of 5 against 5.
    const shift = hodgesLehmann(BASE, OTHER)
    expect(shift.estimate).toBeCloseTo(0.5, 12)
    expect(shift.interval?.[0]).toBeCloseTo(0.1, 12)
    expect(shift.interval?.[1]).toBeCloseTo(1.1, 12)
    expect(shift.confidence).toBeCloseTo(0.9682539682539683, 12)
    const wide = hodgesLehmann(BASE, OTHER, 0.9)
    expect(wide.interval?.[0]).toBeCloseTo(0.2, 12)
    expect(wide.confidence).toBeCloseTo(0.9047619047619048, 12)
  })

  it('has no interval of a level that so few values cannot have', () => {
    expect(hodgesLehmann(BASE.slice(0, 3), OTHER.slice(0, 3))).toMatchObject({
      interval: null,
      confidence: null,
    })
    expect(hodgesLehmann(BASE.slice(0, 4), OTHER.slice(0, 4)).confidence).toBeCloseTo(0.9714285714285714, 12)
  })

  it('excludes zero exactly when the test rejects', () => {
    const random = new Random([5, 6, 7, 8])
    let rejections = 0
    for (let round = 0; round < 200; round++) {
      const base = range(6, () => drawNormal(random))
      const other = range(5, () => drawNormal(random) + 1)
      const [low, high] = hodgesLehmann(base, other).interval as readonly [number, number]
      const rejects = mannWhitney(base, other).pValue <= 0.05
      expect(low > 0 || high < 0).toBe(rejects)
      if (rejects) rejections += 1
    }
    expect(rejections).toBeGreaterThan(20)
  })

  it('pairs: the median of the Walsh averages', () => {
    const shift = pairedShift([0.5, 0.3, -0.1, 0.8, 0.2, 0.45, 0.7])
    expect(shift.estimate).toBeCloseTo(0.425, 12)
    expect(shift.interval?.[0]).toBeCloseTo(0.1, 12)
    expect(shift.interval?.[1]).toBeCloseTo(0.7, 12)
    expect(shift.confidence).toBeCloseTo(0.953125, 12)
    expect(pairedShift([1, 2, 3]).interval).toBeNull()
  })
})

describe('holm', () => {
  it('steps down', () => {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm')
    const adjusted = holm([0.01, 0.04, 0.03, 0.005])
    for (const [index, value] of [0.03, 0.06, 0.06, 0.02].entries())
      expect(adjusted[index]).toBeCloseTo(value, 12)
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})

describe('equivalence', () => {
  it('finds equal what differs by less than the margin, and nothing else', () => {
    const base = range(8, (index) => 100 + index * 0.1)
    expect(equivalence(base, base, 5)).toBeCloseTo(1 / 12_870, 12)
    expect(
      equivalence(
        base,
        base.map((value) => value + 5),
        5,
      ),
    ).toBeGreaterThan(0.4)
    expect(
      equivalence(
        base,
        base.map((value) => value + 20),
        5,
      ),
    ).toBeCloseTo(1, 12)
    expect(
      pairedEquivalence(
        range(8, (index) => index / 100),
        1,
      ),
    ).toBeCloseTo(1 / 256, 12)
    expect(
      pairedEquivalence(
        range(8, () => 3),
        1,
      ),
    ).toBe(1)
  })
})

describe('repeats needed', () => {
  const options = { level: 0.05, power: 0.8, samples: 'two' } as const
  it('is near the power of the t test, divided by the efficiency of ranks', () => {
    // scipy's non-central t, power 0.8 at two-sided 5 %: 16.71, 63.77 and 5.09 on each side; times π/3.
    expect(repeatsToDetect(1, options)).toBe(18)
    expect(repeatsToDetect(0.5, options)).toBe(67)
    expect(Math.abs((repeatsToDetect(2, options) as number) - 5.09 * 1.047)).toBeLessThan(1.5)
  })

  it('is never less than what the exact test needs', () => {
    expect(fewestRepeats(0.05, 'two')).toBe(4)
    expect(fewestRepeats(0.01, 'two')).toBe(5)
    expect(fewestRepeats(0.05, 'pairs')).toBe(6)
    expect(repeatsToDetect(1000, { ...options, level: 0.001 })).toBe(7)
  })

  it('has no number for what no number of repeats tells', () => {
    expect(repeatsToDetect(0, options)).toBeNull()
    expect(repeatsToDetect(0.001, options)).toBeNull()
    expect(repeatsToExclude(-1, options)).toBeNull()
  })

  it('delivers the power that it promises', () => {
    const random = new Random([9, 9, 9, 9])
    const count = repeatsToDetect(1.5, options) as number
    let found = 0
    for (let round = 0; round < 600; round++) {
      const base = range(count, () => drawNormal(random))
      const other = range(count, () => drawNormal(random) + 1.5)
      if (mannWhitney(base, other).pValue <= 0.05) found += 1
    }
    // 0.8 ± 3 standard errors of 600 trials, and one repeat of rounding up.
    expect(found / 600).toBeGreaterThan(0.75)
    expect(found / 600).toBeLessThan(0.92)
  })
})

describe('bootstrapInterval', () => {
  const ratio = (base: number, other: number): number => other / base
  const side = (values: readonly number[], blocks: readonly number[] = []): Repeat[] =>
    values.map((value) => ({ value, blocks }))

  it('is seeded', () => {
    const run = (seed: number): unknown =>
      bootstrapInterval(side(BASE), side(OTHER), ratio, { random: new Random([seed, 0, 0, 0]) })
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  it('covers about what it should where there are many repeats', () => {
    const random = new Random([3, 1, 4, 1])
    let covered = 0
    for (let round = 0; round < 200; round++) {
      const base = side(range(20, () => 100 + drawNormal(random) * 5))
      const other = side(range(20, () => 110 + drawNormal(random) * 5))
      const [low, high] = bootstrapInterval(base, other, ratio, { random, resamples: 400 }) as [
        number,
        number,
      ]
      if (low <= 1.1 && 1.1 <= high) covered += 1
    }
    expect(covered).toBeGreaterThan(178)
  })

  it('with one repeat each speaks of the blocks alone', () => {
    const random = new Random([1, 1, 1, 1])
    const blocks = [0.8, 0.9, 1, 1.1, 1.2]
    const [low, high] = bootstrapInterval(side([10], blocks), side([10], blocks), ratio, {
      random,
    }) as [number, number]
    // The mean of five blocks has a standard deviation of 0.0632 by the bootstrap: of a ratio √2 times that.
    expect(high - low).toBeGreaterThan(0.28)
    expect(high - low).toBeLessThan(0.42)
    expect(bootstrapInterval(side([10]), side([11]), ratio, { random })).toBeNull()
    expect(bootstrapInterval(side([0, 0]), side([1, 2]), ratio, { random })).toBeNull()
  })
})
