import { describe, expect, it } from 'vitest'
import { steadyThroughput } from './trial.ts'

describe('steadyThroughput', () => {
  it('leaves out the first two seconds and the end', () => {
    // Nothing for 1 s, half speed for 2 s, then 1000/s until 7 s, then nothing.
    const samples = Array.from({ length: 181 }, (_, index) => {
      const at = index * 50
      const slow = Math.min(Math.max(at - 1000, 0), 2000) * 0.5
      const fast = Math.min(Math.max(at - 3000, 0), 4000)
      return { at, answers: 70 + slow + fast }
    })
    expect(steadyThroughput(samples)).toBeCloseTo(1000, 6)
  })

  it('is null for runs without a steady part', () => {
    expect(steadyThroughput([])).toBeNull()
    expect(
      steadyThroughput([
        { at: 0, answers: 5 },
        { at: 50, answers: 5 },
      ]),
    ).toBeNull()
    expect(
      steadyThroughput(Array.from({ length: 20 }, (_, index) => ({ at: index * 50, answers: index }))),
    ).toBeNull()
  })
})
