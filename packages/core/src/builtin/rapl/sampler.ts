import type { CreateSampler, Gauge, Sampler } from '../../session.ts'
import { CounterFile } from '../host-sampler/counter-file.ts'
import type { RaplSettings } from './settings.ts'
import { energyBetween, findZones, type Zone } from './zones.ts'

/** After this long without a reading a counter may have started again more than once. */
const LONGEST_SECONDS = 60

export const createSampler: CreateSampler = (options, { warn }) => {
  const { path, period } = options as unknown as RaplSettings
  return new RaplSampler(findZones(path, warn), period)
}

/** Power as the difference of energy counters over the time between two readings. */
class RaplSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #counters: readonly CounterFile[]
  readonly #ranges: readonly number[]
  readonly #before: Float64Array
  #at = NaN

  constructor(zones: readonly Zone[], period: number) {
    this.gauges = zones.map(({ gauge }) => gauge)
    this.period = period
    this.#ranges = zones.map(({ range }) => range)
    this.#before = new Float64Array(zones.length).fill(NaN)
    this.#counters = zones.map(({ counter }) => new CounterFile(counter))
  }

  read(into: Float64Array, now: number): void {
    const seconds = (now - this.#at) / 1e9
    this.#at = now
    const isKnown = seconds > 0 && seconds <= LONGEST_SECONDS
    for (const [index, counter] of this.#counters.entries()) {
      const microjoules = counter.read()
      const spent = energyBetween(this.#before[index] as number, microjoules, this.#ranges[index] as number)
      into[index] = isKnown ? spent / 1e6 / seconds : NaN
      this.#before[index] = microjoules
    }
  }

  dispose(): void {
    for (const counter of this.#counters) counter.close()
  }
}
