import { describe, expect, it } from 'vitest'
import type { Random } from '../stats/prng.ts'
import { createRandom } from '../stats/seed.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { GaugeLog } from './gauge-log.ts'

const PERIOD = 100 * MILLISECOND

function logOf(covers: 'instant' | 'interval', readings: readonly (readonly [at: number, value: number])[]) {
  const log = new GaugeLog({
    gauges: [{ name: 'power', unit: 'W', device: 'gpu0', bounds: [-Infinity, Infinity], covers }],
    period: PERIOD,
  })
  for (const [at, value] of readings) log.add(at * MILLISECOND, new Float64Array([value]))
  return log
}

function summaryOf(log: GaugeLog, from: number, until: number) {
  return log.summary(0, from * MILLISECOND, until * MILLISECOND)
}

describe('a reading stands for the time since the one before', () => {
  it('which weighs it: 10 W for 100 ms and 40 W for 200 ms are 30 W', () => {
    const log = logOf('interval', [
      [0, NaN],
      [100, 10],
      [300, 40],
    ])
    expect(summaryOf(log, 0, 300)).toEqual({
      unit: 'W',
      device: 'gpu0',
      mean: 30,
      min: 10,
      max: 40,
      p95: 40,
      coverage: 1,
    })
  })

  it('and counts with the part of it that lies in the measurement', () => {
    const log = logOf('interval', [
      [0, NaN],
      [100, 10],
      [200, 40],
    ])
    // The last 25 ms of the first reading and the first 75 ms of the second.
    expect(summaryOf(log, 75, 175)).toMatchObject({ mean: 32.5, min: 10, max: 40, coverage: 1 })
    expect(summaryOf(log, 100, 200)).toMatchObject({ mean: 40, min: 40 })
  })

  it('so the first one stands for no time', () => {
    expect(summaryOf(logOf('instant', [[100, 10]]), 0, 200)).toMatchObject({ mean: null, coverage: 0 })
  })
})

describe('what was missed is a gap', () => {
  const readings = [
    [0, 1],
    [100, 1],
    [400, 7],
    [500, 7],
  ] as const

  it('for a level that was read late: it is known to have held for one period', () => {
    // 100 ms at 1, 200 ms of nothing, 200 ms at 7.
    expect(summaryOf(logOf('instant', readings), 0, 500)).toMatchObject({ mean: 5, coverage: 0.6 })
  })

  it('but not for a mean since the last reading, which knows all of it', () => {
    expect(summaryOf(logOf('interval', readings), 0, 500)).toMatchObject({ mean: 5.8, coverage: 1 })
  })

  it('and so is a value that could not be had', () => {
    const log = logOf('interval', [...readings.slice(0, 2), [200, NaN], [300, 4]])
    expect(summaryOf(log, 0, 300)).toMatchObject({ mean: 2.5, min: 1, max: 4 })
    expect(summaryOf(log, 0, 300).coverage).toBeCloseTo(2 / 3, 12)
    expect(summaryOf(log, 100, 200)).toMatchObject({
      mean: null,
      min: null,
      max: null,
      p95: null,
      coverage: 0,
    })
  })

  it('while a reading that is a little late misses nothing', () => {
    const log = logOf('instant', [
      [0, 1],
      [130, 2],
      [200, 2],
    ])
    expect(summaryOf(log, 0, 200)).toMatchObject({ coverage: 1 })
  })

  it('and time without any reading is not covered', () => {
    expect(summaryOf(logOf('interval', readings), 0, 1000).coverage).toBe(0.5)
    expect(summaryOf(logOf('interval', readings), 600, 1000)).toMatchObject({ mean: null, coverage: 0 })
  })
})

it('the p95 is the level that was not exceeded for 95 % of the time', () => {
  const readings = Array.from({ length: 101 }, (_, index): [number, number] => [index * 100, index])
  expect(summaryOf(logOf('instant', readings), 0, 10_000).p95).toBe(95)
  // One reading of 100 stands for a twentieth of the time and more.
  const spiky: [number, number][] = [
    [0, 1],
    [100, 1],
    [1000, 100],
  ]
  expect(summaryOf(logOf('interval', spiky), 0, 1000).p95).toBe(100)
  expect(
    summaryOf(
      logOf('interval', [
        [0, 1],
        [960, 1],
        [1000, 100],
      ]),
      0,
      1000,
    ).p95,
  ).toBe(1)
})

it('a constant has no other mean', () => {
  const readings = Array.from({ length: 1000 }, (_, index): [number, number] => [index * 99.7, 0.1])
  const { mean, min, max, p95 } = summaryOf(logOf('instant', readings), 13, 90_000)
  expect([mean, min, max, p95]).toEqual([0.1, 0.1, 0.1, 0.1])
})

/** Steps of 1 ms, each looked up in all readings. */
function bruteMean(readings: readonly (readonly [number, number])[], from: number, until: number) {
  let sum = 0
  let count = 0
  for (let ms = from; ms < until; ms++) {
    const row = readings.findIndex(
      ([at], index) => index > 0 && ms < at && ms >= (readings[index - 1] as readonly [number, number])[0],
    )
    const value = readings[row]?.[1] ?? NaN
    if (Number.isNaN(value)) continue
    sum += value
    count += 1
  }
  return { mean: count === 0 ? null : sum / count, coverage: count / (until - from) }
}

it('agrees with a sum over milliseconds, for any readings and any window', () => {
  const random: Random = createRandom({ seed: 'gauges', path: [], repeat: 0, stream: '', purpose: 'test' })
  for (let round = 0; round < 60; round++) {
    let at = random.int(50)
    const readings = Array.from({ length: 2 + random.int(20) }, (): [number, number] => {
      at += 1 + random.int(300)
      return [at, random.int(5) === 0 ? NaN : random.int(100)]
    })
    const log = logOf('interval', readings)
    const from = random.int(2000)
    const until = from + 1 + random.int(2000)
    const expected = bruteMean(readings, from, until)
    const summary = summaryOf(log, from, until)
    const mean = log.mean(0, from * MILLISECOND, until * MILLISECOND)
    expect(summary.coverage).toBeCloseTo(expected.coverage, 9)
    if (expected.mean === null) expect([summary.mean, mean]).toEqual([null, null])
    else {
      expect(summary.mean).toBeCloseTo(expected.mean, 9)
      expect(mean).toBeCloseTo(expected.mean, 9)
    }
  }
})

it('holds more than it began with', () => {
  const log = logOf(
    'interval',
    Array.from({ length: 5000 }, (_, index): [number, number] => [index * 100, index]),
  )
  expect(log.rows).toBe(5000)
  expect(log.mean(0, 400 * SECOND, 400.1 * SECOND)).toBe(4001)
})
