import type { Ask, SearchStrategy } from './search-strategy.ts'

/** Points in a given order: a grid, a list, or a random sample. */
export class ListSearch implements SearchStrategy {
  readonly #points: readonly number[]
  #next = 0

  constructor(points: readonly number[]) {
    this.#points = points
  }

  ask(): Ask | null {
    const point = this.#points[this.#next]
    if (point === undefined) return null
    this.#next += 1
    return { point, fidelity: 1 }
  }

  tell(): void {}

  remaining(): number {
    return this.#points.length - this.#next
  }
}
