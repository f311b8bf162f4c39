import { HoldCheck } from './hold-check.ts'
import { Identification } from './identification.ts'
import { logOddsError } from './log-odds.ts'
import type { ControlGoal, ControlPhase, LoadController, PlantReading } from './plant-reading.ts'

/** Gains, as shares of what would correct the whole error in one period. */
const PROPORTIONAL = 0.4
const INTEGRAL = 0.06
/** While the target is held. */
const SLOW = 0.5
const SMOOTHING = 0.3
/** Errors below this are left alone. */
const DEAD_BAND = 0.01
/** At most this share of the load, or one user, in one period. */
const SLEW = 0.1
/** The load is cut by this factor when the gauge, smoothed, is this far from the target to its ceiling. */
const CUT = 0.75
const FAR = 0.75
/** The same for a gauge without ceiling, as a share of the target. */
const FAR_ABOVE = 0.2
/** At first, the load may go this far beyond the one that should be right. */
const HEADROOM = 2
const MORE_HEADROOM = 1.5
/** Periods for which a guess is looked at. */
const VERIFY_FEWEST = 4
const VERIFY_MOST = 8

/**
 * Brings a gauge to its target: identifies how it follows the load, begins where that says, and corrects with a
 * proportional-integral controller on the log-odds of the gauge. Three guards bring it back from where the gauge cannot
 * grow any more: the log-odds, a cap at twice the first guess, and a cut of the load far above the target. The integral
 * only grows while the load can follow it.
 */
export class UtilizationController implements LoadController {
  phase: ControlPhase = 'identify'
  load: number
  plateau: number | null = null
  obstacle: LoadController['obstacle'] = null
  backOffs = 0
  readonly #goal: ControlGoal
  readonly #identification: Identification
  readonly #check: HoldCheck
  readonly #far: number
  /** Readings at a guess that is looked at; `null` while there is none. */
  #guessed: number[] | null = null
  #base = 0
  #integral = 0
  #slope = 1
  #most: number
  #end: number
  #smooth: number | null = null
  /** The mean at which the load was last stuck at its cap. */
  #stuckAt = -Infinity

  constructor(goal: ControlGoal) {
    const { target, ceiling, tolerance, from, most } = goal
    this.#goal = goal
    this.#identification = new Identification(goal)
    this.#check = new HoldCheck(target, tolerance)
    this.#far = ceiling === Infinity ? target * (1 + FAR_ABOVE) : target + FAR * (ceiling - target)
    this.load = from
    this.#most = most
    this.#end = most
  }

  tick(reading: PlantReading): void {
    if (this.#guessed !== null) this.#verify(reading.gauge, this.#guessed)
    else if (this.phase === 'identify') this.#identify(reading)
    else if (this.phase !== 'unreachable') this.#regulate(reading.gauge)
  }

  #identify(reading: PlantReading): void {
    const identification = this.#identification
    identification.tick(reading)
    const { found, plateau } = identification
    if (plateau !== null) this.#giveUp(plateau.gauge, plateau.load, plateau.obstacle)
    else if (found === null) this.load = identification.load
    else {
      this.#guessed = []
      this.#slope = found.slope
      this.#end = found.most
      this.load = found.load
    }
  }

  /**
   * A guess, be it the first one or the cut of a load, is looked at until the gauge stands still, and corrected once by
   * what it brings: it was made of readings that may have been late.
   */
  #verify(gauge: number, guessed: number[]): void {
    const { target, tolerance, least } = this.#goal
    guessed.push(gauge)
    const last = gauge
    const before = guessed.at(-2) as number
    if (guessed.length < VERIFY_FEWEST) return
    if (Math.abs(last - before) > tolerance && guessed.length < VERIFY_MOST) return
    const found = (last + before) / 2
    if (found > this.#far) return this.#cut()
    const error = target - found
    const correction = Math.abs(error) <= 2 * tolerance ? 0 : error / this.#slope
    const right = Math.min(this.#end, Math.max(least, this.load / 2, this.load + correction))
    this.phase = 'approach'
    this.#guessed = null
    this.#integral = 0
    this.#smooth = null
    this.#base = right
    this.#most = Math.min(this.#end, HEADROOM * right)
    this.load = right
  }

  #regulate(gauge: number): void {
    const { target, tolerance, ceiling } = this.#goal
    this.#check.add(gauge)
    this.#smooth = this.#smooth === null ? gauge : SMOOTHING * gauge + (1 - SMOOTHING) * this.#smooth
    if (this.#smooth > this.#far) return this.#cut()
    const isHeld = this.phase === 'hold'
    if (isHeld && Math.abs(this.#smooth - target) <= tolerance) return
    const error = logOddsError(target, gauge, ceiling)
    const heard = Math.abs(error) <= DEAD_BAND * (ceiling === Infinity ? target : ceiling) ? 0 : error
    this.#move(isHeld ? SLOW : 1, heard)
    if (isHeld) return
    if (this.#check.isHeld) this.phase = 'hold'
    else if (this.#check.isFull && this.load >= this.#most && this.#check.mean < target - tolerance)
      this.#raiseCap()
  }

  #move(speed: number, error: number): void {
    const { least, whole } = this.#goal
    const step = (INTEGRAL * speed * error) / this.#slope
    const proportional = speed < 1 ? 0 : (PROPORTIONAL * error) / this.#slope
    const wanted = this.#base + this.#integral + step + proportional
    const slew = Math.max(whole ? 1 : 0, SLEW * this.load)
    const low = Math.max(least, this.load - slew)
    const high = Math.min(this.#most, this.load + slew)
    const isBound = (wanted > high && step > 0) || (wanted < low && step < 0)
    if (!isBound) this.#integral += step
    this.load = Math.min(high, Math.max(low, wanted))
  }

  #cut(): void {
    this.load = Math.max(this.#goal.least, CUT * this.load)
    this.#guessed = []
    this.backOffs += 1
    this.#check.forget()
    this.phase = 'approach'
  }

  /** The first guess was too low, or no load is enough. */
  #raiseCap(): void {
    const { mean } = this.#check
    const hasGained = mean > this.#stuckAt + this.#goal.tolerance
    if (this.#most >= this.#end) this.#giveUp(mean, this.load, 'most')
    else if (!hasGained) this.#giveUp(mean, this.load, 'plateau')
    else {
      this.#most = Math.min(this.#end, MORE_HEADROOM * this.#most)
      this.#stuckAt = mean
      this.#check.forget()
    }
  }

  #giveUp(plateau: number, load: number, obstacle: LoadController['obstacle']): void {
    this.phase = 'unreachable'
    this.plateau = plateau
    this.obstacle = obstacle
    this.load = load
  }
}
