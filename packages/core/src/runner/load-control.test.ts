import { describe, expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { controlOf } from '../arrival/load-rates.ts'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { ControlReport, Trial } from '../report/result.ts'
import { drawExponential } from '../stats/draws/exponential.ts'
import { Random } from '../stats/prng.ts'
import { SimulatedTarget } from '../testing/simulated-target.ts'
import { runVirtualTrial } from '../testing/virtual-trial.ts'
import { planLoad } from '../dsl/loads/definitions.ts'
import { Problems } from '../dsl/problems.ts'
import { utilization, type UtilizationOptions } from '../dsl/loads/utilization.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import { controlNotes, reportControl } from './control-report.ts'
import { GaugeFeed } from './gauge-feed.ts'
import { LoadControl } from './load-control.ts'

const READING: Nanos = 250 * MILLISECOND
const HELD: Nanos = 60 * SECOND

function planned(options: UtilizationOptions): LoadPlan {
  const problems = new Problems()
  const plan = planLoad(utilization(options), 'load', problems)?.plan
  if (plan === undefined) throw new Error(JSON.stringify(problems.errors))
  return plan
}

interface Steered {
  readonly report: ControlReport
  readonly control: LoadControl
  readonly events: readonly Trial['events'][number][]
  readonly intended: readonly Nanos[]
  readonly measureFrom: Nanos
}

interface Conditions {
  readonly workers?: number
  readonly servers?: number
  /** Servers that no request gets to. */
  readonly idle?: number
  /** Exponential, with this mean. */
  readonly service?: Nanos
  /** When the sampler ends. */
  readonly lostAt?: Nanos
  /** When it goes silent, without a word. */
  readonly silentFrom?: Nanos
  readonly seed?: number
}

/** A trial whose gauge is the share of its simulated servers that was busy, on a virtual clock, with the engine as it is. */
function steer(options: UtilizationOptions, conditions: Conditions = {}): Steered {
  const {
    workers = 1,
    servers = 1,
    idle = 0,
    service = 10 * MILLISECOND,
    lostAt,
    silentFrom = Infinity,
    seed = 1,
  } = conditions
  const load = planned(options)
  const feed = new GaugeFeed()
  const random = new Random([seed, 2, 3, 4])
  const events: Trial['events'][number][] = []
  const busy = new BusyMeter()
  let control: LoadControl | null = null
  let completed = 0
  const trial = runVirtualTrial({
    load,
    workers,
    warmup: Infinity,
    seed: String(seed),
    // Each worker has servers of its own: their part of all.
    session: (exchange, clock, worker) =>
      new SimulatedTarget(
        busy.watch(exchange, clock, worker, servers / workers, () => (completed += 1)),
        clock,
        {
          serviceTime: () => Math.round(service * drawExponential(random)),
          servers: servers / workers,
        },
      ),
    onStart: (streams, clock, { control: phases }) => {
      const plan = controlOf(load) as NonNullable<ReturnType<typeof controlOf>>
      const steered = new LoadControl({
        plan,
        vary: load.loop === 'open' ? 'rate' : 'concurrency',
        gauge: { name: plan.of, unit: '1', ceiling: 1, period: READING },
        feed,
        completed: () => completed,
        setRate: (segment) => streams.forEach((stream) => stream.walk.append(segment)),
        setUsers: (segments) =>
          streams.forEach((stream) => segments.forEach((segment) => stream.walk.populate(segment))),
        emit: (event) => events.push(event),
      })
      control = steered
      const read = (from: Nanos): void => {
        const until = clock.now()
        if (until < silentFrom)
          feed.add({ from, until, value: busy.since(until) / (until - from) / (servers + idle) })
        clock.after(READING, () => read(until))
      }
      clock.after(READING, () => read(0))
      const tick = (): void => {
        steered.tick(clock.now())
        if (phases.measureFrom === Infinity && (steered.isReady || steered.problem !== null)) {
          phases.measureFrom = clock.now() + 50 * MILLISECOND
          phases.measureUntil = phases.measureFrom + HELD
        }
        clock.at(steered.dueAt, tick)
      }
      clock.at(SECOND, () => {
        steered.begin(clock.now())
        clock.at(steered.dueAt, tick)
      })
      if (lostAt !== undefined)
        clock.at(lostAt, () => {
          feed.lose('the device is gone')
          steered.lose(clock.now(), 'the device is gone')
        })
    },
  })
  const steered = control as unknown as LoadControl
  return {
    control: steered,
    report: reportControl(steered, 'main', trial.measureFrom, trial.measureUntil),
    events,
    intended: trial.rows.map((row) => row.intended).sort((a, b) => a - b),
    measureFrom: trial.measureFrom,
  }
}

/** Adds up how long servers were busy: from what is in flight at each session, at most its servers. */
class BusyMeter {
  readonly #inFlight: number[] = []
  readonly #servers: number[] = []
  #area = 0
  #at: Nanos = 0

  watch(
    exchange: ConstructorParameters<typeof SimulatedTarget>[0],
    clock: VirtualClock,
    worker: number,
    servers: number,
    onDone: () => void,
  ): ConstructorParameters<typeof SimulatedTarget>[0] {
    this.#inFlight[worker] = 0
    this.#servers[worker] = servers
    const change = (by: number): void => {
      this.#advance(clock.now())
      this.#inFlight[worker] = (this.#inFlight[worker] as number) + by
    }
    return {
      capture: exchange.capture,
      connected: (slot) => exchange.connected(slot),
      sent: (slot) => {
        change(1)
        exchange.sent(slot)
      },
      firstByte: (slot) => exchange.firstByte(slot),
      message: (slot, bytes, units, final) => exchange.message(slot, bytes, units, final),
      serverStage: (slot, stage, nanos) => exchange.serverStage(slot, stage, nanos),
      done: (slot, bytes) => {
        change(-1)
        onDone()
        exchange.done(slot, bytes)
      },
      fail: (slot, kind, code) => {
        change(-1)
        exchange.fail(slot, kind, code)
      },
      blocked: (reason) => exchange.blocked(reason),
      ready: () => exchange.ready(),
    } as ConstructorParameters<typeof SimulatedTarget>[0]
  }

  /** Server-nanoseconds since the last call. */
  since(now: Nanos): number {
    this.#advance(now)
    const area = this.#area
    this.#area = 0
    return area
  }

  #advance(now: Nanos): void {
    for (const [worker, inFlight] of this.#inFlight.entries())
      this.#area += Math.min(inFlight, this.#servers[worker] as number) * (now - this.#at)
    this.#at = now
  }
}

const CPU = 'host.cpu.utilization'
const near = (found: number | null, wanted: number, within: number): void => {
  expect(Math.abs((found as number) - wanted)).toBeLessThan(within)
}

describe('the load of a simulated server', () => {
  it.each([1, 2])('is held at the arrival rate that the target needs, with %i workers', (workers) => {
    const { report, intended, measureFrom, events } = steer(
      { of: CPU, target: 0.6, vary: 'rate', max: 400, tolerance: 0.04 },
      { workers, servers: 2 },
    )
    expect(report).toMatchObject({ outcome: 'held', settled: true, vary: 'rate', gauge: CPU })
    // ρ = λ S / servers, whatever the distribution: 0.6 · 2 / 10 ms.
    near(report.load.mean, 120, 14)
    near(report.mean, 0.6, 0.04)
    const [low, high] = report.interval as [number, number]
    expect(low).toBeLessThan(report.mean as number)
    expect(high).toBeGreaterThan(report.mean as number)
    // What the controller says is what was due.
    const due = intended.filter((at) => at >= measureFrom && at < measureFrom + HELD).length
    near(due / 60, report.load.mean as number, 6)
    expect(controlNotes(report)).toEqual([])
    expect(events.every(({ kind }) => kind === 'load')).toBe(true)
    expect(events.at(0)?.message).toContain('raised until the gauge is at its target')
    expect(events.map(({ message }) => message).join()).toContain('the target is held')
  })

  it.each([1, 2])('is held at a part of a user where whole ones do not fit, with %i workers', (workers) => {
    const { report, control } = steer(
      { of: CPU, target: 0.5, vary: 'concurrency', max: 40, tolerance: 0.04, thinkTime: '30ms' },
      { workers, servers: 2 },
    )
    expect(report).toMatchObject({ outcome: 'held', settled: true })
    near(report.mean, 0.5, 0.04)
    // Two servers of 10 ms and users who think for 30 ms: about 4 users, a few more as they queue.
    expect(report.load.mean as number).toBeGreaterThan(3.5)
    expect(report.load.mean as number).toBeLessThan(6)
    expect(Math.max(...control.course.map(({ load }) => load))).toBeLessThanOrEqual(40)
  })

  it('comes to the same with single steps', () => {
    const { report } = steer({
      of: CPU,
      target: 0.6,
      vary: 'rate',
      max: 400,
      from: 10,
      method: 'steps',
      tolerance: 0.05,
    })
    expect(report).toMatchObject({ outcome: 'held', method: 'steps' })
    near(report.load.mean, 60, 12)
    const climbing = report.course.filter(({ phase }) => phase === 'identify').map(({ load }) => load)
    for (const [index, load] of climbing.entries()) expect(load).toBeCloseTo(10 * (index + 1), 9)
  })

  it('is the same again with the same seed', () => {
    const options: UtilizationOptions = { of: CPU, target: 0.6, vary: 'rate', max: 400 }
    expect(steer(options).report).toEqual(steer(options).report)
    expect(steer(options, { seed: 2 }).report).not.toEqual(steer(options).report)
  })
})

describe('what is said of the way', () => {
  it('names its phases one after the other, none of them measured', () => {
    const { report, measureFrom, control } = steer({ of: CPU, target: 0.6, vary: 'rate', max: 400 })
    const { warmup, identify, approach } = report.phases
    expect([warmup.from, warmup.until]).toEqual([0, SECOND])
    expect(identify.from).toBe(warmup.until)
    expect(approach.from).toBe(identify.until)
    expect(approach.until).toBe(measureFrom)
    expect(identify.until).toBeGreaterThan(identify.from)
    expect(control.heldAt).toBeLessThanOrEqual(measureFrom)
    expect(report.course.map(({ at }) => at)).toEqual(
      report.course.map(({ at }) => at).toSorted((a, b) => a - b),
    )
  })

  it('says that the highest load is not enough, and measures there', () => {
    const { report, intended } = steer({ of: CPU, target: 0.8, vary: 'rate', max: 40 })
    expect(report).toMatchObject({ outcome: 'unreachable', obstacle: 'most', load: { mean: 40 } })
    near(report.plateau, 0.4, 0.1)
    const [reason] = controlNotes(report)
    expect(reason).toMatchObject({ code: 'utilization-unreachable', severity: 'invalid' })
    expect(reason?.message).toMatch(/unreachable, [\d.]+ % at the highest load, 40\/s/)
    expect(intended.length).toBeGreaterThan(1000)
  })

  it('says what the plateau is where the gauge does not rise any more', () => {
    const { report, control } = steer(
      { of: CPU, target: 0.8, vary: 'concurrency', max: 64, thinkTime: '30ms' },
      { servers: 1, idle: 1 },
    )
    expect(report).toMatchObject({ outcome: 'unreachable', obstacle: 'plateau' })
    near(report.plateau, 0.5, 0.03)
    near(report.mean, 0.5, 0.03)
    expect(controlNotes(report)[0]?.message).toMatch(
      /unreachable, plateau [\d.]+ %: more load brings no more/,
    )
    expect(Math.max(...control.course.map(({ load }) => load))).toBeLessThan(64)
  })

  it('says that the lowest load is too much', () => {
    const { report } = steer({ of: CPU, target: 0.8, vary: 'concurrency', max: 64 })
    expect(report).toMatchObject({ outcome: 'unreachable', obstacle: 'least', load: { mean: 1 } })
    expect(controlNotes(report)[0]?.message).toContain('at the lowest load already')
  })

  it('begins when the time for it is up, and says so', () => {
    const { report, measureFrom } = steer({
      of: CPU,
      target: 0.6,
      vary: 'rate',
      max: 400,
      within: '6s',
      tolerance: 0.2,
    })
    expect(report.settled).toBe(false)
    expect(measureFrom).toBeLessThan(10 * SECOND)
    expect(controlNotes(report).map(({ code }) => code)).toContain('utilization-unsettled')
  })
})

describe('a gauge that is lost', () => {
  const options: UtilizationOptions = { of: CPU, target: 0.6, vary: 'rate', max: 400, from: 5 }

  it('takes the load back to where it began', () => {
    const { report, control, events, intended } = steer(options, { lostAt: 80 * SECOND })
    expect(control.problem).toBe('the device is gone')
    expect(report).toMatchObject({ outcome: 'lost', problem: 'the device is gone' })
    expect(events.at(-1)?.message).toContain('back to where it began, the gauge was lost: the device is gone')
    const after = intended.filter((at) => at >= 81 * SECOND && at < 91 * SECOND).length
    expect(after).toBeGreaterThan(20)
    expect(after).toBeLessThan(85)
    expect(controlNotes(report)[0]).toMatchObject({ code: 'gauge-lost', severity: 'invalid' })
  })

  it('counts as lost when it only stays silent', () => {
    const { control } = steer(options, { silentFrom: 20 * SECOND })
    expect(control.problem).toBe('there was no reading for 10.0 s')
    expect(control.view.load).toBe(5)
  })
})

describe('recorded readings', () => {
  /** Answers with what was once read, whatever the load. */
  function replay(values: readonly number[]): LoadControl {
    const feed = new GaugeFeed()
    const control = new LoadControl({
      plan: controlOf(planned({ of: CPU, target: 0.5, vary: 'concurrency', max: 8 })) as NonNullable<
        ReturnType<typeof controlOf>
      >,
      vary: 'concurrency',
      gauge: { name: CPU, unit: '1', ceiling: 1, period: 250 * MILLISECOND },
      feed,
      completed: () => 0,
      setRate: () => expect.unreachable(),
      setUsers: (segments) => {
        for (const { from, users } of segments) {
          expect(from).toBeGreaterThanOrEqual(now + 50 * MILLISECOND)
          expect(Number.isInteger(users)).toBe(true)
          expect(users).toBeLessThanOrEqual(8)
        }
      },
      emit: () => {},
    })
    let now: Nanos = 0
    control.begin(0)
    for (const value of values) {
      feed.add({ from: now, until: now + 250 * MILLISECOND, value })
      now += 250 * MILLISECOND
      if (now >= control.dueAt) control.tick(now)
    }
    return control
  }

  it('are averaged over each period, without the quarter that follows a change', () => {
    // Eight readings a period; those of the first quarter are of another load.
    const { course } = replay([9, 9, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3])
    expect(course[0]?.reading).toBeCloseTo((4 * 0.1 + 2 * 0.2) / 6, 12)
    expect(course[1]?.reading).toBeCloseTo(0.3, 12)
  })

  it('of a machine that others use come to a verdict', () => {
    // CPU of a shared machine, 4 Hz, two minutes: a saw-tooth of a cron job over 30 %, which no load moves.
    const recorded = Array.from({ length: 480 }, (_, index) => 0.3 + 0.002 * (index % 40))
    const control = replay(recorded)
    expect(control.controller).toMatchObject({ phase: 'unreachable', obstacle: 'most' })
    expect(control.controller.plateau).toBeGreaterThan(0.3)
    expect(control.controller.plateau).toBeLessThan(0.38)
  })
})
