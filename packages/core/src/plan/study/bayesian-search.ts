import type { Random } from '../../dsl/random.ts'
import { normalCdf } from '../../stats/special/normal.ts'
import { GaussianProcess, type Prediction } from './gaussian-process.ts'
import { spread } from './quasi-random.ts'
import { isFeasible, merit, type Ask, type Observation, type SearchStrategy } from './search-strategy.ts'
import type { StudySpace } from './space.ts'

/** More places than this are sampled: each costs a prediction. */
const MOST_CANDIDATES = 2000
/** A violation of a configuration that could not be measured: a factor of two. */
const BROKEN = Math.LN2

export interface BayesianOptions {
  /** Measured without a model first, evenly spread. */
  readonly initial: number
  /** The search ends after so many configurations in a row without a gain. */
  readonly patience: number
  /** Not before so many configurations. */
  readonly fewest: number
}

/**
 * Bayesian optimisation: two Gaussian processes, of the score and of how far constraints are missed, and next what has the
 * highest expected improvement times the probability that it keeps the constraints (Gardner et al. 2014). While nothing
 * keeps them, the most probable one.
 */
export class BayesianSearch implements SearchStrategy {
  readonly #space: StudySpace
  readonly #random: Random
  readonly #options: BayesianOptions
  readonly #queue: number[]
  readonly #seen = new Map<number, Observation>()
  #best: Observation | null = null
  #withoutGain = 0

  /** @param start measured first: the default configuration */
  constructor(space: StudySpace, start: number, random: Random, options: BayesianOptions) {
    this.#space = space
    this.#random = random
    this.#options = options
    this.#queue = [start, ...spread(space, options.initial, random).filter((point) => point !== start)]
  }

  ask(): Ask | null {
    const point = this.#queue.shift() ?? this.#propose()
    return point === null ? null : { point, fidelity: 1 }
  }

  tell({ point }: Ask, observation: Observation): void {
    this.#seen.set(point, observation)
    if (this.#best === null || merit(observation) > merit(this.#best)) {
      this.#best = observation
      this.#withoutGain = 0
    } else this.#withoutGain += 1
  }

  remaining(): number {
    if (this.#queue.length > 0)
      return this.#queue.length + Math.max(0, this.#options.fewest - this.#options.initial)
    const left = Math.max(
      this.#options.fewest - this.#seen.size,
      this.#options.patience - this.#withoutGain,
      0,
    )
    return Math.min(left, this.#space.size - this.#seen.size)
  }

  #propose(): number | null {
    const { patience, fewest } = this.#options
    if (this.#seen.size >= fewest && this.#withoutGain >= patience) return null
    const candidates = this.#candidates()
    if (candidates.length === 0) return null
    const entries = [...this.#seen]
    const measured = entries.filter(([, { score }]) => score !== null)
    const violations = new GaussianProcess(
      entries.map(([point]) => this.#space.features(point)),
      entries.map(([, { score, violation }]) => (score === null ? BROKEN : clamp(violation))),
    )
    const scores =
      measured.length === 0
        ? null
        : new GaussianProcess(
            measured.map(([point]) => this.#space.features(point)),
            measured.map(([, { score }]) => score as number),
          )
    const isLimited = entries.some(([, observation]) => !isFeasible(observation))
    const best = this.#best !== null && isFeasible(this.#best) ? this.#best.score : null
    let chosen: number | null = null
    let highest = -Infinity
    for (const point of candidates) {
      const features = this.#space.features(point)
      const feasible = isLimited ? probabilityBelow(violations.predict(features), 0) : 1
      const gain = scores === null || best === null ? 1 : improvement(scores.predict(features), best)
      if (feasible * gain > highest) {
        highest = feasible * gain
        chosen = point
      }
    }
    return chosen
  }

  #candidates(): readonly number[] {
    const { size } = this.#space
    if (size <= MOST_CANDIDATES)
      return Array.from({ length: size }, (_, point) => point).filter((point) => !this.#seen.has(point))
    return spread(this.#space, MOST_CANDIDATES, this.#random).filter((point) => !this.#seen.has(point))
  }
}

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI)

function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / ROOT_TWO_PI
}

/** Expected improvement over the best score (Mockus 1978). */
function improvement({ mean, deviation }: Prediction, best: number): number {
  const z = (mean - best) / deviation
  return (mean - best) * normalCdf(z) + deviation * normalDensity(z)
}

function probabilityBelow({ mean, deviation }: Prediction, limit: number): number {
  return normalCdf((limit - mean) / deviation)
}

/** One point that is far off must not flatten all others. */
function clamp(violation: number): number {
  return Math.max(-1, Math.min(1, violation))
}
