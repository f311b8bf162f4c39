import { describe, expect, it } from 'vitest'
import { drawExponential } from '../../stats/draws/exponential.ts'
import { drawNormal } from '../../stats/draws/normal.ts'
import { Random } from '../../stats/prng.ts'
import { HdrHistogram } from '../hdr.ts'
import type { AnalysisTable } from '../result.ts'
import { MOST_CURVES, MOST_POINTS, type CurveSample } from './curve-sample.ts'
import { densityCurve, densityTable } from './density-table.ts'
import { dkwHalfWidth, ecdfSteps, ecdfTable } from './ecdf-table.ts'
import { survivalPoints, survivalTable } from './survival-table.ts'

const seeded = (first: number): Random => new Random([first, 2, 3, 4])

function sampleOf(values: Iterable<number>, name = 'a', missing = 0): CurveSample {
  const histogram = new HdrHistogram()
  for (const value of values) histogram.record(value)
  return { name, buckets: [...histogram.buckets()], missing }
}

function draws(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw)
}

/** As it is seen: over the logarithm to base ten. */
function areaOf(points: readonly (readonly [number, number])[]): number {
  return points.slice(1).reduce((sum, [x, y], index) => {
    const [left, before] = points[index] as readonly [number, number]
    return sum + (Math.log10(x / left) * (y + before)) / 2
  }, 0)
}

/** Between points, over the logarithm. */
function densityAt(points: readonly (readonly [number, number])[], x: number): number {
  const after = points.findIndex(([at]) => at >= x)
  const [[left, low], [right, high]] = [points[after - 1], points[after]] as [
    [number, number],
    [number, number],
  ]
  return low + ((high - low) * Math.log(x / left)) / Math.log(right / left)
}

function modesOf(points: readonly (readonly [number, number])[], height: number): number[] {
  return points.flatMap(([x, y], index) => {
    const before = points[index - 1]?.[1] ?? 0
    const after = points[index + 1]?.[1] ?? 0
    return y > height && y >= before && y > after ? [x] : []
  })
}

function column(table: AnalysisTable, name: string): AnalysisTable['rows'][number][number][] {
  const at = table.columns.findIndex((one) => one.name === name)
  return table.rows.map((row) => row[at] as AnalysisTable['rows'][number][number])
}

