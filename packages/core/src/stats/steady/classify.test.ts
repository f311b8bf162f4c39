import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { classifySeries, type Shape } from './classify.ts'
import { windowsAgree } from './stable-windows.ts'

/** How often each shape is found among 100 seeds of a level over time with 5 % noise. */
function shapes(count: number, level: (share: number) => number): Partial<Record<Shape, number>> {
  const found: Partial<Record<Shape, number>> = {}
  for (let seed = 0; seed < 100; seed++) {
    const random = new Random([seed, count, 5, 6])
    const series = Float64Array.from(
      { length: count },
      (_, i) => level(i / count) * (1 + 0.05 * drawNormal(random)),
    )
    const shape = classifySeries(series)?.shape as Shape
    found[shape] = (found[shape] ?? 0) + 1
  }
  return found
}

describe('classifySeries', () => {
  it.each([10, 30, 120])('%d values: tells the four shapes apart', (count) => {
    expect(shapes(count, () => 10).flat).toBeGreaterThanOrEqual(95)
    expect(shapes(count, (share) => (share < 0.4 ? 20 : 10))['warm-up']).toBeGreaterThanOrEqual(90)
    expect(shapes(count, (share) => (share < 0.5 ? 10 : 15))['slow-down']).toBeGreaterThanOrEqual(80)
    expect(shapes(count, (share) => 10 + 10 * share)['no-steady-state']).toBeGreaterThanOrEqual(80)
  })

  it('takes a change in the last quarter for no steady state', () => {
    expect(shapes(40, (share) => (share < 0.85 ? 10 : 20))['no-steady-state']).toBeGreaterThanOrEqual(95)
  })

  it('ignores what is certain but below the tolerance', () => {
    expect(shapes(120, (share) => (share < 0.5 ? 10 : 10.5)).flat).toBeGreaterThanOrEqual(90)
    const steps = Float64Array.from({ length: 100 }, (_, i) => (i < 50 ? 10 : 10.5))
    expect(classifySeries(steps, { tolerance: 0.01 })?.shape).toBe('slow-down')
  })

  it('tells where the steady part begins, and its segments', () => {
    const series = Float64Array.from({ length: 40 }, (_, i) => (i < 12 ? 30 : 10) + ((i * 37) % 11) / 11)
    const found = classifySeries(series)
    expect(found).toMatchObject({
      shape: 'warm-up',
      steadyFrom: 12,
      segments: [
        { from: 0, until: 12, equivalent: false },
        { from: 12, until: 40, equivalent: true },
      ],
    })
    expect(found?.trend?.count).toBe(28)
  })

  it('says nothing of fewer than 8 values', () => {
    expect(classifySeries(new Float64Array(7).fill(1))).toBeNull()
    expect(classifySeries(new Float64Array(8).fill(1))?.shape).toBe('flat')
  })
})

describe('windowsAgree', () => {
  const rule = { windows: 3, within: 0.1 }
  const windows = (...values: readonly (readonly [number, number | null])[]) =>
    values.map(([throughput, latency]) => ({ throughput, latency }))

  it('wants three windows whose largest is at most 10 % above the smallest', () => {
    expect(windowsAgree(windows([100, 5], [105, 5.2], [110, 5.5]), rule)).toBe(true)
    expect(windowsAgree(windows([100, 5], [105, 5.2], [110.1, 5.5]), rule)).toBe(false)
    expect(windowsAgree(windows([100, 5], [105, 5.2], [110, 5.51]), rule)).toBe(false)
    expect(windowsAgree(windows([100, 5], [105, 5.2]), rule)).toBe(false)
    expect(windowsAgree(windows([900, 50], [100, 5], [105, 5.2], [110, 5.5]), rule)).toBe(true)
  })

  it('never takes empty windows for stable', () => {
    expect(windowsAgree(windows([0, null], [0, null], [0, null]), rule)).toBe(false)
  })
})
