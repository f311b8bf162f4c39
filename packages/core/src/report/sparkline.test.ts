import { describe, expect, it } from 'vitest'
import { sparkline } from './sparkline.ts'

describe('sparkline', () => {
  it('scales from 0 to the largest value', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 20)).toBe('▁▂▃▄▅▆▇██')
  })

  it('lets a small change look small', () => {
    expect(sparkline([398, 402, 400, 399], 20)).toBe('████')
    expect(sparkline([100, 50], 20)).toBe('█▅')
  })

  it('shows the newest values where there is no room for all', () => {
    expect(sparkline([8, 1, 1, 1], 3)).toBe('███')
    expect(sparkline([1, 2], 0)).toBe('')
    expect(sparkline([1, 2], -3)).toBe('')
  })

  it('leaves a gap where a value is not known, and a flat line where all are 0', () => {
    expect(sparkline([4, null, 4], 20)).toBe('█ █')
    expect(sparkline([0, 0], 20)).toBe('▁▁')
    expect(sparkline([null], 20)).toBe(' ')
    expect(sparkline([], 20)).toBe('')
  })
})
