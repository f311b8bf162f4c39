import { describe, expect, it } from 'vitest'
import { ClockWatch } from './clock-watch.ts'

/** A watch over clocks that stand still until they are moved. */
function watch(): { readonly clocks: ClockWatch; move(wall: number, monotonic: number): number } {
  let wall = 1_700_000_000_000
  let monotonic = 5000
  const clocks = new ClockWatch(
    () => wall,
    () => monotonic,
  )
  return {
    clocks,
    move(wallBy, monotonicBy) {
      wall += wallBy
      monotonic += monotonicBy
      return clocks.drift()
    },
  }
}

describe('ClockWatch', () => {
  it('sees no drift when both clocks agree, and none in the rounding of a short trial', () => {
    expect(watch().move(10_000, 10_000)).toBe(0)
    expect(watch().move(401, 399.2)).toBe(0)
    expect(watch().move(0, 0)).toBe(0)
  })

  it.each([
    ['a step forward', 70_000, 10_000, 5.9998],
    ['a step back', -50_000, 10_000, 5.9998],
    ['a clock that is slewed', 10_012, 10_000, 0.001],
  ])('sees %s', (_, wall, monotonic, drift) => {
    expect(watch().move(wall, monotonic)).toBeCloseTo(drift, 6)
  })
})
