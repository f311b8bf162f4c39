import { describe, expect, it } from 'vitest'
import { Random } from '../stats/prng.ts'
import { SECOND } from '../units/nanos.ts'
import type { RateSegment } from './load-plan.ts'
import { RateFunction } from './rate-function.ts'

/** Seconds and arrivals per second, as they are easier to read. */
function segment(from: number, until: number | null, rate: number, rateEnd: number = rate): RateSegment {
  return { from: from * SECOND, until: until === null ? null : until * SECOND, rate, rateEnd }
}

function functionOf(...segments: readonly RateSegment[]): RateFunction {
  const rate = new RateFunction()
  for (const one of segments) rate.append(one)
  return rate
}

function instants(rate: RateFunction, points: readonly number[]): readonly number[] {
  return points.map((point) => rate.instantOf(point) / SECOND)
}

describe('RateFunction', () => {
  it('divides by a constant rate', () => {
    expect(instants(functionOf(segment(0, null, 4)), [0, 1, 2, 1e9])).toEqual([0, 0.25, 0.5, 2.5e8])
  })

  it('inverts a ramp up, from 0 as well', () => {
    // Λ(t) = t² / 2 · 10/5 = t²
    expect(instants(functionOf(segment(0, 5, 0, 10)), [0, 1, 4, 16, 24.999])).toEqual([
      0,
      1,
      2,
      4,
      expect.closeTo(Math.sqrt(24.999), 9),
    ])
  })

  it('inverts a ramp down to 0 and ends there', () => {
    // Λ(t) = 10 t − t², all of 25 at t = 5
    const rate = functionOf(segment(0, 5, 10, 0))
    expect(instants(rate, [0, 9, 16, 24])).toEqual([0, 1, 2, 4])
    expect(rate.instantOf(25)).toBe(Infinity)
  })

  it('passes zero rates and gaps: what falls on them comes at their end', () => {
    const rate = functionOf(segment(1, 2, 3), segment(2, 4, 0), segment(6, 7, 2))
    expect(instants(rate, [0, 1, 2.999, 3, 4, 4.5])).toEqual([
      1,
      expect.closeTo(4 / 3, 9),
      expect.closeTo(1.9996667, 6),
      6,
      6.5,
      6.75,
    ])
    expect(rate.instantOf(5)).toBe(Infinity)
  })

  it('goes on when a segment is appended after the end', () => {
    const rate = functionOf(segment(0, 1, 2))
    expect(rate.instantOf(2)).toBe(Infinity)
    rate.append(segment(3, null, 10))
    expect(rate.instantOf(2.5) / SECOND).toBe(3.05)
  })

  it('lets a new segment take over from its start, and drops what was planned beyond', () => {
    const rate = functionOf(segment(0, 10, 1), segment(10, 20, 2), segment(5, 6, 4))
    expect(instants(rate, [4, 5, 6, 8.9])).toEqual([4, 5, 5.25, expect.closeTo(5.975, 9)])
    expect(rate.instantOf(9)).toBe(Infinity)
  })

  it('cuts a ramp on its line', () => {
    // The ramp reaches rate 5 after 5 s (12.5 arrivals), where a constant rate of 1 takes over.
    const rate = functionOf(segment(0, 10, 0, 10), segment(5, null, 1))
    expect(rate.instantOf(12.5 + 3) / SECOND).toBe(8)
  })

  it('is the inverse of its integral for random functions', () => {
    const random = new Random([1, 5, 9, 2])
    for (let round = 0; round < 200; round++) {
      const parts = Array.from({ length: 1 + random.int(5) }, () => ({
        length: 0.1 + 3 * random.next(),
        rate: random.int(3) === 0 ? 0 : 50 * random.next(),
        rateEnd: random.int(3) === 0 ? 0 : 50 * random.next(),
      }))
      let from = 0
      const segments = parts.map(({ length, rate, rateEnd }) =>
        segment(from, (from += length), rate, rateEnd),
      )
      const rate = functionOf(...segments)
      const total = parts.reduce((sum, part) => sum + (part.length * (part.rate + part.rateEnd)) / 2, 0)
      let last = 0
      for (let point = 0; point < total * (1 - 1e-9); point += total / 37) {
        const at = rate.instantOf(point) / SECOND
        // Λ(at), integrated piece by piece.
        let integral = 0
        for (const { from: start, until, rate: r0, rateEnd } of segments) {
          const a = start / SECOND
          const b = (until as number) / SECOND
          const x = Math.min(Math.max(at - a, 0), b - a)
          integral += r0 * x + ((rateEnd - r0) / (b - a)) * 0.5 * x * x
        }
        expect(integral).toBeCloseTo(point, 6)
        expect(at).toBeGreaterThanOrEqual(last)
        last = at
      }
      expect(rate.instantOf(total * (1 + 1e-9) + 1e-9)).toBe(Infinity)
    }
  })

  it.each([
    ['a negative rate', segment(0, 1, -1)],
    ['an infinite rate', segment(0, 1, Infinity)],
    ['no number', segment(0, 1, NaN)],
    ['an end before the start', segment(2, 1, 1)],
    ['no length', segment(1, 1, 1)],
    ['a start before the load', segment(-1, 1, 1)],
    ['a ramp without an end', segment(0, null, 1, 2)],
  ])('refuses %s', (_, one) => {
    expect(() => functionOf(one)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_LOAD' }))
  })
})
