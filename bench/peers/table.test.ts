import { describe, expect, it } from 'vitest'
import type { Line } from './section.ts'
import { formatNanos, formatSpread, markdownTable, ratios, runsOf, spread } from './table.ts'

function line(tool: string, round: number, throughput: number, foreignCores = 0): Line {
  return {
    section: 's',
    cell: 'c',
    tool,
    version: '1',
    round,
    extra: {},
    outcome: {
      exitCode: 0,
      stopped: false,
      wallSeconds: 1,
      cpuSeconds: 1,
      residentMiB: 1,
      foreignCores,
      serverCores: null,
      told: { throughput },
      problem: null,
      served: null,
    },
  }
}

const throughput = ({ outcome }: Line) => outcome.told.throughput

describe('spread', () => {
  it('takes the middle, or the mean of the two middles, and forgets what is missing', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
    expect(spread([4, null, 1, undefined, 2, NaN, 3])).toEqual({ median: 2.5, min: 1, max: 4 })
    expect(spread([null])).toBeNull()
  })
})

describe('runsOf', () => {
  it('drops disturbed runs where there are others', () => {
    const [a, b] = runsOf([line('a', 0, 1), line('a', 1, 1, 0.5), line('b', 0, 1, 0.5)], 'c')
    expect(a).toMatchObject({ tool: 'a', made: 2, clean: true, lines: [{ round: 0 }] })
    expect(b).toMatchObject({ tool: 'b', made: 1, clean: false, lines: [{ round: 0 }] })
  })
})

describe('ratios', () => {
  it('compares within a round', () => {
    // The machine became half as fast: the ratio did not change.
    const [wrk, own] = runsOf(
      [line('wrk', 0, 100), line('own', 0, 80), line('wrk', 1, 50), line('own', 1, 40)],
      'c',
    )
    expect(ratios(own!, wrk, throughput)).toEqual({ median: 0.8, min: 0.8, max: 0.8 })
  })

  it('falls back on the median, and is nothing without a reference', () => {
    const [wrk, own] = runsOf([line('wrk', 0, 100), line('own', 1, 80)], 'c')
    expect(ratios(own!, wrk, throughput)?.median).toBe(0.8)
    expect(ratios(own!, undefined, throughput)).toBeNull()
  })
})

describe('formatting', () => {
  it('is short', () => {
    expect(formatSpread({ median: 0.812, min: 0.79, max: 0.841 }, 2)).toBe('0.81 (0.79–0.84)')
    expect(formatSpread({ median: 1, min: 1, max: 1.001 }, 2)).toBe('1.00')
    expect(formatSpread(null, 2)).toBe('–')
    expect([1200, 123_456, 1.5e6, 25.25e6, 501e6, 1.001e9, null].map(formatNanos)).toEqual([
      '1.2 µs',
      '123 µs',
      '1.50 ms',
      '25.3 ms',
      '501 ms',
      '1.00 s',
      '–',
    ])
    expect(markdownTable(['a', 'b'], [['x|y', '1']])).toBe('| a | b |\n| --- | ---: |\n| x\\|y | 1 |')
  })
})
