import type { Coordinate, StudySpace } from './space.ts'
import { isFeasible, merit, type Ask, type Observation, type SearchStrategy } from './search-strategy.ts'

/** How far neighbours of a coordinate are away, in steps of all axes together. */
const RADIUS = 3
/** A neighbourhood tells a direction as soon as it has this many measured points, and two values on each axis. */
const FEWEST = 3
/** Mean gain along an axis from which the search goes one, two and three steps. */
const THRESHOLDS = [0.09, 0.3, 1] as const

/**
 * Hill climbing by Model Analyzer's rules. Some points around the current one give a direction, the mean of their unit
 * vectors weighted by their gains; the search goes along it, up to three steps on each axis. Where that leads nowhere or
 * down, it goes back to the best point and looks at all that is next to it, until nothing next to it is better.
 *
 * Beyond those rules it looks along diagonals before it ends: where axes are limited together (`instances × threads`), the
 * way up leads from one to the other. An axis without an order has all of its values next to each other.
 */
export class QuickSearch implements SearchStrategy {
  readonly #space: StudySpace
  readonly #outside: (point: number) => boolean
  readonly #seen = new Map<number, Observation>()
  #home: number
  #best: number
  #slow = false
  /** The home is where a step has led: if that was not up, the search goes back. */
  #stepped = false
  #ended = false

  /**
   * @param start where the search begins: the default configuration
   * @param outside points that are next to nothing, such as a server as it is: their place on the axes is not known
   */
  constructor(space: StudySpace, start: number, outside: (point: number) => boolean = () => false) {
    this.#space = space
    this.#outside = outside
    this.#home = start
    this.#best = start
  }

  ask(): Ask | null {
    while (!this.#ended) {
      const point = this.#next()
      if (point !== null) return { point, fidelity: 1 }
    }
    return null
  }

  tell({ point }: Ask, observation: Observation): void {
    this.#seen.set(point, observation)
    const best = this.#seen.get(this.#best)
    if (best === undefined || merit(observation) > merit(best)) this.#best = point
  }

  /** Those next to the current best that are not known. */
  remaining(): number {
    if (this.#ended) return 0
    return Math.max(1, this.#adjacent(this.#best).filter((point) => !this.#seen.has(point)).length)
  }

  /** A point to measure; `null` when the search has moved, or ended. */
  #next(): number | null {
    if (!this.#seen.has(this.#home)) return this.#home
    if (this.#home !== this.#best && (this.#slow || this.#stepped)) {
      this.#slow = true
      this.#stepped = false
      this.#home = this.#best
      return null
    }
    this.#stepped = false
    return this.#slow ? this.#lookAround() : this.#climb()
  }

  #climb(): number | null {
    const neighbours = this.#neighbours()
    const known = neighbours.filter((point) => this.#seen.has(point))
    if (known.length + 1 < FEWEST || this.#uncovered(known).length > 0) {
      const point = this.#mostTelling(neighbours, known)
      if (point !== null) return point
    }
    const target = this.#step(known)
    if (target === null || this.#seen.has(target)) this.#slow = true
    else {
      this.#home = target
      this.#stepped = true
      return target
    }
    return null
  }

  #lookAround(): number | null {
    const next = this.#adjacent(this.#home).find((point) => !this.#seen.has(point))
    if (next !== undefined) return next
    const diagonal = this.#diagonal(this.#home).find((point) => !this.#seen.has(point))
    if (diagonal !== undefined) return diagonal
    this.#ended = true
    return null
  }

  #find(coordinate: Coordinate): number | null {
    const point = this.#space.find(coordinate)
    return point === null || this.#outside(point) ? null : point
  }

  #neighbours(): readonly number[] {
    const home = this.#space.at(this.#home)
    const found = new Set<number>()
    const visit = (axis: number, coordinate: readonly number[], left: number): void => {
      if (axis === home.length) {
        const point = this.#find(coordinate)
        if (point !== null && point !== this.#home) found.add(point)
        return
      }
      for (const value of this.#near(axis, home[axis] as number, Math.floor(Math.sqrt(left)))) {
        const away = this.#distance(axis, value, home[axis] as number)
        visit(axis + 1, [...coordinate, value], left - away * away)
      }
    }
    visit(0, [], RADIUS * RADIUS)
    return [...found]
  }

  /** Values of an axis that are at most so many steps away. */
  #near(axis: number, value: number, steps: number): readonly number[] {
    const count = this.#space.axes[axis]?.values.length ?? 1
    return Array.from({ length: count }, (_, other) => other).filter(
      (other) => this.#distance(axis, other, value) <= steps,
    )
  }

