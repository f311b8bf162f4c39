import { describe, expect, it } from 'vitest'
import { linearTicks, logTicks, type Ticks } from './ticks.ts'

const words = (ticks: Ticks): string[] => ticks.values.map((value) => ticks.write(value))

describe('linearTicks', () => {
  it.each([
    ['times in one unit', 0, 9.7e6, 'ns', ['0', '2', '4', '6', '8', '10'], 'ms'],
    ['long times in minutes', 0, 50 * 60e9, 'ns', ['0', '10', '20', '30', '40', '50'], 'min'],
    ['hours', 0, 24 * 3600e9, 'ns', ['0', '6', '12', '18', '24'], 'h'],
    ['bytes in powers of two', 0, 900 * 1024 * 1024, 'By', ['0', '256', '512', '768', '1024'], 'MiB'],
    ['shares in percent', 0, 1, '1', ['0', '20', '40', '60', '80', '100'], '%'],
    ['small powers', 0, 0.004, 'W', ['0', '1', '2', '3', '4'], 'mW'],
    ['rates', 0, 12_000, '1/s', ['0', '2000', '4000', '6000', '8000', '10\u00a0000', '12\u00a0000'], '1/s'],
    ['what has a prefix', 0, 8e12, 'FLOP/s', ['0', '2', '4', '6', '8'], 'TFLOP/s'],
    ['negative values', -3, 2, null, ['−3', '−2', '−1', '0', '1', '2'], ''],
    ['small steps', 0.1, 0.35, null, ['0.10', '0.15', '0.20', '0.25', '0.30', '0.35'], ''],
  ] as const)('writes %s', (_, low, high, unit, expected, title) => {
    const ticks = linearTicks(low, high, unit, 6)
    expect(words(ticks)).toEqual(expected)
    expect(ticks.unit).toBe(title)
    expect(ticks.from).toBeLessThanOrEqual(low)
    expect(ticks.to).toBeGreaterThanOrEqual(high)
  })

  it('keeps ends that were asked for, and has its ticks inside of them', () => {
    const ticks = linearTicks(0, 17, null, 6, { from: 0, to: 17 })
    expect([ticks.from, ticks.to]).toEqual([0, 17])
    expect(ticks.values).toEqual([0, 5, 10, 15])
  })

  it('never has more ticks than there is room for, and at least one', () => {
    for (const unit of ['ns', 'By', '1', '1/s', 'W', null])
      for (let size = 1e-6; size < 1e15; size *= 7.3)
        for (const most of [2, 5, 10]) {
          const { values } = linearTicks(0, size, unit, most)
          expect(values.length).toBeGreaterThanOrEqual(1)
          expect(values.length).toBeLessThanOrEqual(most + 2)
        }
  })
})

describe('logTicks', () => {
  it.each([
    ['decades', 1e3, 1e9, 'ns', ['1 µs', '10 µs', '100 µs', '1 ms', '10 ms', '100 ms', '1 s']],
    ['steps of a decade', 1e6, 9e6, 'ns', ['1 ms', '2 ms', '5 ms', '10 ms']],
    ['less than that', 4.05e6, 4.62e6, 'ns', ['4.0', '4.1', '4.2', '4.3', '4.4', '4.5', '4.6', '4.7']],
    ['bytes', 1024, 1024 * 1024, 'By', ['1 KiB', '4 KiB', '16 KiB', '64 KiB', '256 KiB', '1 MiB']],
    ['shares', 1e-4, 1, '1', ['0.01 %', '0.1 %', '1 %', '10 %', '100 %']],
    ['large numbers', 1e10, 1e14, 'FLOP/s', ['10 G', '100 G', '1 T', '10 T', '100 T']],
  ] as const)('writes %s', (_, low, high, unit, expected) => {
    const ticks = logTicks(low, high, unit, 7)
    expect(words(ticks)).toEqual(expected)
    expect(ticks.from).toBeLessThanOrEqual(low)
    expect(ticks.from).toBeGreaterThan(0)
    expect(ticks.to).toBeGreaterThanOrEqual(high)
  })

  it('has ticks at the places that it is given', () => {
    expect(words(logTicks(1, 32, null, 7, { from: 1, to: 32, at: [1, 2, 4, 8, 16, 32] }))).toEqual([
      '1',
      '2',
      '4',
      '8',
      '16',
      '32',
    ])
  })
})
