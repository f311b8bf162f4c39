import type { PlantReading } from '../../stats/control/plant-reading.ts'
import { drawNormal } from '../../stats/draws/normal.ts'
import type { Random } from '../../stats/prng.ts'

export interface PlantOptions {
  /** The gauge, and completions per second, in the long run at a constant load. */
  readonly curve: (load: number) => { readonly gauge: number; readonly throughput: number }
  readonly ceiling?: number
  /** Share of the remaining way that the gauge goes in a period; 1 by default. */
  readonly response?: number
  /** Periods until a load shows at all. */
  readonly deadTime?: number
  /** Standard deviation of a reading. */
  readonly noise?: number
  /** Readings are multiples of this. */
  readonly quantum?: number
}

/** Enough that counts are certain. */
const COMPLETED_PER_THROUGHPUT = 1000

/** A simulated target under control: one reading per period of constant load. */
export class Plant {
  /** The gauge without noise. */
  level: number
  readonly #options: PlantOptions
  readonly #random: Random
  readonly #loads: number[] = []

  constructor(options: PlantOptions, random: Random) {
    this.#options = options
    this.#random = random
    this.level = options.curve(0).gauge
  }

  read(load: number): PlantReading {
    const { curve, response = 1, deadTime = 0, noise = 0, quantum = 0, ceiling = 1 } = this.#options
    this.#loads.push(load)
    const felt = this.#loads[this.#loads.length - 1 - deadTime] ?? 0
    this.level += response * (curve(felt).gauge - this.level)
    const noisy = this.level + (noise === 0 ? 0 : noise * drawNormal(this.#random))
    const bounded = Math.min(ceiling, Math.max(0, noisy))
    const gauge = quantum === 0 ? bounded : Math.round(bounded / quantum) * quantum
    const { throughput } = curve(load)
    return { gauge, throughput, completed: COMPLETED_PER_THROUGHPUT * throughput }
  }
}

/**
 * Utilisation of one server by users who think: exact mean value analysis of the closed network, between whole numbers
 * of users along a line. With a service time of 1 the throughput is the utilisation.
 */
export function closedNetwork(service: number, think: number): PlantOptions['curve'] {
  const known = [0]
  const queues = [0]
  const at = (users: number): number => {
    for (let n = known.length; n <= users; n++) {
      const response = service * (1 + (queues[n - 1] as number))
      const throughput = n / (think + response)
      queues.push(throughput * response)
      known.push(throughput * service)
    }
    return known[users] as number
  }
  return (load) => {
    const whole = Math.floor(load)
    const gauge = at(whole) + (at(whole + 1) - at(whole)) * (load - whole)
    return { gauge, throughput: gauge / service }
  }
}
