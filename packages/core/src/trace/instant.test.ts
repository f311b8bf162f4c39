import { describe, expect, it } from 'vitest'
import { parseInstant } from './instant.ts'

describe('numbers', () => {
  it.each([
    ['0', 's', 0, 0],
    ['12', 's', 12, 0],
    ['1700000000.1234567', 's', 1_700_000_000, 123_456_700],
    ['1700000000123.4567', 'ms', 1_700_000_000, 123_456_700],
    ['1700000000123456.7', 'us', 1_700_000_000, 123_456_700],
    ['1700000000123456700', 'ns', 1_700_000_000, 123_456_700],
    ['5', 'ms', 0, 5_000_000],
    ['0.5', 'ns', 0, 0],
    ['.25', 's', 0, 250_000_000],
    ['7.', 's', 7, 0],
    [' 3.5 ', 's', 3, 500_000_000],
    ['1.5e3', 's', 1500, 0],
    ['1.5e3', 'ms', 1, 500_000_000],
  ] as const)('%s %s', (text, unit, seconds, nanos) => {
    expect(parseInstant(text, unit)).toEqual({ seconds, nanos })
  })

  it.each([
    ['', 'is no number'],
    ['.', 'is no number'],
    ['abc', 'is no number'],
    ['1,5', 'is no number'],
    ['1.2.3', 'is no number'],
    ['NaN', 'is no number'],
    ['Infinity', 'is no number'],
    ['0x10', 'is no number'],
    ['1 2', 'is no number'],
    ['-1', 'is negative'],
    ['-0.001', 'is negative'],
    ['1e300', 'is too large for an instant in this unit'],
    ['1e999', 'is too large for an instant in this unit'],
    ['1700000000123', 's', 'is too large for an instant in this unit'],
    ['9'.repeat(41), 'is no number'],
  ])('%s', (text, ...rest) => {
    expect(parseInstant(text, 's')).toBe(rest.at(-1))
  })
})

describe('dates', () => {
  const second = (iso: string): number => Date.parse(iso) / 1000

  it.each([
    // As in Azure's LLM traces of 2023 (100 ns, no zone) and 2024.
    ['2023-11-16 18:15:46.6805900', second('2023-11-16T18:15:46Z'), 680_590_000],
    ['2024-05-10 00:00:00.009930+00:00', second('2024-05-10T00:00:00Z'), 9_930_000],
    ['2024-05-10 00:00:01+00:00', second('2024-05-10T00:00:01Z'), 0],
    ['2024-02-29T23:59:59.123456789Z', second('2024-02-29T23:59:59Z'), 123_456_789],
    ['2024-05-10T02:00:00+02:00', second('2024-05-10T00:00:00Z'), 0],
    ['2024-05-10 00:00:00-0130', second('2024-05-10T01:30:00Z'), 0],
  ])('%s', (text, seconds, nanos) => {
    expect(parseInstant(text, 'iso')).toEqual({ seconds, nanos })
  })

  it.each([
    ['2023-11-16', 'is no date and time'],
    ['2023-13-16 18:15:46', 'is no date and time'],
    ['2023-02-30 18:15:46', 'is no date and time'],
    ['2023-11-16 25:15:46', 'is no date and time'],
    ['16.11.2023 18:15:46', 'is no date and time'],
    ['', 'is no date and time'],
    ['2023-11-16 18:15:46 CET', 'has no zone of the form Z or +02:00'],
  ])('%s', (text, problem) => {
    expect(parseInstant(text, 'iso')).toBe(problem)
  })
})
