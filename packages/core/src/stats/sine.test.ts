import { expect, it } from 'vitest'
import { Random } from './prng.ts'
import { sineOfTurns } from './sine.ts'

it('is the sine', () => {
  const random = new Random([3, 1, 4, 1])
  for (let round = 0; round < 20_000; round++) {
    const turns = random.next() * 4 - 2
    expect(Math.abs(sineOfTurns(turns) - Math.sin(2 * Math.PI * turns))).toBeLessThan(2e-15)
  }
})

it('is exact where it can be', () => {
  expect([0, 0.25, -0.25, 1, 1000, 7.25].map(sineOfTurns)).toEqual([0, 1, -1, 0, 0, 1])
  expect(sineOfTurns(0.5)).toBeCloseTo(0, 15)
  expect(sineOfTurns(1 / 12)).toBeCloseTo(0.5, 15)
})

it('sums up to nothing over a whole turn', () => {
  let sum = 0
  for (let index = 0; index < 1024; index++) sum += sineOfTurns(index / 1024)
  expect(Math.abs(sum)).toBeLessThan(1e-12)
})
