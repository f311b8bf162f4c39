import { describe, expect, it } from 'vitest'
import { TrialControl } from '../engine/control.ts'
import { LIVE_INDEX, LiveView } from '../engine/live-view.ts'
import { LiveTrialReader } from './live-trial.ts'

const MS = 1e6
const S = 1e9

function open(): {
  reader: LiveTrialReader
  control: TrialControl
  lives: LiveView[]
  at: (now: number) => void
} {
  const control = new TrialControl()
  control.reset()
  const lives = [new LiveView(), new LiveView()]
  let now = -30 * MS
  const reader = new LiveTrialReader('id', 'a > b', { control, lives, now: () => now }, 12 * S)
  return { reader, control, lives, at: (instant) => (now = instant) }
}

describe('LiveTrialReader', () => {
  it('follows the phases, and tells their boundaries once they are decided', () => {
    const { reader, control, at } = open()
    expect(reader.read()).toMatchObject({
      phase: 'warmup',
      elapsed: 0,
      total: 12 * S,
      measureFrom: null,
      measureUntil: null,
    })
    control.measureFrom = 2 * S
    control.measureUntil = 10 * S
    at(1 * S)
    expect(reader.read()).toMatchObject({
      phase: 'warmup',
      elapsed: 1 * S,
      measureFrom: 2 * S,
      measureUntil: 10 * S,
    })
    at(2 * S)
    expect(reader.read().phase).toBe('measurement')
    at(10 * S)
    expect(reader.read().phase).toBe('drain')
  })

  it('adds the workers up, and tells rates of the last second', () => {
    const { reader, lives, at } = open()
    at(0)
    expect(reader.read()).toMatchObject({ throughput: null, offeredLoad: null, p50: null })
    for (let second = 1; second <= 3; second++) {
      for (const live of lives) {
        live.fields[LIVE_INDEX.due] = 110 * second
        live.fields[LIVE_INDEX.completed] = 100 * second
        live.fields[LIVE_INDEX.failed] = 10 * second
        live.fields[LIVE_INDEX.inFlight] = 2
        // Each second another order of magnitude.
        for (let index = 0; index < 100; index++) live.response.record(MS * 10 ** second)
      }
      at(second * S)
      const { p50, ...read } = reader.read()
      expect(read).toMatchObject({
        due: 220 * second,
        completed: 200 * second,
        failed: 20 * second,
        inFlight: 4,
        workers: 2,
      })
      expect(read).toMatchObject({ throughput: 200, offeredLoad: 220 })
      expect((p50 ?? 0) / (MS * 10 ** second)).toBeCloseTo(1, 0)
    }
  })

  it('keeps the last values when the load has ended', () => {
    const { reader, control, lives, at } = open()
    control.measureFrom = 0
    control.measureUntil = 10 * S
    for (const live of lives) live.fields[LIVE_INDEX.completed] = 7
    at(11 * S)
    reader.finish()
    at(20 * S)
    for (const live of lives) live.fields[LIVE_INDEX.completed] = 0
    expect(reader.read()).toMatchObject({ phase: 'finishing', elapsed: 11 * S, completed: 14, inFlight: 0 })
  })
})
