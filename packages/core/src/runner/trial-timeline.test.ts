import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MonotonicClock } from '../clock/monotonic-clock.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { TrialControl } from '../engine/control.ts'
import { LIVE_INDEX, LiveView } from '../engine/live-view.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { runTimeline, type LoadSteering, type TimelineOutcome } from './trial-timeline.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A trial whose workers do what the test says, on timers that the test moves. */
class FakeTrial {
  readonly control = new TrialControl()
  readonly lives = [new LiveView(), new LiveView()]
  readonly stop = new AbortController()
  readonly events: string[] = []
  readonly settle: ((last: Nanos) => void)[] = []
  readonly fail: ((error: Error) => void)[] = []
  readonly #origin = performance.now()
  outcome: Promise<TimelineOutcome>
  ended: TimelineOutcome | null = null

  proven = false

  constructor(settings: Partial<TrialSettings>, counted = false, steering?: LoadSteering) {
    this.control.reset()
    const settled = this.lives.map(
      () =>
        new Promise<Nanos>((resolve, reject) => {
          this.settle.push(resolve)
          this.fail.push(reject)
        }),
    )
    this.outcome = runTimeline({
      control: this.control,
      clock: { now: () => this.now() } as MonotonicClock,
      lives: this.lives,
      settings: { ...DEFAULT_SETTINGS, ...settings },
      counted,
      settled,
      stop: this.stop.signal,
      isProven: () => this.proven,
      ...(steering === undefined ? {} : { steering }),
      onMeasureFrom: () => void this.events.push(`from ${this.now() / SECOND}`),
      onMeasureUntil: () => void this.events.push(`until ${this.now() / SECOND}`),
    })
    void this.outcome.then((outcome) => (this.ended = outcome)).catch(() => {})
  }

