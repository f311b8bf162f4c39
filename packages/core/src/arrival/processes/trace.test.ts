import { describe, expect, it } from 'vitest'
import {
  countsPer,
  distance,
  gapsOf,
  hashOf,
  momentsOf,
  openLoad,
  scheduleOf,
  take,
} from '../../../test/support/arrivals.ts'
import { SECOND } from '../../units/nanos.ts'
import type { TraceExpansion, TracePlan } from '../load-plan.ts'
import type { TraceContent } from '../process.ts'

const MINUTE = 60 * SECOND

function trace(content: TraceContent, seed = 1, plan: Partial<TracePlan> = {}): Float64Array {
  const load = openLoad({
    kind: 'trace',
    files: ['trace.csv'],
    source: { format: 'arrivals' },
    from: 0,
    until: null,
    expand: 'conditional',
    speed: 1,
    scale: 1,
    badRows: 'strict',
    ...plan,
  })
  return take(scheduleOf(load, seed, { openTrace: () => content }), Infinity)
}

function counted(counts: readonly number[]): TraceContent {
  const arrivals = counts.reduce((sum, count) => sum + count, 0)
  const peak = Math.max(...counts) / 60
  return { kind: 'counts', counts, every: MINUTE, arrivals, length: counts.length * MINUTE, peak }
}

function recorded(instants: readonly number[]): TraceContent {
  let index = 0
  return {
    kind: 'instants',
    arrivals: instants.length,
    length: (instants.at(-1) ?? 0) - (instants[0] ?? 0),
    peak: 1,
    next: () => instants[index++] ?? Infinity,
  }
}

const minutes = (instants: Float64Array, count: number): number[] => [...countsPer(instants, MINUTE, count)]

describe('counts per minute', () => {
  it.each(['conditional', 'even', 'smooth'] as const)('[3, 0, 2], %s: exactly 3, 0 and 2', (expand) => {
    for (let seed = 0; seed < 200; seed++) {
      const instants = trace(counted([3, 0, 2]), seed, { expand })
      expect(minutes(instants, 3)).toEqual([3, 0, 2])
      expect(instants).toHaveLength(5)
      expect([...instants]).toEqual([...instants].toSorted((a, b) => a - b))
      expect(trace(counted([3, 0, 2]), seed, { expand })).toEqual(instants)
    }
  })

  it('conditional: uniform inside each minute, as a Poisson process given its counts', () => {
    const instants = trace(counted([20_000, 0, 40_000]))
    const [first, third] = [instants.subarray(0, 20_000), instants.subarray(20_000)]
    expect(distance(first, (t) => t / MINUTE)).toBeLessThan(1.95)
    expect(distance(third, (t) => t / MINUTE - 2)).toBeLessThan(1.95)
    // Gaps of sorted uniform instants are nearly exponential.
    expect(distance(gapsOf(third).subarray(1), (gap) => 1 - Math.exp((-gap * 40_000) / MINUTE))).toBeLessThan(
      1.95,
    )
  })

  it('rate: a Poisson process, whose total varies by the root of the sum', () => {
    const totals = Array.from(
      { length: 1500 },
      (_, seed) => trace(counted([30, 0, 70]), seed, { expand: 'rate' }).length,
    )
    const { mean, variance } = momentsOf(totals)
    expect(Math.abs(mean - 100)).toBeLessThan(4 * Math.sqrt(100 / 1500))
    expect(Math.abs(variance - 100)).toBeLessThan(4 * 100 * Math.sqrt(2 / 1500))
    expect(minutes(trace(counted([300, 0, 200]), 5, { expand: 'rate' }), 3)[1]).toBe(0)
  })

  it('even: the middle of equal parts', () => {
    expect([...trace(counted([2, 1]), 1, { expand: 'even' })]).toEqual([
      15 * SECOND,
      45 * SECOND,
      90 * SECOND,
    ])
  })

  it('smooth: denser towards the busier neighbour, without a jump', () => {
    const instants = trace(counted([0, 60_000, 120_000]), 3, { expand: 'smooth' })
    expect(minutes(instants, 3)).toEqual([0, 60_000, 120_000])
    const seconds = countsPer(instants, SECOND, 180)
    const rate = (from: number): number => momentsOf(seconds.subarray(from, from + 4)).mean
    // Half-way between 0 and 1000 per second at the start of the second minute, 1500 at its end.
    expect(Math.abs(rate(60) - 530)).toBeLessThan(60)
    expect(Math.abs(rate(88) - 1000)).toBeLessThan(80)
    expect(Math.abs(rate(116) - 1450)).toBeLessThan(90)
    expect(Math.abs(rate(120) - 1600)).toBeLessThan(120)
  })

  it('scale: by a factor, to a mean, to a peak; rounding is unbiased', () => {
    expect(trace(counted([100, 50]), 1, { scale: 2 })).toHaveLength(300)
    const halves = Array.from(
      { length: 1000 },
      (_, seed) => trace(counted([1, 1, 1]), seed, { scale: 0.5 }).length,
    )
    expect(Math.abs(momentsOf(halves).mean - 1.5)).toBeLessThan(4 * Math.sqrt(0.75 / 1000))
    expect(trace(counted([600, 1200]), 1, { scale: { mean: 30 } })).toHaveLength(3600)
    expect(minutes(trace(counted([600, 1200]), 1, { scale: { peak: 100 } }), 2)).toEqual([3000, 6000])
  })

  it('speed: minutes become seconds, and the target rate is that of the faster load', () => {
    const instants = trace(counted([600, 1200]), 1, { speed: 60 })
    expect([...countsPer(instants, SECOND, 3)]).toEqual([600, 1200, 0])
    expect(trace(counted([600, 1200]), 1, { speed: 60, scale: { mean: 450 } })).toHaveLength(900)
  })

  it('stays inside its minutes a week later', () => {
    const counts = Array.from({ length: 10_080 }, (_, minute) => (minute > 10_070 ? 2000 : 0))
    const instants = trace(counted(counts))
    expect(minutes(instants, 10_080)).toEqual(counts)
  })

  it.each(['conditional', 'rate', 'even', 'smooth'] as readonly TraceExpansion[])(
    '%s: nothing of nothing',
    (expand) => {
      expect(trace(counted([]), 1, { expand })).toHaveLength(0)
      expect(trace(counted([0, 0]), 1, { expand })).toHaveLength(0)
    },
  )
})

