import { expect, it } from 'vitest'
import type { GaugeSummary, WindowResult } from '../report/result.ts'
import { gaugeSeries } from './gauge-series.ts'

const summary = (unit: string): GaugeSummary => ({
  unit,
  device: null,
  mean: null,
  min: null,
  max: null,
  p95: null,
  coverage: 1,
})

function windows(values: readonly (number | null)[], phase: WindowResult['phase'] = 'measurement') {
  return values.map((value) => ({ phase, gauges: { 'server.memory.rss': value } }) as unknown as WindowResult)
}

it('makes a series of the measurement, with gaps filled from before', () => {
  const all = [
    ...windows([1], 'warmup'),
    ...windows([null, 5, 6, 7, 8, null, 10, 11, 12, 13, 14, 15, 16, 17, 18]),
  ]
  const trimmed = all.filter((_, index) => index !== 1)
  expect(gaugeSeries(trimmed, { 'server.memory.rss': summary('By') })).toEqual([
    {
      name: 'server.memory.rss',
      unit: 'By',
      period: 1e9,
      values: Float64Array.of(5, 6, 7, 8, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18),
    },
  ])
})

it('leaves out what is no amount of memory, and what was seldom read', () => {
  const few = windows([5, null, null, 8, null, 10])
  expect(gaugeSeries(few, { 'server.memory.rss': summary('By') })).toEqual([])
  expect(gaugeSeries(windows([1, 2, 3]), { 'server.memory.rss': summary('1') })).toEqual([])
  expect(gaugeSeries([], { 'server.memory.rss': summary('By') })).toEqual([])
})
