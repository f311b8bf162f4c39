import { expect, it } from 'vitest'
import { trialFixture } from '../../test/result-fixture.ts'
import { Random } from '../stats/prng.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { pairedDifference } from './paired-windows.ts'
import type { StreamWindow, WindowResult } from './result.ts'

const [WINDOW] = trialFixture().windows as [WindowResult]

function stream(p50: number | null): StreamWindow {
  return { due: 1, completed: 1, failed: 0, p50, p95: p50 === null ? null : 2 * p50, p99: null }
}

/** The measurement is from 1 s on; the first window is warm-up and the last one is cut. */
function trialOf(pairs: readonly (readonly [number | null, number | null])[]) {
  const windows = pairs.map(([a, b], index): WindowResult => {
    const from = index * SECOND
    return { ...WINDOW, from, until: from + SECOND, streams: { a: stream(a), b: stream(b) } }
  })
  const phases = {
    warmup: { from: 0, until: SECOND },
    measurement: { from: SECOND, until: (pairs.length - 0.5) * SECOND },
    drain: { from: 0, until: 0 },
  }
  return { phases, windows }
}

it('takes only whole seconds of the measurement in which both have answers', () => {
  const trial = trialOf([
    [99, 1],
    [5, 3],
    [null, 3],
    [8, null],
    [10, 4],
    [99, 1],
  ])
  expect(pairedDifference(trial, 'a', 'b', 'p50')).toEqual({ seconds: 2, mean: 4, interval: null })
  expect(pairedDifference(trial, 'b', 'a', 'p95')).toEqual({ seconds: 2, mean: -8, interval: null })
  expect(pairedDifference(trial, 'a', 'c', 'p50')).toBeNull()
})

it('cancels out what hits both: a small difference shows under a large common swing', () => {
  const random = new Random([1, 2, 3, 4])
  const pairs = Array.from({ length: 62 }, () => {
    const common = 10 * MILLISECOND * random.next()
    const noise = (): number => 0.1 * MILLISECOND * random.next()
    return [common + 0.5 * MILLISECOND + noise(), common + noise()] as const
  })
  const difference = pairedDifference(trialOf(pairs), 'a', 'b', 'p50')
  expect(difference?.seconds).toBe(60)
  const [low, high] = (difference?.interval ?? [NaN, NaN]) as readonly [number, number]
  expect(low).toBeLessThan(0.5 * MILLISECOND)
  expect(high).toBeGreaterThan(0.5 * MILLISECOND)
  expect(low).toBeGreaterThan(0.45 * MILLISECOND)
  expect(high).toBeLessThan(0.55 * MILLISECOND)
})