describe('recorded instants', () => {
  const times = Array.from({ length: 20_000 }, (_, index) => Math.floor(index / 2) * SECOND)

  it('are taken as they are', () => {
    expect([...trace(recorded([0, 5, 5, 9]))]).toEqual([0, 5, 5, 9])
    expect(trace(recorded([]))).toHaveLength(0)
  })

  it('run faster', () => {
    expect([...trace(recorded([0, 5, 10]), 1, { speed: 5 })]).toEqual([0, 1, 2])
  })

  it('are thinned to a part, each by itself', () => {
    const kept = trace(recorded(times), 2, { scale: 0.25 })
    expect(Math.abs(kept.length - 5000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.25 * 0.75))
    expect(kept.every((instant) => instant % SECOND === 0)).toBe(true)
  })

  it('are multiplied: copies fall at random before the next arrival', () => {
    const evenly = Array.from({ length: 10_000 }, (_, index) => index * SECOND)
    const more = trace(recorded(evenly), 2, { scale: 3 })
    expect(more).toHaveLength(30_000)
    expect([...more]).toEqual([...more].toSorted((a, b) => a - b))
    const copies = more
      .filter((instant) => instant % SECOND !== 0)
      .map((instant) => (instant % SECOND) / SECOND)
    expect(copies).toHaveLength(20_000)
    expect(distance(copies, (x) => x)).toBeLessThan(1.95)
    expect(Math.abs(trace(recorded(evenly), 2, { scale: 1.5 }).length - 15_000)).toBeLessThan(4 * 50)
  })

  it('reach a mean rate', () => {
    expect(Math.abs(trace(recorded(times), 1, { scale: { mean: 1 } }).length - 9999)).toBeLessThan(4 * 71)
  })

  it('wait for what has not been read', () => {
    const values = [NaN, 0, NaN, NaN, 5, 9, NaN, Infinity]
    let index = 0
    const content: TraceContent = {
      ...recorded([0, 5, 9]),
      kind: 'instants',
      next: () => values[index++] ?? Infinity,
    }
    const load = openLoad({
      kind: 'trace',
      files: ['f'],
      source: { format: 'arrivals' },
      from: 0,
      until: null,
      expand: 'even',
      speed: 1,
      scale: 1,
      badRows: 'skip',
    })
    const schedule = scheduleOf(load, 1, { openTrace: () => content })
    const seen: number[] = []
    for (let turn = 0; turn < 20; turn++) {
      if (schedule.peek() === Infinity) continue
      seen.push(schedule.peek())
      schedule.advance()
    }
    expect(seen).toEqual([0, 5, 9])
  })
})

it('a trace that nobody has read is a mistake', () => {
  const load = openLoad({
    kind: 'trace',
    files: ['f'],
    source: { format: 'arrivals' },
    from: 0,
    until: null,
    expand: 'even',
    speed: 1,
    scale: 1,
    badRows: 'skip',
  })
  expect(() => scheduleOf(load)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_LOAD' }))
})

it.each([
  ['conditional', '96ce8aadc37199585365aec7a3948e3160f12a616db4570823d6bcd9dfeb0c49'],
  ['rate', '0f964b423bad3c03a12c084c49df3d2097fbd03fd9b6b5e7ea33eb00e4fbac88'],
  ['smooth', '65598e9b7476ae5544c218cf010580f37392b98a2ce2bbaca6b8ff0ec46a0200'],
] as const)('pinned: %s', (expand, hash) => {
  const counts = Array.from({ length: 60 }, (_, index) => (index * 37) % 101)
  expect(hashOf(trace(counted(counts), 1, { expand, scale: 1.5 }))).toBe(hash)
})
