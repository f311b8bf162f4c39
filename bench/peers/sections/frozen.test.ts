import { expect, it } from 'vitest'
import { frozenTruth } from './frozen.ts'

it('frozenTruth is the distribution of requests at an even rate, counted one by one', () => {
  // Request i of 5 000 arrives at i/500 s; inside a freeze it is answered at its end.
  const times = Array.from({ length: 5000 }, (_, index) => {
    const at = (index + 0.5) / 500
    const end = at >= 3 && at < 4 ? 4 : at >= 6 && at < 7 ? 7 : at
    return (end - at) * 1e9 + 1e6
  }).toSorted((a, b) => a - b)
  for (const p of [0.5, 0.8, 0.9, 0.99, 0.999, 1]) {
    const exact = times[Math.ceil(p * 5000) - 1] as number
    expect(Math.abs(frozenTruth(p) - exact)).toBeLessThan(2e6)
  }
})
