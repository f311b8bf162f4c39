import { describe, expect, it } from 'vitest'
import type { OpenLoadPlan } from '../arrival/load-plan.ts'
import { Outcome } from '../engine/outcome.ts'
import type { StableWarmupPlan } from '../plan/trial-plan.ts'
import type { WindowResult } from '../report/result.ts'
import { drawExponential } from '../stats/draws/exponential.ts'
import { Random } from '../stats/prng.ts'
import { SimulatedTarget } from '../testing/simulated-target.ts'
import { runVirtualTrial, type VirtualRow } from '../testing/virtual-trial.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { analyseSteadyState, type SteadyState } from './steady-state.ts'
import { WarmupWatch, type WarmupDecision } from './warmup-watch.ts'

const AUTO: StableWarmupPlan = {
  until: 'stable',
  method: 'auto',
  minimum: 5 * SECOND,
  requests: 100,
  maximum: 30 * SECOND,
  windows: 3,
  within: 0.1,
  window: null,
}
const SEEDS = 20
const RATE = 200

interface Seen {
  readonly decision: WarmupDecision | null
  readonly measureFrom: Nanos
  readonly state: SteadyState
}

/** Time to serve a request that begins now. */
type Service = (now: Nanos, random: Random) => Nanos

const load = (rate: number): OpenLoadPlan => ({
  loop: 'open',
  process: { kind: 'poisson' },
  rate: [{ from: 0, until: null, rate, rateEnd: rate }],
})

/** The engine on a virtual clock against one simulated server; the warm-up is fixed, or watched as the runner does. */
function watch(
  seed: number,
  service: Service,
  warmup: Nanos | StableWarmupPlan,
  duration: Nanos = 15 * SECOND,
  rate = RATE,
): Seen {
  const random = new Random([seed, 4, 6, 7])
  const plan = load(rate)
  let decision: WarmupDecision | null = null
  const result = runVirtualTrial({
    load: plan,
    seed: `steady ${seed}`,
    session: (exchange, clock) =>
      new SimulatedTarget(exchange, clock, { servers: 1, serviceTime: () => service(clock.now(), random) }),
    ...(typeof warmup === 'number' ? { warmup, duration } : {}),
    onStart: (_, clock, { control, lives }) => {
      if (typeof warmup === 'number') return
      control.measureFrom = Infinity
      const watching = new WarmupWatch(warmup)
      const read = (): void => {
        const response = lives.map((live) => live.response)
        decision = watching.read(
          clock.now(),
          response.reduce((sum, { count }) => sum + count, 0),
          response.reduce((sum, histogram) => sum + histogram.sum, 0),
        )
        if (decision === null) clock.after(100 * MILLISECOND, read)
        else {
          control.measureFrom = clock.now() + 50 * MILLISECOND
          control.measureUntil = control.measureFrom + duration
        }
      }
      clock.after(100 * MILLISECOND, read)
    },
  })
  const phases = { measureFrom: result.measureFrom, measureUntil: result.measureUntil }
  return {
    decision,
    measureFrom: result.measureFrom,
    state: analyseSteadyState({
      settings: { warmup: typeof warmup === 'number' ? { duration: warmup } : warmup },
      loads: [plan],
      windows: windowsOf(result.rows, phases),
      phases,
      decision,
    }),
  }
}

function windowsOf(
  rows: readonly VirtualRow[],
  { measureFrom, measureUntil }: { readonly measureFrom: Nanos; readonly measureUntil: Nanos },
): WindowResult[] {
  const seconds: number[][] = []
  for (const { outcome, completion, intended } of rows) {
    if (outcome !== Outcome.completed) continue
    const second = Math.floor(completion / SECOND)
    while (seconds.length <= second) seconds.push([])
    seconds[second]?.push(completion - intended)
  }
  return seconds.map((times, second): WindowResult => {
    const sorted = times.sort((a, b) => a - b)
    const at = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null
    const middle = (second + 0.5) * SECOND
    return {
      from: second * SECOND,
      until: (second + 1) * SECOND,
      phase: middle < measureFrom ? 'warmup' : middle < measureUntil ? 'measurement' : 'drain',
      due: sorted.length,
      completed: sorted.length,
      failed: 0,
      inFlight: null,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      lagP99: null,
    }
  })
}

const exponential =
  (mean: (now: Nanos) => Nanos): Service =>
  (now, random) =>
    mean(now) * drawExponential(random)

/** 40 % busy, and so is every level below. */
const flat = exponential(() => 2 * MILLISECOND)
/** Four times as slow for the first 3 s: 80 % busy. */
const compiles = exponential((now) => (now < 3 * SECOND ? 4 : 1.2) * MILLISECOND)
/** 5 % slower every second. */
const leaks = exponential((now) => 1.5 * MILLISECOND * (1 + (0.05 * now) / SECOND))

