import { describe, expect, it } from 'vitest'
import { Random } from '../stats/prng.ts'
import { Sha256 } from '../stats/sha256.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import type { OpenLoadPlan, ProcessPlan, RateSegment } from './load-plan.ts'
import { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'

function plan(process: ProcessPlan, rate: number): OpenLoadPlan {
  return { loop: 'open', process, rate: [{ from: 0, until: null, rate, rateEnd: rate }] }
}

const CONSTANT: ProcessPlan = { kind: 'constant' }
const POISSON: ProcessPlan = { kind: 'poisson' }
const BURST: ProcessPlan = { kind: 'burst', count: 1000, within: 10 * MILLISECOND, every: 2 * SECOND }

function scheduleOf(load: OpenLoadPlan, seed = 1, options?: ScheduleOptions): Schedule {
  return createSchedule(load, new Random([seed, 2, 3, 4]), options)
}

/** The next arrivals of a schedule, as long as there are any. */
function take(schedule: Schedule, count: number): Float64Array {
  const instants: number[] = []
  while (instants.length < count && schedule.peek() < Infinity) {
    instants.push(schedule.peek())
    schedule.advance()
  }
  return Float64Array.from(instants)
}

function hashOf(instants: Float64Array): string {
  const bytes = new Uint8Array(instants.buffer, instants.byteOffset, instants.byteLength)
  return Array.from(new Sha256().update(bytes).words(), (word) => word.toString(16).padStart(8, '0')).join('')
}

describe('golden hashes of the first 100 000 arrivals', () => {
  // Constant and burst: python, struct.pack('<d', i * 1e9 / rate). Poisson: pinned; its distribution is tested below.
  it.each([
    [
      'constant at 400/s',
      plan(CONSTANT, 400),
      'fe1067181dd98ef6e1ac6ed5fbcb7ed9670563206e3315a8bf2fcb05edfc52dd',
    ],
    [
      'constant at 333.3/s',
      plan(CONSTANT, 333.3),
      'c56ab4f696bfcd3cc2260845cb83bbd1a44b2598b862b73b113b4cc647a7e289',
    ],
    ['burst', plan(BURST, 1), '03ef695c0e1dddc869922739fd3671d66ed394d11876c57d2cc8d8554539b21a'],
    [
      'poisson at 400/s',
      plan(POISSON, 400),
      '33dd4f7f6efe3710f1bf93dd2d373998029c394d8961144c73a72b5ece24da93',
    ],
    [
      'poisson on a ramp',
      { ...plan(POISSON, 1), rate: [{ from: 0, until: 1000 * SECOND, rate: 0, rateEnd: 400 }] },
      'b68464e4c9d0889723c66f553d8dac54fe243e92e6544522e0ee99deae439ef2',
    ],
  ] as const)('%s', (_, load, hash) => {
    const instants = take(scheduleOf(load), 100_000)
    expect(instants).toHaveLength(100_000)
    expect(hashOf(instants)).toBe(hash)
  })
})

describe('constant arrivals', () => {
  it('are due at i/λ, from 0 on, without drift after a day', () => {
    expect([...take(scheduleOf(plan(CONSTANT, 3)), 4)]).toEqual([0, 1e9 / 3, 2e9 / 3, 1e9])
    const schedule = scheduleOf(plan(CONSTANT, 1000), 1, { worker: 1, workers: 1_000_000 })
    take(schedule, 86)
    expect(schedule.unit).toBe(86_000_001)
    expect(schedule.peek()).toBe(86_000_001 * MILLISECOND)
  })

  it('number λT in [0, T)', () => {
    for (const rate of [1, 7, 333, 1000]) {
      expect(take(scheduleOf(plan(CONSTANT, rate), 1, { until: 60 * SECOND }), Infinity)).toHaveLength(
        60 * rate,
      )
    }
  })
})

describe('Poisson arrivals', () => {
  it('at 5/s for 60 s: expected 300 with variance 300, none at or after the end', () => {
    const counts = Array.from({ length: 2000 }, (_, seed) => {
      const instants = take(scheduleOf(plan(POISSON, 5), seed, { until: 60 * SECOND }), Infinity)
      expect(instants.at(-1)).toBeLessThan(60 * SECOND)
      return instants.length
    })
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
    // Four standard errors: √(300/2000) and 300·√(2/1999).
    expect(Math.abs(mean - 300)).toBeLessThan(4 * 0.387)
    expect(Math.abs(variance - 300)).toBeLessThan(4 * 9.49)
  })

  it('have exponential gaps and an index of dispersion of 1 on every scale', () => {
    const instants = take(scheduleOf(plan(POISSON, 1000)), 100_000)
    const gaps = instants
      .map((instant, index) => instant - (index === 0 ? 0 : (instants[index - 1] as number)))
      .sort()
    let distance = 0
    for (let index = 0; index < gaps.length; index++) {
      const expected = 1 - Math.exp(-(gaps[index] as number) / MILLISECOND)
      distance = Math.max(
        distance,
        Math.abs(expected - index / gaps.length),
        Math.abs(expected - (index + 1) / gaps.length),
      )
    }
    expect(distance * Math.sqrt(gaps.length)).toBeLessThan(1.95)
    for (const [scale, windows] of [
      [10, 9000],
      [100, 900],
      [1000, 90],
    ] as const) {
      const counts = new Float64Array(windows)
      for (const instant of instants) {
        const window = Math.floor(instant / (scale * MILLISECOND))
        if (window < windows) counts[window] = (counts[window] as number) + 1
      }
      const mean = counts.reduce((sum, count) => sum + count, 0) / windows
      const dispersion = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (windows - 1) / mean
      expect(Math.abs(dispersion - 1)).toBeLessThan(4 * Math.sqrt(2 / windows))
    }
  })

  it('follow a ramp: arrivals are uniform on the scale of the expected ones', () => {
    const load: OpenLoadPlan = {
      ...plan(POISSON, 1),
      rate: [{ from: 0, until: 100 * SECOND, rate: 0, rateEnd: 2000 }],
    }
    const instants = take(scheduleOf(load), Infinity)
    expect(Math.abs(instants.length - 100_000)).toBeLessThan(4 * Math.sqrt(100_000))
    // Given their number, the squares of instants are uniform on [0, T²].
    let distance = 0
    for (let index = 0; index < instants.length; index++) {
      const t = (instants[index] as number) / (100 * SECOND)
      distance = Math.max(
        distance,
        Math.abs(t * t - index / instants.length),
        Math.abs(t * t - (index + 1) / instants.length),
      )
    }
    expect(distance * Math.sqrt(instants.length)).toBeLessThan(1.95)
  })
})

describe('bursts', () => {
  it('come at once, or evenly within a time, and again', () => {
    const burst = (within: number, every: number | null): readonly number[] => [
      ...take(scheduleOf(plan({ kind: 'burst', count: 4, within, every }, 1)), 9),
    ]
    expect(burst(0, null)).toEqual([0, 0, 0, 0])
    expect(burst(8, null)).toEqual([0, 2, 4, 6])
    expect(burst(8, 100)).toEqual([0, 2, 4, 6, 100, 102, 104, 106, 200])
    expect(burst(0, 5)).toEqual([0, 0, 0, 0, 5, 5, 5, 5, 10])
  })

  it('have no rate to change', () => {
    const schedule = scheduleOf(plan(BURST, 1))
    expect(() => schedule.append({ from: 1, until: null, rate: 1, rateEnd: 1 })).toThrow('no rate to change')
    expect(schedule.segments).toEqual([])
  })

  it.each([
    ['no request', { count: 0, within: 0, every: null }],
    ['half a request', { count: 1.5, within: 0, every: null }],
    ['a negative length', { count: 1, within: -1, every: null }],
    ['overlap', { count: 1, within: 10, every: 9 }],
    ['no time between them', { count: 1, within: 0, every: 0 }],
  ])('are refused with %s', (_, burst) => {
    expect(() => scheduleOf(plan({ kind: 'burst', ...burst }, 1))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_LOAD' }),
    )
  })
})

describe('workers', () => {
  it.each([2, 3, 7])('%d together have exactly the schedule of one', (workers) => {
    for (const load of [plan(POISSON, 500), plan(CONSTANT, 500), plan(BURST, 1)]) {
      const alone = take(scheduleOf(load), 5000)
      const merged = new Float64Array(5000)
      for (let worker = 0; worker < workers; worker++) {
        const schedule = scheduleOf(load, 1, { worker, workers })
        while (schedule.unit < 5000) {
          expect(schedule.unit % workers).toBe(worker)
          merged[schedule.unit] = schedule.peek()
          schedule.advance()
        }
      }
      expect(merged).toEqual(alone)
    }
  })
})

describe('append', () => {
  const at = (from: number, rate: number, rateEnd = rate, until: number | null = null): RateSegment => ({
    from,
    until,
    rate,
    rateEnd,
  })

  it('changes what is pending, but nothing before the segment', () => {
    const schedule = scheduleOf(plan(CONSTANT, 10))
    take(schedule, 3)
    expect(schedule.peek()).toBe(0.3 * SECOND)
    expect(schedule.append(at(0.25 * SECOND, 100))).toBe(0.25 * SECOND)
    // Half an arrival is due until 0.25 s, the other half at the new rate.
    expect(schedule.peek()).toBe(0.255 * SECOND)
    expect(schedule.append(at(0.255 * SECOND, 0))).toBe(0.255 * SECOND)
    expect(schedule.peek()).toBe(Infinity)
    schedule.advance()
    expect(schedule.unit).toBe(3)
    schedule.append(at(1 * SECOND, 10))
    expect(schedule.peek()).toBe(1 * SECOND)
  })

  it('takes effect after what was handed out when it comes too late', () => {
    const schedule = scheduleOf(plan(CONSTANT, 10))
    take(schedule, 11)
    expect(schedule.append(at(0.5 * SECOND, 100))).toBe(SECOND + 1)
    expect(schedule.peek()).toBe(1.01 * SECOND + 0.9)
    // A ramp is entered where its line is by then.
    const ramp = scheduleOf(plan(CONSTANT, 10))
    take(ramp, 11)
    expect(ramp.append(at(0, 0, 100, 2 * SECOND))).toBe(SECOND + 1)
    expect(ramp.segments.at(-1)).toEqual(at(SECOND + 1, 50 + 50 / SECOND, 100, 2 * SECOND))
    expect(ramp.append(at(0, 5, 5, 0.5 * SECOND))).toBe(Infinity)
    expect(ramp.segments).toHaveLength(2)
  })

  it('leaves segments that give the same schedule, byte for byte', () => {
    for (let seed = 0; seed < 60; seed++) {
      const control = new Random([seed, 77, 77, 77])
      const process = seed % 2 === 0 ? POISSON : CONSTANT
      const schedule = scheduleOf(plan(process, 100), seed)
      const instants: number[] = []
      for (let move = 0; move < 12; move++) {
        const steps = control.int(120)
        for (let step = 0; step < steps && schedule.peek() < Infinity; step++) {
          instants.push(schedule.peek())
          schedule.advance()
        }
        const last = instants.at(-1) ?? 0
        const from = last + (control.next() - 0.2) * SECOND
        const rate = control.int(4) === 0 ? 0 : 300 * control.next()
        const until = control.int(2) === 0 ? null : from + control.next() * SECOND
        if (from >= 0)
          schedule.append({ from, until, rate, rateEnd: until === null ? rate : 300 * control.next() })
      }
      schedule.append({ from: (instants.at(-1) ?? 0) + SECOND, until: null, rate: 50, rateEnd: 50 })
      instants.push(...take(schedule, 100))
      const again = take(
        scheduleOf({ loop: 'open', process, rate: schedule.segments }, seed),
        instants.length,
      )
      expect([...again]).toEqual(instants)
      expect(instants).toEqual(instants.toSorted((a, b) => a - b))
    }
  })

  it('refuses an impossible segment and stays as it was', () => {
    const schedule = scheduleOf(plan(CONSTANT, 10))
    const pending = schedule.peek()
    expect(() => schedule.append(at(1, -5))).toThrow(expect.objectContaining({ code: 'SERVEBENCH_LOAD' }))
    expect(schedule.peek()).toBe(pending)
    expect(schedule.segments).toHaveLength(1)
  })
})
