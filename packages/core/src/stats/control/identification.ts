import { isFlat } from './flatness.ts'
import type { ControlGoal, Level, PlantReading } from './plant-reading.ts'

/** A level is left when two periods agree, or after the most. */
const FEWEST_PERIODS = 2
const MOST_PERIODS = 5
/** A level without gain is looked at for longer: what it does may come late. */
const CONFIRMATION = 3
/** From one load to the next. */
const LEAST_STEP = 1.25
const LARGEST_STEP = 2
/** A peak this near to the target is looked at more closely, as a share of the target. */
const NEAR = 0.25
/** The least load that comes within this share of the plateau is the one to name. */
const KNEE = 0.95

/** What was learned: a load that should bring the target, and by how much the gauge rises with the load there. */
export interface Identified {
  readonly load: number
  readonly slope: number
  /** No more load than this: beyond, the gauge has fallen. */
  readonly most: number
}

/**
 * Raises the load step by step: at most twofold, and less the nearer the target is, so that a gauge that grows in
 * proportion, or slower, is met from below. It ends when the gauge is at the target, or when more load is of no avail.
 */
export class Identification {
  load: number
  found: Identified | null = null
  plateau: {
    readonly gauge: number
    readonly load: number
    readonly obstacle: 'plateau' | 'most' | 'least'
  } | null = null
  readonly #goal: ControlGoal
  readonly #levels: Level[] = []
  /** Loads beside a peak that are still to be looked at; `null` before there was one. */
  #probes: number[] | null = null
  #seen: PlantReading[] = []
  #wanted = 0

  constructor(goal: ControlGoal) {
    this.#goal = goal
    this.load = goal.from
  }

  tick(reading: PlantReading): void {
    const { target, tolerance } = this.#goal
    this.#seen.push(reading)
    const count = this.#seen.length
    const last = this.#seen.at(-1) as PlantReading
    const before = this.#seen.at(-2)
    if (before === undefined || count < this.#wanted) return
    const agree = Math.abs(last.gauge - before.gauge) <= 2 * tolerance
    const enough = count >= FEWEST_PERIODS && (agree || count >= Math.max(this.#wanted, MOST_PERIODS))
    const isThere = (last.gauge + before.gauge) / 2 >= target - tolerance
    if (!enough && !isThere) return
    const level = {
      load: this.load,
      gauge: (last.gauge + before.gauge) / 2,
      ...this.#throughput(),
    }
    if (isThere) return this.#cross(level)
    if (this.#wanted === 0 && this.#probes === null && isFlat(level, this.#levels, tolerance)) {
      this.#wanted = count + CONFIRMATION
      return
    }
    this.#levels.push(level)
    this.#next(level)
  }

  #next(level: Level): void {
    const { target, tolerance, most, whole } = this.#goal
    if (this.#probes !== null) return this.#probe()
    if (this.#wanted > 0 && isFlat(level, this.#levels, tolerance)) {
      this.#probes = this.#besidePeak()
      return this.#probe()
    }
    if (this.load >= most) {
      this.plateau = { gauge: level.gauge, load: level.load, obstacle: 'most' }
      return
    }
    const factor = Math.min(LARGEST_STEP, Math.max(LEAST_STEP, target / Math.max(level.gauge, target / 10)))
    const next = this.load * factor
    this.#go(Math.min(most, whole ? Math.max(this.load + 1, Math.round(next)) : next))
  }

  #go(load: number): void {
    this.load = load
    this.#seen = []
    this.#wanted = 0
  }

  /** The first period of a level may still be of the one before. */
  #throughput(): Pick<PlantReading, 'throughput' | 'completed'> {
    const seen = this.#seen.slice(1)
    const sum = (value: (reading: PlantReading) => number): number =>
      seen.reduce((total, reading) => total + value(reading), 0)
    return {
      throughput: sum(({ throughput }) => throughput) / seen.length,
      completed: sum(({ completed }) => completed),
    }
  }

  #peak(): Level {
    return this.#levels.reduce((best, level) => (level.gauge > best.gauge ? level : best))
  }

  /** Where the gauge falls again, its peak may lie between two of the loads, and above the target. */
  #besidePeak(): number[] {
    const { target, whole } = this.#goal
    const peak = this.#peak()
    if (peak.gauge < target * (1 - NEAR)) return []
    const at = this.#levels.indexOf(peak)
    const neighbours = [this.#levels[at - 1], this.#levels[at + 1]].filter((level) => level !== undefined)
    const between = neighbours.map(({ load }) => Math.sqrt(load * peak.load))
    const loads = whole ? between.map(Math.round) : between
    return loads.filter((load) => this.#levels.every((level) => level.load !== load)).sort((a, b) => a - b)
  }

  #probe(): void {
    const probe = this.#probes?.shift()
    if (probe !== undefined) return this.#go(probe)
    const peak = this.#peak()
    const top = this.#levels.filter(({ gauge }) => gauge >= KNEE * peak.gauge)
    // The largest of several noisy readings would be too large.
    const gauge = top.reduce((sum, level) => sum + level.gauge, 0) / top.length
    this.plateau = { gauge, load: Math.min(...top.map(({ load }) => load)), obstacle: 'plateau' }
  }

  /** The target lies at this level, or between it and the one below. */
  #cross(level: Level): void {
    const { target, tolerance, most, least, whole } = this.#goal
    const below = this.#levels.toSorted((a, b) => a.load - b.load).findLast(({ load }) => load < level.load)
    const above = this.#levels.filter(({ load }) => load > level.load).map(({ load }) => load)
    const secant = level.gauge / level.load
    if (below === undefined && whole && level.load <= least && level.gauge > target + tolerance) {
      this.plateau = { gauge: level.gauge, load: level.load, obstacle: 'least' }
      return
    }
    const local = below === undefined ? secant : (level.gauge - below.gauge) / (level.load - below.load)
    // Noise must make the gain of the controller neither huge nor nothing.
    const slope = Math.min(1.5 * secant, Math.max(0.25 * secant, local))
    const load = Math.min(most, Math.max(least, level.load + (target - level.gauge) / slope))
    this.#levels.push(level)
    this.found = { load, slope, most: Math.min(most, ...above) }
  }
}
