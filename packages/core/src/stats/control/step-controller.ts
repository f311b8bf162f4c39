import { isFlat } from './flatness.ts'
import { HoldCheck } from './hold-check.ts'
import type { ControlGoal, ControlPhase, Level, LoadController, PlantReading } from './plant-reading.ts'

const SMOOTHING = 0.3
/** Fewer steps say nothing about a plateau. */
const FEWEST_STEPS = 8

/**
 * The plain way: one step up in every period until the gauge is at the target, then one step up or down whenever its
 * smoothed value has left it. It knows nothing of the target's gain, so that the step has to be chosen well.
 */
export class StepController implements LoadController {
  phase: ControlPhase = 'identify'
  load: number
  plateau: number | null = null
  obstacle: LoadController['obstacle'] = null
  readonly backOffs = 0
  readonly #goal: ControlGoal
  readonly #step: number
  readonly #check: HoldCheck
  readonly #levels: Level[] = []
  #smooth: number | null = null

  constructor(goal: ControlGoal, step: number) {
    this.#goal = goal
    this.#step = step
    this.#check = new HoldCheck(goal.target, goal.tolerance)
    this.load = goal.from
  }

  tick(reading: PlantReading): void {
    if (this.phase === 'identify') this.#climb(reading)
    else if (this.phase !== 'unreachable') this.#follow(reading.gauge)
  }

  #climb(reading: PlantReading): void {
    const { target, tolerance, least, most } = this.#goal
    const level = { ...reading, load: this.load }
    if (reading.gauge >= target - tolerance) {
      if (this.load <= least && reading.gauge > target + tolerance) this.#giveUp(level, 'least')
      else this.phase = 'approach'
      return
    }
    this.#levels.push(level)
    if (this.#levels.length >= FEWEST_STEPS && isFlat(level, this.#levels, tolerance))
      this.#giveUp(level, 'plateau')
    else if (this.load >= most) this.#giveUp(level, 'most')
    else this.load = Math.min(most, this.load + this.#step)
  }

  #follow(gauge: number): void {
    const { target, tolerance, least, most } = this.#goal
    this.#check.add(gauge)
    this.#smooth = this.#smooth === null ? gauge : SMOOTHING * gauge + (1 - SMOOTHING) * this.#smooth
    if (this.#smooth > target + tolerance) this.load = Math.max(least, this.load - this.#step)
    else if (this.#smooth < target - tolerance) this.load = Math.min(most, this.load + this.#step)
    if (this.phase === 'approach' && this.#check.isHeld) this.phase = 'hold'
  }

  #giveUp({ gauge, load }: Level, obstacle: LoadController['obstacle']): void {
    this.phase = 'unreachable'
    this.plateau = gauge
    this.obstacle = obstacle
    this.load = load
  }
}
