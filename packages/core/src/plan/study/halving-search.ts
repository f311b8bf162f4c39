import type { Random } from '../../dsl/random.ts'
import { spread } from './quasi-random.ts'
import { isFeasible, merit, type Ask, type Observation, type SearchStrategy } from './search-strategy.ts'
import type { StudySpace } from './space.ts'

export interface HalvingOptions {
  /** Configurations that are measured at the lowest fidelity. */
  readonly initial: number
  /** Of each round, one in so many goes on at most, and is measured so many times as long. */
  readonly factor: number
  /** Rounds, the last one at full length. */
  readonly rounds: number
}

/**
 * Successive halving (Jamieson & Talwalkar 2016) on the length of measurements: many configurations shortly, the best of
 * them longer. A configuration leaves because it is certainly worse than the best, by the intervals of both, or because a
 * round has no room for it; how many left for which reason is a note. Around the best of the last round all neighbours are
 * measured, until none is better.
 */
export class HalvingSearch implements SearchStrategy {
  readonly #space: StudySpace
  readonly #options: HalvingOptions
  #queue: number[]
  #round = 0
  #told = new Map<number, Observation>()
  readonly #full = new Map<number, Observation>()
  #certain = 0
  #crowded = 0
  #polishing = false

  constructor(space: StudySpace, start: number, random: Random, options: HalvingOptions) {
    this.#space = space
    this.#options = options
    const initial = spread(space, options.initial, random)
    this.#queue = [start, ...initial.filter((point) => point !== start)]
  }

  ask(): Ask | null {
    if (this.#queue.length === 0 && !this.#refill()) return null
    const point = this.#queue.shift()
    return point === undefined ? null : { point, fidelity: this.#fidelity() }
  }

  tell({ point, fidelity }: Ask, observation: Observation): void {
    this.#told.set(point, observation)
    if (fidelity === 1) this.#full.set(point, observation)
  }

  remaining(): number {
    const { initial, factor, rounds } = this.#options
    const later = Array.from({ length: Math.max(0, rounds - 1 - this.#round) }, (_, index) =>
      Math.ceil(initial / power(factor, this.#round + index + 1)),
    )
    return this.#queue.length + later.reduce((sum, count) => sum + count, 0)
  }

  notes(): readonly string[] {
    const left = this.#certain + this.#crowded
    return left === 0
      ? []
      : [
          `Of ${left} configurations that were left out after shorter measurements, ${this.#certain} were certainly worse than the best; ${this.#crowded} only looked worse.`,
        ]
  }

  #fidelity(): number {
    if (this.#polishing) return 1
    return 1 / power(this.#options.factor, this.#options.rounds - 1 - this.#round)
  }

  /** The next round, or the neighbours of the best. */
  #refill(): boolean {
    if (!this.#polishing && this.#round < this.#options.rounds - 1) {
      const kept = this.#survivors()
      this.#round += 1
      this.#told = new Map()
      this.#queue = [...kept]
      return this.#queue.length > 0
    }
    this.#polishing = true
    const [best] = [...this.#full].toSorted(([, one], [, other]) => merit(other) - merit(one))
    if (best === undefined) return false
    this.#queue = this.#space
      .at(best[0])
      .flatMap((value, axis) =>
        [value - 1, value + 1].flatMap(
          (other) => this.#space.find(this.#space.at(best[0]).with(axis, other)) ?? [],
        ),
      )
      .filter((point, index, all) => !this.#full.has(point) && all.indexOf(point) === index)
    return this.#queue.length > 0
  }

  #survivors(): readonly number[] {
    const ranked = [...this.#told].toSorted(([, one], [, other]) => merit(other) - merit(one))
    const room = Math.max(1, Math.ceil(ranked.length / this.#options.factor))
    const [leader] = ranked
    if (leader === undefined) return []
    const alive = ranked.filter(([, observation]) => !isCertainlyWorse(observation, leader[1]))
    this.#certain += ranked.length - alive.length
    this.#crowded += Math.max(0, alive.length - room)
    return alive.slice(0, room).map(([point]) => point)
  }
}

function isCertainlyWorse(one: Observation, best: Observation): boolean {
  if (one.score === null) return best.score !== null
  if (!isFeasible(best) || one.interval === undefined || best.interval === undefined) return false
  return one.interval[1] < best.interval[0]
}

function power(factor: number, exponent: number): number {
  let product = 1
  for (let index = 0; index < exponent; index++) product *= factor
  return product
}
