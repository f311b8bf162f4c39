import { describe, expect, it } from 'vitest'
import {
  formatCount,
  formatNanosInterval,
  formatNumber,
  formatQuantity,
  formatRate,
  formatRelativeHalfWidth,
  formatShare,
} from './quantity.ts'

describe('numbers as text', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [4012, '4012'],
    [9999, '9999'],
    [12_345, '12\u00a0345'],
    [1_234_567, '1\u00a0234\u00a0567'],
    [-12_345, '-12\u00a0345'],
    [null, '–'],
    [NaN, '–'],
  ])('count %s is %j', (value, text) => {
    expect(formatCount(value)).toBe(text)
  })

  it.each([
    [0, '0.00'],
    [0.00042, '4.2e-4'],
    [0.042, '0.042'],
    [1, '1.00'],
    [8.154, '8.15'],
    [9.999, '10.0'],
    [99.96, '100'],
    [123_456.7, '123\u00a0457'],
    [Infinity, '–'],
  ])('number %s is %j', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })

  it.each([
    [0, '0 %'],
    [0.003, '0.3 %'],
    [0.12345, '12.3 %'],
    [1, '100 %'],
    [1e-7, '1.0e-5 %'],
    [null, '–'],
  ])('share %s is %j', (value, text) => {
    expect(formatShare(value)).toBe(text)
  })

  it('writes an interval in the unit of its value', () => {
    expect(formatNanosInterval(9.21e6, [8.75e6, 9.67e6])).toBe('[8.75,\u00a09.67]')
    expect(formatNanosInterval(1.002e6, [990e3, 1.1e6])).toBe('[0.99,\u00a01.10]')
    expect(formatNanosInterval(5e9, [4e9, null])).toBe('[4.00,\u00a0∞)')
    expect(formatNanosInterval(150e9, [120e9, 180e9])).toBe('[2.00,\u00a03.00]')
    expect(formatNanosInterval(500, [400, 600])).toBe('[400,\u00a0600]')
    expect(formatNanosInterval(5, null)).toBe('')
  })

  it('writes a half width relative to its value, by the wider side', () => {
    expect(formatRelativeHalfWidth(100, [95, 112])).toBe('±12 %')
    expect(formatRelativeHalfWidth(100, [99.5, 100.2])).toBe('±0.5 %')
    expect(formatRelativeHalfWidth(100, [90, null])).toBe('±?')
    expect(formatRelativeHalfWidth(1, [0, 5000])).toBe('±?')
    expect(formatRelativeHalfWidth(null, [1, 2])).toBe('')
  })

  it('follows the unit of a gauge', () => {
    expect(formatQuantity(0.5, '1')).toBe('50 %')
    expect(formatQuantity(2_097_152, 'By')).toBe('2.00 MiB')
    expect(formatQuantity(251, 'W')).toBe('251 W')
    expect(formatQuantity(1.5, 's')).toBe('1.50 s')
    expect(formatQuantity(2.5, null)).toBe('2.50')
    expect(formatQuantity(null, 'W')).toBe('–')
    expect(formatRate(null)).toBe('–')
  })
})