describe('densityCurve', () => {
  it('has the area 1, no negative value, few points, and nothing beyond the data, for shapes of all kinds', () => {
    const random = seeded(11)
    for (let round = 0; round < 30; round++) {
      const scale = Math.exp(4 + 14 * random.next())
      const spread = Math.exp(-5 * random.next())
      const second = random.next() < 0.5 ? 1 : 1 + 20 * random.next()
      const values = draws(20 + Math.floor(3000 * random.next()), () =>
        Math.floor(scale * (random.next() < 0.3 ? second : 1) * Math.exp(spread * drawNormal(random))),
      )
      const curve = densityCurve(sampleOf(values))
      if (curve === null) throw new Error(`no curve in round ${round}`)
      expect(Math.abs(areaOf(curve.points) - 1)).toBeLessThan(1e-3)
      expect(curve.points.length).toBeLessThanOrEqual(MOST_POINTS)
      expect(curve.points.every(([, y]) => y >= 0)).toBe(true)
      const lowest = Math.min(...values)
      expect((curve.points[0] as readonly [number, number])[0]).toBeGreaterThanOrEqual(lowest * 0.999 - 1)
      expect((curve.points.at(-1) as readonly [number, number])[0]).toBeLessThanOrEqual(
        Math.max(...values) * 1.001 + 1,
      )
    }
  })

  it('is a lognormal distribution, widened by the kernel', () => {
    const random = seeded(5)
    const sigma = 0.4
    const curve = densityCurve(sampleOf(draws(40_000, () => 5e6 * Math.exp(sigma * drawNormal(random)))))
    const { points, deviation } = curve as NonNullable<typeof curve>
    const wide = Math.sqrt(sigma * sigma + deviation * deviation)
    for (const z of [-2, -1, -0.5, 0, 0.5, 1, 2]) {
      const expected =
        (Math.LN10 * Math.exp((-z * z * sigma * sigma) / (2 * wide * wide))) / (wide * Math.sqrt(2 * Math.PI))
      expect(densityAt(points, 5e6 * Math.exp(z * sigma)) / expected).toBeGreaterThan(0.93)
      expect(densityAt(points, 5e6 * Math.exp(z * sigma)) / expected).toBeLessThan(1.07)
    }
  })

  it('is an exponential distribution, also near 0', () => {
    const random = seeded(6)
    const curve = densityCurve(sampleOf(draws(100_000, () => 1e7 * drawExponential(random))))
    const { points } = curve as NonNullable<typeof curve>
    for (const t of [0.02, 0.05, 0.1, 0.3, 1, 2, 4]) {
      // Per factor of ten: f(t) · t · ln 10.
      const expected = Math.exp(-t) * t * Math.LN10
      expect(densityAt(points, 1e7 * t) / expected).toBeGreaterThan(0.88)
      expect(densityAt(points, 1e7 * t) / expected).toBeLessThan(1.12)
    }
  })

  it('keeps the two modes of a cache that hits or misses', () => {
    const random = seeded(9)
    const values = draws(5000, () => (random.next() < 0.6 ? 1e6 : 3e6) * Math.exp(0.08 * drawNormal(random)))
    const { points } = densityCurve(sampleOf(values)) as NonNullable<ReturnType<typeof densityCurve>>
    const modes = modesOf(points, 0.5)
    expect(modes).toHaveLength(2)
    expect((modes[0] as number) / 1e6).toBeCloseTo(1, 1)
    expect((modes[1] as number) / 3e6).toBeCloseTo(1, 1)
  })

  it('does not draw the buckets of the histogram: 10⁶ times in one percent stay one bell', () => {
    const random = seeded(10)
    const values = draws(200_000, () => 1e9 * Math.exp(0.003 * drawNormal(random)))
    const { points } = densityCurve(sampleOf(values)) as NonNullable<ReturnType<typeof densityCurve>>
    const highest = Math.max(...points.map(([, y]) => y))
    expect(modesOf(points, highest / 2)).toHaveLength(1)
  })

  it('is none of values that are too few or alike', () => {
    expect(densityCurve(sampleOf([1e6, 2e6, 3e6]))).toBeNull()
    expect(densityCurve(sampleOf(draws(100, () => 1e6)))).toBeNull()
    expect(densityCurve(sampleOf([]))).toBeNull()
  })
})

describe('densityTable', () => {
  it('lays cases over each other and says of which there is none', () => {
    const random = seeded(1)
    const bell = (scale: number): number[] => draws(500, () => scale * Math.exp(0.2 * drawNormal(random)))
    const table = densityTable([
      sampleOf(bell(1e6), 'fast'),
      sampleOf(bell(4e6), 'slow'),
      sampleOf([1e6], 'single'),
      sampleOf([], 'empty'),
    ])
    expect(new Set(column(table, 'case'))).toEqual(new Set(['fast', 'slow']))
    const notes = table.plots?.[0]?.notes ?? []
    expect(notes).toContain('single: too few requests for a density (1).')
    expect(notes).toContain('1 of 4 cases have no valid times.')
  })

  it('draws the first of very many cases, and says so', () => {
    const many = Array.from({ length: MOST_CURVES + 3 }, (_, index) =>
      sampleOf(
        draws(30, () => 1e6 * (index + 1)),
        `${index}`,
      ),
    )
    expect(densityTable(many).notes).toEqual([
      `Of ${MOST_CURVES + 3} cases the first ${MOST_CURVES} are drawn.`,
    ])
  })
})

describe('dkwHalfWidth', () => {
  it('is √(ln(2 ÷ α) ÷ 2n)', () => {
    expect(dkwHalfWidth(10_000, 0.95)).toBeCloseTo(0.013581, 6)
    expect(dkwHalfWidth(100, 0.95)).toBeCloseTo(0.13581, 6)
    expect(dkwHalfWidth(1000, 0.99)).toBeCloseTo(0.05147, 6)
    expect(dkwHalfWidth(1, 0.95)).toBe(1)
  })
})

