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
 * round has no room for it; how many left for which reason is a note. Rounds race: what longer measurements of others have
 * shown to be certainly worse meanwhile gives its place to the next that had found no room. Around the best of the last
 * round all neighbours are measured, until none is better.
 */
export class HalvingSearch implements SearchStrategy {
  readonly #space: StudySpace
  readonly #options: HalvingOptions
  #queue: number[]
  /** Those for which the round has no room, the best first. */
  #waiting: number[] = []
  #round = 0
  #told = new Map<number, Observation>()
  /** Of the round before. */
  #earlier: ReadonlyMap<number, Observation> = new Map()
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
    for (;;) {
      if (this.#queue.length === 0 && !this.#refill()) return null
      const point = this.#queue.shift()
      if (point === undefined) return null
      // A place that nobody waits for is better used: what beats it may miss a constraint in the end.
      const next = this.#polishing || !this.#isBeaten(point) ? undefined : this.#waiting.shift()
      if (next === undefined) return { point, fidelity: this.#fidelity() }
      this.#certain += 1
      this.#queue.push(next)
    }
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
    const crowded = this.#crowded + this.#waiting.length
    const left = this.#certain + crowded
    return left === 0
      ? []
      : [
          `Of ${left} configurations that were left out after shorter measurements, ${this.#certain} were certainly worse than the best; ${crowded} only looked worse.`,
        ]
  }

  #fidelity(): number {
    if (this.#polishing) return 1
    return 1 / power(this.#options.factor, this.#options.rounds - 1 - this.#round)
  }

  /** The next round, or the neighbours of the best. */
  #refill(): boolean {
    if (!this.#polishing && this.#round < this.#options.rounds - 1) {
      this.#leave()
      const alive = this.#survivors()
      const room = this.#room()
      this.#round += 1
      this.#earlier = this.#told
      this.#told = new Map()
      this.#queue = alive.slice(0, room)
      this.#waiting = alive.slice(room)
      return this.#queue.length > 0
    }
    this.#leave()
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

  #room(): number {
    return Math.max(1, Math.ceil(this.#told.size / this.#options.factor))
  }

  #survivors(): readonly number[] {
    const ranked = this.#ranked()
    const [leader] = ranked
    if (leader === undefined) return []
    const alive = ranked.filter(([, observation]) => !isCertainlyWorse(observation, leader[1]))
    this.#certain += ranked.length - alive.length
    return alive.map(([point]) => point)
  }

  #ranked(): readonly (readonly [number, Observation])[] {
    return [...this.#told].toSorted(([, one], [, other]) => merit(other) - merit(one))
  }

  /** What the round before had shown of a point is certainly worse than the best of this round. */
  #isBeaten(point: number): boolean {
    const earlier = this.#earlier.get(point)
    const [best] = this.#ranked()
    if (earlier === undefined || best === undefined) return false
    const { score, interval } = earlier
    if (score === null || interval === undefined) return isCertainlyWorse(earlier, best[1])
    const shift = this.#shift()
    if (shift === null) return false
    const [low, high] = interval
    return isCertainlyWorse({ ...earlier, score, interval: [low + shift, high + shift] }, best[1])
  }

  /** By how much longer measurements are higher: the median over those measured in both rounds; `null` of fewer than two. */
  #shift(): number | null {
    const shifts = [...this.#told].flatMap(([point, { score }]) => {
      const before = this.#earlier.get(point)?.score ?? null
      return score === null || before === null ? [] : [score - before]
    })
    if (shifts.length < 2) return null
    shifts.sort((one, other) => one - other)
    const middle = shifts.length >> 1
    return shifts.length % 2 === 1
      ? (shifts[middle] as number)
      : ((shifts[middle - 1] as number) + (shifts[middle] as number)) / 2
  }

  /** Those that still wait when a round is over have found no room, or are beaten by now. */
  #leave(): void {
    for (const point of this.#waiting) {
      if (this.#isBeaten(point)) this.#certain += 1
      else this.#crowded += 1
    }
    this.#waiting = []
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
