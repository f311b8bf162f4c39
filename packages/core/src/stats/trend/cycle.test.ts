import { expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { cycleOf } from './cycle.ts'

const series = (length: number, value: (index: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, index) => value(index))

it('finds the length of a swing, also in noise', () => {
  const random = new Random([1, 2, 3, 4])
  expect(cycleOf(series(200, (index) => Math.sin((2 * Math.PI * index) / 20)))).toBe(20)
  const noisy = cycleOf(
    series(300, (index) => Math.sin((2 * Math.PI * index) / 16) + 0.5 * drawNormal(random)),
  )
  expect(Math.abs((noisy as number) - 16)).toBeLessThanOrEqual(1)
})

it('finds none in a constant, a trend, few values, and hardly any in noise', () => {
  expect(cycleOf(series(100, () => 1))).toBeNull()
  expect(cycleOf(series(100, (index) => index))).toBeNull()
  expect(cycleOf(series(20, (index) => index % 4))).toBeNull()
  const random = new Random([4, 3, 2, 1])
  const found = Array.from({ length: 100 }, () => cycleOf(series(200, () => drawNormal(random))))
  expect(found.filter((cycle) => cycle !== null).length).toBeLessThan(3)
})
