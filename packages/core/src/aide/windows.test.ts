import { describe, expect, it } from 'vitest'
import { Outcome } from '../engine/outcome.ts'
import { createRecordBlock, type RecordBlock } from '../report/record-block.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { Windows } from './windows.ts'

interface Row {
  readonly intended: number
  readonly completion: number
  readonly outcome?: number
  readonly dispatched?: number
}

/** Connecting takes a while. */
const SENT_AFTER = 0.15

/** Rows in seconds. */
function blockOf(rows: readonly Row[]): RecordBlock {
  const block = createRecordBlock(rows.length)
  for (const [
    index,
    { intended, completion, outcome = Outcome.completed, dispatched = intended },
  ] of rows.entries()) {
    block.intended[index] = intended * SECOND
    block.dispatched[index] = dispatched * SECOND
    block.sent[index] = (dispatched + SENT_AFTER) * SECOND
    block.completion[index] = completion * SECOND
    block.outcome[index] = outcome
  }
  return block
}

function windowsOf(rows: readonly Row[]): Windows {
  const windows = new Windows()
  const block = blockOf(rows)
  for (let row = 0; row < rows.length; row++) windows.add(block, row)
  return windows
}

describe('Windows', () => {
  it('count due requests by their start, and outcomes by their end', () => {
    const windows = windowsOf([
      { intended: 0.1, completion: 0.2 },
      { intended: 0.9, completion: 1.1 },
      { intended: 1.5, completion: 1.6, outcome: Outcome.failed },
      { intended: 1.7, completion: 3.2, outcome: Outcome.timedOut },
      { intended: 1.8, completion: 1.8, outcome: Outcome.dropped, dispatched: NaN },
      { intended: 1.9, completion: 2.0, outcome: Outcome.retried },
    ])
    const all = windows.all(SECOND, 3 * SECOND)
    expect(all.map(({ due, completed, failed }) => [due, completed, failed])).toEqual([
      [2, 1, 0],
      [3, 1, 2],
      [0, 0, 0],
      [0, 0, 1],
    ])
    expect(all.map(({ sent }) => sent)).toEqual([1, 3, 0, 0])
    expect(all.map(({ from, until, phase }) => [from / SECOND, until / SECOND, phase])).toEqual([
      [0, 1, 'warmup'],
      [1, 2, 'measurement'],
      [2, 3, 'measurement'],
      [3, 4, 'drain'],
    ])
  })

  it('sort a second into the phase of its middle', () => {
    const windows = windowsOf([{ intended: 0, completion: 2.9 }])
    expect(windows.all(0.5 * SECOND, 2.5 * SECOND).map(({ phase }) => phase)).toEqual([
      'measurement',
      'measurement',
      'drain',
    ])
    expect(windows.all(0.51 * SECOND, 2.51 * SECOND).map(({ phase }) => phase)).toEqual([
      'warmup',
      'measurement',
      'measurement',
    ])
  })

  it('know how much was in flight, over the edges of seconds', () => {
    const windows = windowsOf([
      { intended: 0, dispatched: 0.5, completion: 2.25 },
      { intended: 1, completion: 1.5 },
      { intended: 1, completion: 1, outcome: Outcome.dropped, dispatched: NaN },
    ])
    expect(windows.all(0, Infinity).map(({ inFlight }) => inFlight)).toEqual([0.5, 1.5, 0.25])
  })

  it('have percentiles of response times and of the generator’s lag', () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({
      intended: 0.001 * index,
      dispatched: 0.001 * index + 0.0001,
      completion: 0.001 * index + (0.01 * (index + 1)) / 100,
    }))
    const [window] = windowsOf(rows).all(0, Infinity)
    // Coarse histograms: within 3 %.
    expect((window?.p50 ?? 0) / (5 * MILLISECOND)).toBeCloseTo(1, 1)
    expect((window?.p99 ?? 0) / (9.9 * MILLISECOND)).toBeCloseTo(1, 1)
    expect((window?.lagP99 ?? 0) / (0.1 * MILLISECOND)).toBeCloseTo(1, 1)
    expect(
      windowsOf([{ intended: 0, completion: 0.5, outcome: Outcome.failed }]).all(0, Infinity)[0],
    ).toMatchObject({ p50: null, p95: null, p99: null })
  })

  it('are shown once each, when their rows have had time to arrive, and all that are left at the end', () => {
    const windows = windowsOf([
      { intended: 0.5, completion: 0.6 },
      { intended: 4.5, completion: 4.6 },
    ])
    expect(windows.fresh(2 * SECOND)).toEqual([])
    expect(windows.fresh(2.2 * SECOND)).toEqual([0])
    expect(windows.fresh(2.3 * SECOND)).toEqual([])
    expect(windows.fresh(4.6 * SECOND)).toEqual([1, 2])
    expect(windows.rest()).toEqual([3, 4])
    expect(windows.rest()).toEqual([])
  })

  it('stay in bounded memory, and keep the percentiles of seconds that are long over', () => {
    const windows = new Windows()
    for (let second = 0; second < 100; second++) {
      const block = blockOf([{ intended: second + 0.1, completion: second + 0.1 + 0.001 * (second + 1) }])
      windows.add(block, 0)
      windows.fresh((second + 1) * SECOND)
    }
    const all = windows.all(0, Infinity)
    expect(all).toHaveLength(100)
    for (const [second, window] of all.entries()) {
      expect((window.p50 ?? 0) / (MILLISECOND * (second + 1))).toBeCloseTo(1, 1)
    }
    // A row that comes very late still counts, but moves no percentile.
    windows.add(blockOf([{ intended: 0.2, completion: 0.9 }]), 0)
    expect(windows.window(0, 0, Infinity)).toMatchObject({ completed: 2, p50: all[0]?.p50 })
  })
})