  #distance(axis: number, one: number, other: number): number {
    if (this.#space.axes[axis]?.ordered === false) return one === other ? 0 : 1
    return Math.abs(one - other)
  }

  /** Axes on which only one value is known, of those that have more. */
  #uncovered(known: readonly number[]): readonly number[] {
    const home = this.#space.at(this.#home)
    return home.flatMap((value, axis) => {
      const constant = (this.#space.axes[axis]?.values.length ?? 1) < 2
      return constant || known.some((point) => this.#space.at(point)[axis] !== value) ? [] : [axis]
    })
  }

  /** The unknown neighbour that differs on most axes of which nothing is known; the nearest of these. */
  #mostTelling(neighbours: readonly number[], known: readonly number[]): number | null {
    const home = this.#space.at(this.#home)
    const axes = this.#uncovered(known)
    let best: { readonly point: number; readonly covers: number; readonly away: number } | null = null
    for (const point of neighbours) {
      if (this.#seen.has(point)) continue
      const at = this.#space.at(point)
      const covers = axes.filter((axis) => at[axis] !== home[axis]).length
      const away = at.reduce((sum, value, axis) => sum + this.#distance(axis, value, home[axis] as number), 0)
      if (best === null || covers > best.covers || (covers === best.covers && away < best.away))
        best = { point, covers, away }
    }
    return best?.point ?? null
  }

  /** Where the mean of the measured gains leads to; shorter steps where that is not allowed. */
  #step(known: readonly number[]): number | null {
    const home = this.#space.at(this.#home)
    const from = this.#seen.get(this.#home) as Observation
    const vector = home.map(() => 0)
    for (const point of known) {
      const to = this.#space.at(point)
      const length = Math.hypot(...to.map((value, axis) => value - (home[axis] as number)))
      const gain = gainOf(from, this.#seen.get(point) as Observation)
      for (const [axis, value] of to.entries())
        vector[axis] = (vector[axis] as number) + ((value - (home[axis] as number)) / length) * gain
    }
    const steps = vector.map((sum) => {
      const mean = sum / Math.max(1, known.length)
      return Math.sign(mean) * THRESHOLDS.filter((threshold) => Math.abs(mean) >= threshold).length
    })
    for (let scale = 1; scale > 0.2; scale /= 2) {
      const target = this.#find(this.#move(home, steps, scale))
      if (target !== null) return target === this.#home ? null : target
    }
    return null
  }

  #move(home: Coordinate, steps: readonly number[], scale: number): Coordinate {
    return home.map((value, axis) => {
      const last = (this.#space.axes[axis]?.values.length ?? 1) - 1
      return Math.min(last, Math.max(0, value + Math.round((steps[axis] as number) * scale)))
    })
  }

  /** One step on one axis. */
  #adjacent(point: number): readonly number[] {
    const home = this.#space.at(point)
    return this.#allowed(
      home.flatMap((value, axis) =>
        this.#near(axis, value, 1)
          .filter((other) => other !== value)
          .map((other) => home.with(axis, other)),
      ),
    )
  }

  /** One step on two axes, in opposite directions. */
  #diagonal(point: number): readonly number[] {
    const home = this.#space.at(point)
    const ordered = home.flatMap((_, axis) => (this.#space.axes[axis]?.ordered === true ? [axis] : []))
    return this.#allowed(
      ordered.flatMap((up) =>
        ordered
          .filter((down) => down !== up)
          .map((down) => home.with(up, (home[up] as number) + 1).with(down, (home[down] as number) - 1)),
      ),
    )
  }

  #allowed(coordinates: readonly Coordinate[]): readonly number[] {
    return [...new Set(coordinates.flatMap((coordinate) => this.#find(coordinate) ?? []))]
  }
}

/** Relative gain, at most a doubling either way; a point that keeps the constraints is one against all that misses them. */
function gainOf(from: Observation, to: Observation): number {
  if (isFeasible(from) !== isFeasible(to)) return isFeasible(to) ? 1 : -1
  const difference =
    from.score === null || to.score === null
      ? Number(from.score === null) - Number(to.score === null)
      : isFeasible(from)
        ? to.score - from.score
        : from.violation - to.violation
  return Math.max(-1, Math.min(1, Math.exp(difference) - 1))
}