const all = (look: (seed: number) => Seen): readonly Seen[] =>
  Array.from({ length: SEEDS }, (_, seed) => look(seed))
const shapeOf = ({ state }: Seen): unknown => state.report['classification']

describe('a watched warm-up', () => {
  it('ends soon at a server that is steady, and the measurement is flat', () => {
    const seen = all((seed) => watch(seed, flat, AUTO))
    expect(seen.filter(({ decision }) => decision?.stable === true).length).toBe(SEEDS)
    expect(seen.filter(({ measureFrom }) => measureFrom < 10 * SECOND).length).toBeGreaterThanOrEqual(18)
    expect(seen.filter((one) => shapeOf(one) === 'flat').length).toBeGreaterThanOrEqual(19)
  })

  it('starts an M/M/1 queue of 70 % from empty, and waits for its transient', () => {
    const seen = all((seed) =>
      watch(
        seed,
        exponential(() => 3.5 * MILLISECOND),
        AUTO,
      ),
    )
    expect(seen.filter(({ decision }) => decision?.stable === true).length).toBeGreaterThanOrEqual(19)
    expect(seen.filter((one) => shapeOf(one) === 'flat').length).toBeGreaterThanOrEqual(17)
  })

  it('does not end before a server that gets faster after 3 s has done so', () => {
    const seen = all((seed) => watch(seed, compiles, AUTO))
    for (const { decision, measureFrom } of seen) {
      expect(decision?.stable).toBe(true)
      expect(measureFrom).toBeGreaterThan(5 * SECOND)
      expect(decision?.estimatedEnd).toBeGreaterThanOrEqual(2.5 * SECOND)
    }
    expect(seen.filter((one) => shapeOf(one) === 'flat').length).toBeGreaterThanOrEqual(19)
    // Seen from the start of the load, it is what it is.
    const fromStart = seen.map(
      ({ state }) => (state.report['fromStart'] as { classification: string }).classification,
    )
    expect(fromStart.filter((shape) => shape === 'warm-up').length).toBeGreaterThanOrEqual(18)
  })

  it('does not take a server that slows down all the time for steady', () => {
    const seen = all((seed) => watch(seed, leaks, { ...AUTO, maximum: 20 * SECOND }, 25 * SECOND))
    const warned = seen.filter(({ state }) => state.reasons.some(({ severity }) => severity === 'suspect'))
    expect(warned.length).toBeGreaterThanOrEqual(18)
  })

  it('by the rule of perf_analyzer: three windows within 10 %', () => {
    const rule = { ...AUTO, method: 'windows', window: 2 * SECOND, minimum: 0, requests: 0 } as const
    const steady = () => 2 * MILLISECOND
    const { decision, measureFrom } = watch(1, steady, { ...rule, within: 0.3 })
    expect(decision).toMatchObject({ stable: true, against: null, estimatedEnd: null })
    expect(decision?.windows.length).toBe(3)
    expect(measureFrom).toBeGreaterThanOrEqual(6 * SECOND)
    const noisy = watch(
      1,
      exponential(() => 4.5 * MILLISECOND),
      { ...rule, within: 0.01, maximum: 12 * SECOND },
    )
    expect(noisy.decision).toMatchObject({ stable: false, against: 'windows' })
    expect(noisy.state.reasons[0]).toMatchObject({ code: 'warmup-not-steady', severity: 'suspect' })
  })
})

describe('the shape of a measurement after a fixed warm-up', () => {
  it('warm-up: it began before the server was warm', () => {
    const seen = all((seed) => watch(seed, compiles, 0))
    expect(seen.filter((one) => shapeOf(one) === 'warm-up').length).toBeGreaterThanOrEqual(18)
    const reason = seen[0]?.state.reasons.find(({ code }) => code === 'no-steady-state')
    expect(reason).toMatchObject({ severity: 'suspect', advice: expect.stringContaining('longer warmup') })
    expect(reason?.message).toMatch(/^No steady state: the median response time went from .* \(warm-up\)\.$/)
  })

  it('no steady state, or slower: a leak', () => {
    const seen = all((seed) => watch(seed, leaks, SECOND, 30 * SECOND))
    expect(seen.filter((one) => shapeOf(one) === 'no-steady-state').length).toBeGreaterThanOrEqual(16)
    expect(seen.filter((one) => shapeOf(one) !== 'flat' && shapeOf(one) !== 'warm-up').length).toBe(SEEDS)
  })

  it('slow-down: a step up half way', () => {
    const slower = exponential((now) => (now < 8 * SECOND ? 1.2 : 3) * MILLISECOND)
    const seen = all((seed) => watch(seed, slower, SECOND, 20 * SECOND))
    expect(seen.filter((one) => shapeOf(one) === 'slow-down').length).toBeGreaterThanOrEqual(18)
  })

  it('is not judged for a load that is not meant to be steady', () => {
    const { windows, phases } = long(() => 5)
    const burst = {
      loop: 'open',
      process: { kind: 'burst', count: 5, within: 0, every: null },
      rate: [],
    } as const
    const settings = { warmup: { duration: 0 } }
    const { report, reasons } = analyseSteadyState({
      settings,
      loads: [burst],
      windows,
      phases,
      decision: null,
    })
    expect(report['classification']).toBe('not-applicable')
    expect(reasons).toEqual([])
  })
})