describe('ecdfSteps', () => {
  it('has a step for each of a few values, with the share that is not longer', () => {
    expect(ecdfSteps(sampleOf([10, 20, 20, 40]))).toEqual([
      [10, 0.25],
      [20, 0.75],
      [40, 1],
    ])
  })

  it('counts failures as longer than all', () => {
    expect(ecdfSteps(sampleOf([10, 20], 'a', 2))).toEqual([
      [10, 0.25],
      [20, 0.5],
    ])
  })

  it('rises, is exact at each step, and leaves out no more than its steps are high', () => {
    const random = seeded(21)
    const values = draws(50_000, () => Math.floor(1e6 * Math.exp(drawNormal(random)))).toSorted(
      (a, b) => a - b,
    )
    const steps = ecdfSteps(sampleOf(values))
    expect(steps.length).toBeLessThanOrEqual(MOST_POINTS)
    expect(steps.at(-1)?.[1]).toBe(1)
    let before = 0
    for (const [time, share] of steps) {
      const counted = values.filter((value) => value <= time).length / values.length
      expect(share).toBe(counted)
      expect(share).toBeGreaterThan(before)
      expect(share - before).toBeLessThan(1 / 140)
      before = share
    }
  })
})

describe('ecdfTable', () => {
  it('has the band about each step, inside of 0 and 1, and rules at the percentiles', () => {
    const table = ecdfTable([sampleOf(Array.from({ length: 100 }, (_, index) => index + 1))])
    const half = dkwHalfWidth(100, 0.95)
    const steps = table.rows.filter((row) => row[1] !== null)
    for (const [, , share, low, high] of steps as number[][]) {
      expect(low).toBe(Math.max(0, (share as number) - half))
      expect(high).toBe(Math.min(1, (share as number) + half))
    }
    expect(table.rows.filter((row) => row[5] !== null).map((row) => [row[5], row[6]])).toEqual([
      [50, 'p50'],
      [95, 'p95'],
      [99, 'p99'],
    ])
  })

  it('has no rule where failures have the rank', () => {
    const table = ecdfTable([
      sampleOf(
        Array.from({ length: 90 }, (_, index) => index + 1),
        'a',
        10,
      ),
    ])
    expect(column(table, 'percentile').filter((name) => name !== null)).toEqual(['p50'])
    expect(table.plots?.[0]?.notes).toContain(
      'a: 10 requests that failed took longer than any that is shown.',
    )
  })
})

describe('survivalPoints', () => {
  it('has the share that took at least so long, down to a single request', () => {
    expect(survivalPoints(sampleOf([10, 20, 20, 40]))).toEqual([
      [10, 1],
      [20, 0.75],
      [40, 0.25],
    ])
  })

  it('falls, and is exact at each point', () => {
    const random = seeded(22)
    const values = draws(100_000, () => Math.floor(1e5 * drawExponential(random)))
    const points = survivalPoints(sampleOf(values))
    expect(points.length).toBeLessThanOrEqual(MOST_POINTS)
    expect(points.at(-1)?.[1]).toBeCloseTo(1e-5, 12)
    let before = Infinity
    for (const [time, share] of points) {
      expect(share).toBe(values.filter((value) => value >= time || time === 1).length / values.length)
      expect(share).toBeLessThan(before)
      before = share
    }
  })

  it('is a straight line for a power law', () => {
    const random = seeded(23)
    const points = survivalPoints(sampleOf(draws(100_000, () => 1e6 / Math.sqrt(1 - random.next()))))
    const share = (time: number): number => densityAt(points, time)
    expect(Math.log(share(2e6) / share(8e6)) / Math.log(4)).toBeCloseTo(2, 1)
  })
})

describe('survivalTable', () => {
  it('marks the percentiles that the requests reach', () => {
    const table = survivalTable([sampleOf(Array.from({ length: 200 }, (_, index) => index + 1))])
    expect(table.rows.filter((row) => row[3] !== null).map((row) => row[4])).toEqual(['p95', 'p99'])
    expect(survivalTable([]).rows).toEqual([])
  })
})
