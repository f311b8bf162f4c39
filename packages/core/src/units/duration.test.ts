import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['250us', 250_000],
    ['250µs', 250_000],
    ['50ms', 50_000_000],
    ['1.5s', 1_500_000_000],
    ['.5s', 500_000_000],
    ['5m', 300e9],
    ['24h', 86_400e9],
    ['7ns', 7],
    ['0s', 0],
  ])('reads %s', (text, nanos) => {
    expect(parseDuration(text)).toBe(nanos)
  })

  it.each(['', '30', 's', '-1s', '1e3s', '5 parsecs', 'NaNms', '1,5s'])('refuses %j with advice', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_DURATION', advice: expect.stringContaining("'50ms'") }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0 ns'],
    [999, '999 ns'],
    [1_250, '1.25 µs'],
    [830_000, '830 µs'],
    [1_250_000, '1.25 ms'],
    [999_600_000, '1.00 s'],
    [12e9, '12.0 s'],
    [300e9, '5.00 min'],
    [Infinity, '∞'],
    [NaN, '–'],
  ])('writes %d as %s', (nanos, text) => {
    expect(formatDuration(nanos)).toBe(text)
  })
})