/** Ten minutes of windows whose median is given, with some scatter. */
function long(
  median: (second: number) => number,
  failed: (second: number) => number = () => 0,
): { readonly windows: WindowResult[]; readonly phases: { measureFrom: Nanos; measureUntil: Nanos } } {
  const random = new Random([9, 9, 9, 9])
  const windows = Array.from({ length: 600 }, (_, second): WindowResult => {
    const p50 = median(second) * MILLISECOND * (0.95 + 0.1 * random.next())
    return {
      from: second * SECOND,
      until: (second + 1) * SECOND,
      phase: 'measurement',
      due: 100,
      completed: 100,
      failed: failed(second),
      inFlight: null,
      p50,
      p95: 2 * p50,
      p99: 3 * p50,
      lagP99: null,
    }
  })
  return { windows, phases: { measureFrom: 0, measureUntil: 600 * SECOND } }
}

describe('drift of a long measurement', () => {
  const settings = { warmup: { duration: 0 } }
  const analyse = (windows: ReturnType<typeof long>, gauges = {}) =>
    analyseSteadyState({ settings, loads: [load(100)], decision: null, ...windows, ...gauges })

  it('finds none where there is none', () => {
    const { report, reasons } = analyse(long(() => 5))
    expect(reasons).toEqual([])
    expect(report['drift']).toMatchObject({
      'responseTime.p50': { direction: 'none', changePoints: [], spikes: { count: 0, period: null } },
      'responseTime.p99': { direction: 'none' },
      errorShare: { direction: 'none' },
    })
  })

  it('a slow-down has its slope per hour with an interval, and a leak its own', () => {
    const values = Float64Array.from({ length: 600 }, (_, second) => 1e9 + 1e6 * second)
    const gauges = [{ name: 'server.memory', unit: 'By', period: SECOND, values }]
    const { report, reasons } = analyse(
      long((second) => 5 + second / 200),
      { gauges },
    )
    const drift = report['drift'] as Record<string, { perHour: number; perHourInterval: [number, number] }>
    // 3 ms in 600 s are 18 ms in an hour.
    const p50 = drift['responseTime.p50']
    expect(p50?.perHourInterval[0]).toBeLessThan(18 * MILLISECOND)
    expect(p50?.perHourInterval[1]).toBeGreaterThan(18 * MILLISECOND)
    expect(p50?.perHour).toBeGreaterThan(17 * MILLISECOND)
    expect(drift['server.memory']).toMatchObject({ direction: 'rising', perHour: 3.6e9 })
    const told = reasons.filter(({ code }) => code === 'drift').map(({ message }) => message)
    expect(told.length).toBe(3)
    expect(told[2]).toContain('server.memory rose steadily by 46 %')
  })

  it('a step has its instant, and periodic spikes their period', () => {
    const step = analyse(long((second) => (second < 400 ? 5 : 8))).report['drift'] as Record<
      string,
      { changePoints: { at: number; before: number; after: number }[] }
    >
    const [change, ...others] = step['responseTime.p50']?.changePoints ?? []
    expect(others).toEqual([])
    expect(Math.abs((change?.at ?? 0) - 400 * SECOND)).toBeLessThanOrEqual(2 * SECOND)
    expect(change?.before).toBeCloseTo(5 * MILLISECOND, -5)
    expect(change?.after).toBeCloseTo(8 * MILLISECOND, -5)
    const spiky = analyse(long((second) => (second % 60 === 30 ? 25 : 5)))
    expect(spiky.report['drift']).toMatchObject({
      'responseTime.p50': { spikes: { count: 10, period: 60 * SECOND }, direction: 'none' },
    })
    expect(spiky.reasons).toContainEqual({
      code: 'periodic-spikes',
      severity: 'note',
      message: 'responseTime.p50 spiked 10 times, about every 60.0 s.',
      advice: expect.any(String),
    })
  })

  it('errors that begin half way are a change of their share', () => {
    const { report } = analyse(
      long(
        () => 5,
        (second) => (second >= 300 ? 10 + (second % 3) : second % 2),
      ),
    )
    const drift = report['drift'] as Record<string, { changePoints: { at: number }[] }>
    expect(drift['errorShare']?.changePoints.map(({ at }) => Math.round(at / SECOND / 10))).toEqual([30])
  })
})
