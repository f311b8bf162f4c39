import { describe, expect, it } from 'vitest'
import { DeadlineWheel } from './deadline-wheel.ts'

function expired(wheel: DeadlineWheel, now: number): number[] {
  const slots: number[] = []
  wheel.advance(now, (slot) => slots.push(slot))
  return slots.sort((a, b) => a - b)
}

describe('DeadlineWheel', () => {
  it('fires within one tick after the deadline and never before', () => {
    const wheel = new DeadlineWheel(1e6, 8)
    wheel.set(1, 3.5e6)
    expect(expired(wheel, 3.4e6)).toEqual([])
    expect(expired(wheel, 4.4e6)).toEqual([1])
    expect(wheel.size).toBe(0)
  })

  it('keeps deadlines that lie several rounds ahead', () => {
    const wheel = new DeadlineWheel(1e6, 8)
    wheel.set(1, 20.5e6)
    wheel.set(2, 4.5e6)
    expect(expired(wheel, 6e6)).toEqual([2])
    expect(expired(wheel, 19e6)).toEqual([])
    expect(expired(wheel, 22e6)).toEqual([1])
  })

  it('fires what was already due when it was set, and after a long pause', () => {
    const wheel = new DeadlineWheel(1e6, 8)
    expect(expired(wheel, 100e6)).toEqual([])
    wheel.set(1, 1e6)
    wheel.set(2, 150e6)
    expect(expired(wheel, 101e6)).toEqual([1])
    expect(expired(wheel, 1e12)).toEqual([2])
  })

  it('lets a callback clear and set slots of the same bucket', () => {
    const wheel = new DeadlineWheel(1e6, 8)
    for (const slot of [0, 1, 2, 3]) wheel.set(slot, 2.5e6)
    const seen: number[] = []
    wheel.advance(5e6, (slot) => {
      seen.push(slot)
      if (slot === 3) wheel.clear(2)
      if (slot === 1) wheel.set(1, 50e6)
    })
    expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 3])
    expect(wheel.size).toBe(1)
  })

  it('agrees with a sorted list over random operations', () => {
    const wheel = new DeadlineWheel(1e6, 16)
    const deadlines = new Map<number, number>()
    let state = 7
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
    let now = 0
    for (let step = 0; step < 20_000; step++) {
      const slot = Math.floor(random() * 200)
      if (deadlines.has(slot)) {
        if (random() < 0.5) {
          wheel.clear(slot)
          deadlines.delete(slot)
        }
      } else {
        const deadline = now + random() * 40e6
        wheel.set(slot, deadline)
        deadlines.set(slot, deadline)
      }
      now += random() * 0.7e6
      for (const fired of expired(wheel, now)) {
        expect(deadlines.get(fired)).toBeLessThanOrEqual(now)
        deadlines.delete(fired)
      }
      let earliest = Infinity
      for (const deadline of deadlines.values()) earliest = Math.min(earliest, deadline)
      if (earliest <= now - 1e6) throw new Error(`a deadline at ${earliest} has not fired at ${now}`)
      if (wheel.size !== deadlines.size) throw new Error(`${wheel.size} ≠ ${deadlines.size}`)
    }
  })
})
