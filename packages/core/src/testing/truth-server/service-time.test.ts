import { describe, expect, it } from 'vitest'
import { serviceTimes } from './service-time.ts'
import type { ServiceTime } from './program.ts'

function sorted(service: ServiceTime, count = 50_000): number[] {
  const time = serviceTimes(service, 11)
  return Array.from({ length: count }, (_, index) => time(index)).toSorted((a, b) => a - b)
}

/** Allows four standard errors of a sample quantile: √(p(1−p)/n) / f(q). */
function expectQuantile(times: readonly number[], p: number, exact: number, density: number): void {
  const tolerance = (4 * Math.sqrt((p * (1 - p)) / times.length)) / density
  expect(Math.abs((times[Math.floor(p * times.length)] as number) - exact)).toBeLessThan(tolerance)
}

describe('serviceTimes', () => {
  it('is constant for a duration', () => {
    expect(sorted('2ms', 3)).toEqual([2e6, 2e6, 2e6])
  })

  it('takes lists in turn', () => {
    const time = serviceTimes({ kind: 'list', times: ['1ms', '5ms', '2ms'] }, 1)
    expect([0, 1, 2, 3, 4].map(time)).toEqual([1e6, 5e6, 2e6, 1e6, 5e6])
  })

  it.each([0.5, 0.9, 0.99])('draws the %d quantile of the exponential distribution', (p) => {
    const mean = 3e6
    const exact = -mean * Math.log1p(-p)
    expectQuantile(sorted({ kind: 'exponential', mean: '3ms' }), p, exact, (1 - p) / mean)
  })

  it('has the quantiles of the lognormal distribution', () => {
    const times = sorted({ kind: 'lognormal', median: '10ms', sigma: 0.5 })
    expectQuantile(times, 0.5, 10e6, 1 / (10e6 * 0.5 * Math.sqrt(2 * Math.PI)))
    const q90 = 10e6 * Math.exp(0.5 * 1.2815515655446004)
    expectQuantile(
      times,
      0.9,
      q90,
      Math.exp(-0.5 * 1.2815515655446004 ** 2) / (q90 * 0.5 * Math.sqrt(2 * Math.PI)),
    )
  })

  it('stays inside uniform bounds', () => {
    const times = sorted({ kind: 'uniform', low: '1ms', high: '2ms' })
    expect(times[0]).toBeGreaterThanOrEqual(1e6)
    expect(times.at(-1)).toBeLessThan(2e6)
    expectQuantile(times, 0.25, 1.25e6, 1 / 1e6)
  })
})
