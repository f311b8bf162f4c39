import type { ControlPlan, PopulationSegment, RateSegment } from '../arrival/load-plan.ts'
import type { LiveControl } from '../hooks/contexts.ts'
import { formatLoad } from '../report/load-value.ts'
import { formatQuantity } from '../report/quantity.ts'
import type { ControlStep, Trial } from '../report/result.ts'
import type { ControlGoal, LoadController } from '../stats/control/plant-reading.ts'
import { StepController } from '../stats/control/step-controller.ts'
import { UtilizationController } from '../stats/control/utilization-controller.ts'
import { formatDuration } from '../units/duration.ts'
import { MILLISECOND, SECOND, type Nanos } from '../units/nanos.ts'
import type { FollowedGauge, GaugeFeed } from './gauge-feed.ts'

/** Changes take effect this far ahead, so that every worker has them in time. */
const AHEAD: Nanos = 50 * MILLISECOND
const DEFAULT_PERIOD: Nanos = 2 * SECOND
const READINGS_PER_PERIOD = 3
const DEFAULT_PERIODS = 150
/** What comes so soon after a change is not of the new load yet, as a share of the period. */
const SETTLING = 0.25
/** Periods without a reading, after which the gauge counts as lost. */
const MOST_MISSED = 5
/** A part of a user that is there for less of a period is left out. */
const LEAST_PART = 0.02
/** A rate cannot go below this share of the first one. */
const LEAST_RATE = 0.01
/** Smaller changes are no event. */
const EVENT_CHANGE = 0.005

export interface LoadControlParts {
  readonly plan: ControlPlan
  readonly vary: 'rate' | 'concurrency'
  readonly gauge: FollowedGauge
  readonly feed: GaugeFeed
  /** Requests that have completed since the load started. */
  completed(): number
  setRate(segment: RateSegment): void
  setUsers(segments: readonly PopulationSegment[]): void
  emit(event: Trial['events'][number]): void
}

/**
 * Moves the load of one stream so that a gauge stays at its target. It decides once per period, in the main thread; what
 * it decides goes to the workers as segments of the schedule. Whoever calls {@link tick} at {@link dueAt} drives it: timers
 * in a run, a virtual clock in tests.
 */
export class LoadControl {
  readonly parts: LoadControlParts
  readonly period: Nanos
  /** When the next decision is due; Infinity before the beginning. */
  dueAt: Nanos = Infinity
  /** All decisions, in their order. */
  readonly course: ControlStep[] = []
  /** When the warm-up was over. */
  begunAt: Nanos | null = null
  /** When the gauge was near the target for the first time, and when it was held. */
  identifiedAt: Nanos | null = null
  heldAt: Nanos | null = null
  /** Changes of the load. */
  moves = 0
  /** Why the gauge cannot be followed any more. */
  problem: string | null = null
  lostAt: Nanos | null = null
  readonly controller: LoadController
  #load: number
  /** The load that the last event has told. */
  #told: number
  /** Since when the load is what it is. */
  #setAt: Nanos = 0
  #tickedAt: Nanos = 0
  #completed = 0
  #missed = 0
  #reading: number | null = null

  constructor(parts: LoadControlParts) {
    const { plan, gauge, vary } = parts
    this.parts = parts
    this.period = plan.period ?? Math.max(DEFAULT_PERIOD, READINGS_PER_PERIOD * gauge.period)
    const goal: ControlGoal = {
      target: plan.target,
      ceiling: gauge.ceiling,
      tolerance: plan.tolerance,
      from: plan.from,
      least: vary === 'rate' ? plan.from * LEAST_RATE : 1,
      most: plan.most,
      whole: vary === 'concurrency',
    }
    this.controller =
      plan.method === 'steps' ? new StepController(goal, plan.step) : new UtilizationController(goal)
    this.#load = plan.from
    this.#told = plan.from
  }

  /** Whether the measurement may begin: the target is held, cannot be reached, or the time for it is up. */
  get isReady(): boolean {
    const { phase } = this.controller
    if (phase === 'hold' || phase === 'unreachable') return true
    return this.begunAt !== null && this.#tickedAt - this.begunAt >= this.#within
  }

  get view(): LiveControl {
    const { gauge, plan, vary } = this.parts
    return {
      gauge: gauge.name,
      unit: gauge.unit,
      target: plan.target,
      reading: this.#reading,
      vary,
      load: this.#load,
      phase: this.begunAt === null ? 'warmup' : this.controller.phase,
    }
  }