  now(): Nanos {
    return Math.round((performance.now() - this.#origin) * MILLISECOND)
  }

  async pass(seconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(seconds * 1000)
  }

  set(field: keyof typeof LIVE_INDEX, value: number, worker = 0): void {
    const live = this.lives[worker] as LiveView
    live.fields[LIVE_INDEX[field]] = value
  }
}

const TIMED = { warmup: { duration: 2 * SECOND }, duration: 10 * SECOND, drain: 5 * SECOND }

describe('a trial of fixed length', () => {
  it('knows its window from the start, and ends when its population has settled', async () => {
    const trial = new FakeTrial(TIMED)
    await trial.pass(0)
    expect(trial.control.measureFrom).toBe(2 * SECOND)
    expect(trial.control.measureUntil).toBe(12 * SECOND)
    expect(trial.control.arrivalsUntil).toBe(Infinity)
    await trial.pass(1.9)
    expect(trial.events).toEqual([])
    await trial.pass(10.2)
    expect(trial.events).toEqual(['from 2', 'until 12'])
    expect(trial.ended).toBeNull()
    trial.settle.forEach((settle) => settle(12.05 * SECOND))
    await trial.pass(0.01)
    expect(trial.ended).toEqual({
      measured: true,
      stopped: false,
      drainedAt: 12.1 * SECOND,
      warmup: null,
    })
    expect(trial.control.arrivalsUntil).toBe(12.1 * SECOND)
    expect(trial.control.drainUntil).toBe(12.1 * SECOND)
  })

  it('waits for every worker, and no longer than the drain', async () => {
    const trial = new FakeTrial(TIMED)
    await trial.pass(12)
    trial.settle[0]?.(12 * SECOND)
    await trial.pass(4.9)
    expect(trial.ended).toBeNull()
    await trial.pass(0.2)
    expect(trial.ended).toMatchObject({ measured: true, drainedAt: 17 * SECOND })
    expect(trial.control.drainUntil).toBe(17 * SECOND)
  })

  it('gives cancelled requests a moment to settle', async () => {
    const trial = new FakeTrial({ ...TIMED, drain: 0 })
    trial.set('inFlight', 3)
    await trial.pass(12.2)
    // At once, or a timer's resolution later.
    expect(trial.control.drainUntil).toBeLessThan(12.002 * SECOND)
    expect(trial.ended).toBeNull()
    trial.set('inFlight', 0)
    await trial.pass(0.01)
    expect(trial.ended).not.toBeNull()
    // A session that never settles them does not hold the trial up.
    const stuck = new FakeTrial({ ...TIMED, drain: 0 })
    stuck.set('inFlight', 3, 1)
    await stuck.pass(12.6)
    expect(stuck.ended).not.toBeNull()
  })
})

describe('a warm-up by requests', () => {
  it('ends when all workers together have settled so many, and A is announced 50 ms ahead', async () => {
    const trial = new FakeTrial({ ...TIMED, warmup: { requests: 100 } })
    trial.set('settledUnits', 60, 0)
    trial.set('settledUnits', 39, 1)
    await trial.pass(3)
    expect(trial.control.measureFrom).toBe(Infinity)
    trial.set('settledUnits', 40, 1)
    await trial.pass(0.005)
    expect(trial.control.measureFrom).toBe(3.005 * SECOND + 50 * MILLISECOND)
    expect(trial.control.measureUntil).toBe(13.055 * SECOND)
    trial.settle.forEach((settle) => settle(13 * SECOND))
    await trial.pass(11)
    expect(trial.events).toEqual(['from 3.055', 'until 13.055'])
  })
})

describe('a fixed number of requests', () => {
  const COUNTED = { warmup: { duration: SECOND }, duration: null, drain: 5 * SECOND }

  it('ends with the last of its settlements', async () => {
    const trial = new FakeTrial(COUNTED, true)
    await trial.pass(7)
    expect(trial.control.measureUntil).toBe(Infinity)
    trial.settle[0]?.(6.5 * SECOND)
    await trial.pass(1)
    expect(trial.ended).toBeNull()
    trial.settle[1]?.(7.75 * SECOND)
    await trial.pass(0.01)
    expect(trial.control.measureUntil).toBe(7.75 * SECOND + 1)
    expect(trial.ended).toMatchObject({ measured: true, stopped: false })
  })

  it('can be stopped', async () => {
    const trial = new FakeTrial(COUNTED, true)
    await trial.pass(3)
    trial.stop.abort()
    await trial.pass(0.06)
    expect(trial.control.measureUntil).toBe(3.05 * SECOND)
    trial.settle.forEach((settle) => settle(3 * SECOND))
    await trial.pass(0.01)
    expect(trial.ended).toMatchObject({ measured: true, stopped: true })
  })
})

describe('a trial that is stopped', () => {
  it('in the measurement ends it 50 ms later, and drains', async () => {
    const trial = new FakeTrial(TIMED)
    await trial.pass(5)
    trial.stop.abort()
    await trial.pass(0)
    expect(trial.control.measureUntil).toBe(5.05 * SECOND)
    await trial.pass(0.1)
    expect(trial.events).toEqual(['from 2', 'until 5.05'])
    expect(trial.ended).toBeNull()
    trial.settle.forEach((settle) => settle(5.06 * SECOND))
    await trial.pass(0.01)
    expect(trial.ended).toMatchObject({ measured: true, stopped: true })
  })

  it('near its end keeps its end', async () => {
    const trial = new FakeTrial(TIMED)
    await trial.pass(11.98)
    trial.stop.abort()
    await trial.pass(0.05)
    expect(trial.control.measureUntil).toBe(12 * SECOND)
  })

  it.each([
    ['by time', { warmup: { duration: 60 * SECOND } }],
    ['by requests', { warmup: { requests: 1000 } }],
  ])(
    'in a warm-up %s has measured nothing, and a worker that fails later is no surprise',
    async (_, settings) => {
      const trial = new FakeTrial({ ...TIMED, ...settings })
      await trial.pass(1)
      trial.stop.abort()
      await trial.pass(0.01)
      expect(trial.ended).toMatchObject({ measured: false, stopped: true })
      expect(trial.events).toEqual([])
      // Nobody waits for the workers any more: an unhandled rejection would end the process.
      trial.fail.forEach((fail) => fail(new Error('The load worker was ended.')))
      await trial.pass(0)
      vi.useRealTimers()
      await new Promise((resolve) => setImmediate(resolve))
    },
  )

  it('before it begins measures nothing', async () => {
    const trial = new FakeTrial(TIMED)
    trial.stop.abort()
    await trial.pass(0.01)
    expect(trial.ended).toMatchObject({ measured: false, stopped: true })
  })
})

it('a worker that fails while it measures ends the trial', async () => {
  const trial = new FakeTrial(TIMED)
  await trial.pass(12)
  const outcome = expect(trial.outcome).rejects.toThrow('gone')
  trial.fail[1]?.(new Error('gone'))
  await outcome
})

describe('inputs that end inside the warm-up', () => {
  it('leave a measurement that is empty, not one that ends before it begins', async () => {
    const trial = new FakeTrial(TIMED, true)
    await trial.pass(2.1)
    trial.settle.forEach((settle) => settle(SECOND))
    await trial.pass(0.1)
    expect(trial.control.measureFrom).toBe(2 * SECOND)
    expect(trial.control.measureUntil).toBe(2 * SECOND + 1)
  })
})

describe('a warm-up until the target is steady', () => {
  const plan = {
    until: 'stable',
    method: 'auto',
    minimum: 2 * SECOND,
    requests: 50,
    maximum: 10 * SECOND,
    windows: 3,
    within: 0.1,
    window: null,
  } as const

  /** A hundred requests per second, all alike, or ever slower. */
  async function serve(trial: FakeTrial, seconds: number, time: (at: number) => Nanos): Promise<void> {
    const until = trial.now() + seconds * SECOND
    while (trial.now() < until) {
      for (let request = 0; request < 10; request++)
        trial.lives[0]?.response.record(time(trial.now() / SECOND))
      await trial.pass(0.1)
    }
  }

  it('decides a little ahead, and the measurement follows', async () => {
    const trial = new FakeTrial({ ...TIMED, warmup: plan })
    await serve(trial, 2.1, () => 5 * MILLISECOND)
    expect(trial.control.measureFrom).toBeGreaterThan(2 * SECOND)
    expect(trial.control.measureFrom).toBeLessThan(2.3 * SECOND)
    expect(trial.control.measureUntil).toBe(trial.control.measureFrom + 10 * SECOND)
    await trial.pass(10.5)
    trial.settle.forEach((settle) => settle(12.2 * SECOND))
    await trial.pass(0.01)
    expect(trial.ended?.warmup).toMatchObject({ stable: true, estimatedEnd: 0, against: null })
  })

  it('goes on after the longest warm-up, and says that nothing was steady', async () => {
    const trial = new FakeTrial({ ...TIMED, warmup: plan })
    await serve(trial, 10.2, (at) => (5 + 5 * at) * MILLISECOND)
    expect(trial.control.measureFrom).toBeGreaterThan(10 * SECOND)
    expect(trial.control.measureFrom).toBeLessThan(10.2 * SECOND)
    await trial.pass(10.5)
    trial.settle.forEach((settle) => settle(20.5 * SECOND))
    await trial.pass(0.01)
    expect(trial.ended?.warmup).toMatchObject({ stable: false })
    expect(trial.ended?.warmup?.against).not.toBeNull()
  })

  it('ends when it is stopped', async () => {
    const trial = new FakeTrial({ ...TIMED, warmup: plan })
    await trial.pass(1)
    trial.stop.abort()
    await trial.pass(0.6)
    expect(trial.ended).toMatchObject({ measured: false, stopped: true, warmup: null })
  })
})

describe('a measurement until something is proven', () => {
  const until = {
    rule: 'certified',
    percentile: 99,
    limit: 50 * MILLISECOND,
    confidence: 0.99,
    margin: 0.1,
    dependence: 'measured',
    maximum: 60 * SECOND,
  } as const

  it('ends a little after the proof', async () => {
    const trial = new FakeTrial({ ...TIMED, until })
    await trial.pass(20)
    expect(trial.control.measureUntil).toBe(62 * SECOND)
    trial.proven = true
    await trial.pass(0.2)
    expect(trial.control.measureUntil).toBeGreaterThan(20 * SECOND)
    expect(trial.control.measureUntil).toBeLessThan(20.3 * SECOND)
    trial.settle.forEach((settle) => settle(20.2 * SECOND))
    await trial.pass(0.1)
    expect(trial.events).toEqual(['from 2', expect.stringMatching(/^until 20\.[12]/)])
    expect(trial.ended).toMatchObject({ measured: true, stopped: false })
  })

  it('ends at its longest duration without one', async () => {
    const trial = new FakeTrial({ ...TIMED, until })
    await trial.pass(61.9)
    expect(trial.events).toEqual(['from 2'])
    await trial.pass(0.2)
    expect(trial.events).toEqual(['from 2', expect.stringMatching(/^until 62/)])
  })
})

describe('a load that is steered', () => {
  function steered(): {
    trial: FakeTrial
    ready: () => void
    fail: (error: Error) => void
    cut: AbortController
  } {
    const cut = new AbortController()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let trial: FakeTrial | null = null
    const settle = async (stop: AbortSignal): Promise<void> => {
      trial?.events.push(`settle ${trial.now() / SECOND}`)
      const stopped = new Promise<void>((done) => stop.addEventListener('abort', () => done()))
      await Promise.race([promise, stopped])
    }
    trial = new FakeTrial(TIMED, false, { settle, cut: cut.signal })
    return { trial, ready: resolve, fail: reject, cut }
  }

  it('is measured from when it says so, after the warm-up', async () => {
    const { trial, ready } = steered()
    await trial.pass(1)
    expect(trial.events).toEqual([])
    expect(trial.control.measureFrom).toBe(Infinity)
    await trial.pass(19)
    expect(trial.events).toEqual(['settle 2'])
    expect(trial.control.measureFrom).toBe(Infinity)
    ready()
    await trial.pass(1)
    expect(trial.control.measureFrom).toBe(20.05 * SECOND)
    expect(trial.control.measureUntil).toBe(30.05 * SECOND)
    await trial.pass(20)
    for (const settle of trial.settle) settle(30 * SECOND)
    await trial.outcome
    expect(trial.events).toEqual(['settle 2', 'from 20.05', 'until 30.05'])
    expect(trial.ended).toMatchObject({ measured: true, stopped: false })
  })

  it('is measured no longer than it can be held, and what was measured is kept', async () => {
    const { trial, ready, cut } = steered()
    ready()
    await trial.pass(6)
    cut.abort()
    await trial.pass(20)
    await trial.outcome
    expect(trial.control.measureUntil).toBe(6.05 * SECOND)
    expect(trial.ended).toMatchObject({ measured: true, stopped: false })
  })

  it('is given up with its error, or with the stop of the trial', async () => {
    const failing = steered()
    await failing.trial.pass(3)
    failing.fail(new Error('lost'))
    await expect(failing.trial.outcome).rejects.toThrow('lost')
    const stopping = steered()
    await stopping.trial.pass(3)
    stopping.trial.stop.abort()
    await stopping.trial.pass(1)
    await stopping.trial.outcome
    expect(stopping.trial.ended).toMatchObject({ measured: false, stopped: true })
    // Nothing waits for a beginning that will not come.
    expect(vi.getTimerCount()).toBe(0)
  })
})
