import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { GaugeLog } from './gauge-log.ts'
import { SamplerLoop } from './sampler-loop.ts'
import type { Sampler } from './sampler.ts'

const PERIOD = 100 * MILLISECOND

interface Seen {
  readonly clock: VirtualClock
  readonly loop: SamplerLoop
  readonly readings: { readonly at: number; readonly took: number; readonly values: readonly number[] }[]
  readonly failures: string[]
}

function run(read: Sampler['read'], clock: VirtualClock = new VirtualClock(), gauges = 1): Seen {
  const readings: Seen['readings'] = []
  const failures: string[] = []
  const sampler: Sampler = { gauges: [{ name: 'level', unit: '1' }], read }
  const loop = new SamplerLoop({
    sampler,
    gauges,
    period: PERIOD,
    clock,
    onReading: (at, took, values) =>
      readings.push({ at: at / MILLISECOND, took: took / MILLISECOND, values: [...values] }),
    onFailure: (message) => failures.push(message),
  })
  loop.start()
  return { clock, loop, readings, failures }
}

/** Lets promises that have settled take their effect. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('a sampler is read', () => {
  it('at once, at each multiple of its period, and a last time', async () => {
    const { clock, loop, readings } = run((into, now) => void (into[0] = now / MILLISECOND))
    clock.run(350 * MILLISECOND)
    await loop.stop()
    expect(readings.map(({ at }) => at)).toEqual([0, 100, 200, 300, 350])
    expect(readings.map(({ values }) => values[0])).toEqual([0, 100, 200, 300, 350])
    expect(loop.missed).toBe(0)
    clock.run(SECOND)
    expect(readings).toHaveLength(5)
  })

  it('but not once more right after the one before', async () => {
    const { clock, loop, readings } = run(() => {})
    clock.run(340 * MILLISECOND)
    await loop.stop()
    expect(readings.map(({ at }) => at)).toEqual([0, 100, 200, 300])
  })

  it('into slots that hold nothing yet', () => {
    let call = 0
    const { clock, readings } = run((into) => void (into[call++ % 2] = 1), new VirtualClock(), 2)
    clock.run(PERIOD)
    expect(readings.map(({ values }) => values)).toEqual([
      [1, NaN],
      [NaN, 1],
    ])
  })

  it('and a slow read costs those that it overlaps, which are a gap in the gauge', async () => {
    const clock = new VirtualClock()
    const log = new GaugeLog({
      gauges: [{ name: 'level', unit: '1', device: null, bounds: [0, 9], covers: 'instant' }],
      period: PERIOD,
    })
    let calls = 0
    const { loop, readings } = run((into) => {
      calls += 1
      into[0] = calls
      // The third one, at 200 ms, takes 250 ms: those at 300 and 400 ms do not take place.
      if (calls !== 3) return undefined
      return new Promise((resolve) => clock.after(250 * MILLISECOND, resolve))
    }, clock)
    for (let instant = 0; instant <= 700; instant += 10) {
      clock.run(instant * MILLISECOND)
      await settle()
    }
    expect(readings.map(({ at }) => at)).toEqual([0, 100, 200, 500, 600, 700])
    expect(readings[2]?.took).toBe(250)
    expect(loop.missed).toBe(2)
    for (const { at, values } of readings) log.add(at * MILLISECOND, new Float64Array(values))
    // 2 and 3 for 100 ms each, 200 ms of nothing, then 4, 5, 6.
    expect(log.summary(0, 0, 700 * MILLISECOND)).toMatchObject({ mean: 4, min: 2, max: 6 })
    expect(log.summary(0, 0, 700 * MILLISECOND).coverage).toBeCloseTo(5 / 7, 12)
  })

  it('and turns that come late are not made up for', () => {
    const clock = new VirtualClock()
    let late = 0
    const lateClock = {
      now: () => clock.now() + late,
      at: (instant: number, tick: () => void) => clock.at(Math.max(clock.now(), instant - late), tick),
    }
    const at: number[] = []
    const loop = new SamplerLoop({
      sampler: { gauges: [], read: (_, now) => void at.push(now / MILLISECOND) },
      gauges: 0,
      period: PERIOD,
      clock: lateClock,
      onReading: () => {},
      onFailure: () => {},
    })
    loop.start()
    late = 330 * MILLISECOND
    clock.run(300 * MILLISECOND)
    // The turn of 100 ms comes at 430 ms, when those of 200, 300 and 400 ms are over as well.
    expect(at.slice(0, 3)).toEqual([0, 430, 500])
    expect(loop.missed).toBe(3)
  })
})

describe('an error ends it', () => {
  it.each([
    [
      'thrown',
      () => {
        throw new Error('the device is gone')
      },
    ],
    ['rejected', () => Promise.reject(new Error('the device is gone'))],
  ])('%s', async (_, fault) => {
    let calls = 0
    const { clock, loop, readings, failures } = run(() => {
      calls += 1
      return calls === 3 ? fault() : undefined
    })
    for (let turn = 0; turn < 6; turn++) {
      clock.run(clock.now() + PERIOD)
      await settle()
    }
    await loop.stop()
    expect(readings).toHaveLength(2)
    expect(failures).toEqual(['the device is gone'])
    expect(calls).toBe(3)
  })
})

it('waits for a read that goes on before it makes the last one', async () => {
  const clock = new VirtualClock()
  let finish: () => void = () => {}
  let calls = 0
  const { loop, readings } = run(() => {
    calls += 1
    return calls === 1 ? new Promise((resolve) => (finish = resolve)) : undefined
  }, clock)
  clock.run(PERIOD / 2)
  const stopped = loop.stop()
  await settle()
  expect(readings).toEqual([])
  finish()
  await stopped
  expect(readings).toHaveLength(2)
})