  /** The load has run unmeasured for as long as the settings want: from now on it is moved. */
  begin(now: Nanos): void {
    this.begunAt = now
    this.#tickedAt = now
    this.#setAt = now
    this.#completed = this.parts.completed()
    this.dueAt = now + this.period
    this.#tell(now, 'raised until the gauge is at its target')
  }

  /** Looks at the period that has just ended, and decides about the next one. */
  tick(now: Nanos): void {
    this.dueAt = now + this.period
    const completed = this.parts.completed()
    const count = completed - this.#completed
    const throughput = (count * SECOND) / Math.max(1, now - this.#tickedAt)
    this.#completed = completed
    this.#tickedAt = now
    if (this.problem !== null) return
    const { feed, plan } = this.parts
    const { mean } = feed.over(this.#setAt + SETTLING * this.period, now)
    if (mean === null) return this.#miss(now)
    this.#missed = 0
    this.#reading = mean
    const before = this.controller.phase
    const { backOffs } = this.controller
    this.course.push({ at: now, reading: mean, load: this.#load, phase: before })
    this.controller.tick({ gauge: mean, throughput, completed: count })
    const { phase, load } = this.controller
    if (phase !== 'identify') this.identifiedAt ??= now
    if (phase === 'hold') this.heldAt ??= now
    this.#set(now, Math.min(plan.most, load))
    if (phase !== before) this.#tell(now, this.#explain(phase))
    else if (this.controller.backOffs > backOffs) this.#tell(now, 'cut, the gauge was far above its target')
    else if (Math.abs(this.#load - this.#told) > EVENT_CHANGE * this.#told) this.#tell(now, null)
  }

  /** A gauge that is read no more cannot be followed: the load goes back to where it began. */
  lose(now: Nanos, problem: string): void {
    if (this.problem !== null) return
    this.problem = problem.replace(/\.$/, '')
    this.lostAt = now
    this.#set(now, this.parts.plan.from)
    this.#tell(now, `back to where it began, the gauge was lost: ${this.problem}`)
  }

  get #within(): Nanos {
    return this.parts.plan.within ?? DEFAULT_PERIODS * this.period
  }

  #miss(now: Nanos): void {
    this.#missed += 1
    if (this.parts.feed.problem !== null) this.lose(now, this.parts.feed.problem)
    else if (this.#missed >= MOST_MISSED)
      this.lose(now, `there was no reading for ${formatDuration(MOST_MISSED * this.period)}`)
    else this.#set(now, this.#load)
  }

  #set(now: Nanos, load: number): void {
    const from = now + AHEAD
    const isChanged = load !== this.#load
    if (isChanged) {
      this.moves += 1
      this.#load = load
      this.#setAt = from
    } else this.#setAt = Math.max(this.#setAt, now - SETTLING * this.period)
    if (this.parts.vary === 'rate') {
      if (isChanged) this.parts.setRate({ from, until: null, rate: load, rateEnd: load })
      return
    }
    const whole = Math.floor(load + LEAST_PART)
    const part = load - whole
    const held = (users: number, at: Nanos): PopulationSegment => ({
      from: at,
      until: null,
      users,
      usersEnd: users,
    })
    // A part of a user is one who is there for that part of the period, which has to be said anew in each.
    if (part > LEAST_PART)
      this.parts.setUsers([held(whole + 1, from), held(whole, from + part * this.period)])
    else if (isChanged) this.parts.setUsers([held(whole, from)])
  }

  #explain(phase: ControlStep['phase']): string {
    const { gauge, plan } = this.parts
    const { plateau, obstacle } = this.controller
    const shown = formatQuantity(plateau, gauge.unit)
    switch (phase) {
      case 'hold':
        return 'the target is held'
      case 'unreachable':
        return obstacle === 'plateau'
          ? `the target is unreachable: plateau ${shown}`
          : obstacle === 'most'
            ? `the target is unreachable: ${shown} at the highest load, ${formatLoad(this.parts.vary, plan.most)}`
            : `the target is unreachable: ${shown} at the lowest load`
      default:
        return 'near the target'
    }
  }

  #tell(at: Nanos, what: string | null): void {
    const { vary, gauge, plan } = this.parts
    this.#told = this.#load
    const reading = this.#reading === null ? '' : ` ${formatQuantity(this.#reading, gauge.unit)}`
    const why = what === null ? '' : `: ${what}`
    this.parts.emit({
      at: Math.max(0, at),
      kind: 'load',
      message: `${formatLoad(vary, this.#load)} (${gauge.name}${reading}, target ${formatQuantity(plan.target, gauge.unit)})${why}`,
    })
  }
}
