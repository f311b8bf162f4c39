import { drawPareto, drawParetoRest } from '../../stats/draws/pareto.ts'
import type { Random } from '../../stats/prng.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { SelfSimilarPlan } from '../load-plan.ts'
import type { RatePath } from './modulated-poisson.ts'

/**
 * The summed rate of many sources, each on and off for Pareto times of infinite variance: what Ethernet and web traffic
 * look like over many time scales. Of shape α the sum is self-similar with Hurst parameter H = (3 − α) / 2.
 *
 * W. Willinger, M. Taqqu, R. Sherman, D. Wilson, *Self-similarity through high-variability*, IEEE/ACM ToN 5 (1997).
 */
export class OnOffSourcesPath implements RatePath {
  rate: number
  until: Nanos
  readonly #random: Random
  readonly #shape: number
  readonly #on: Nanos
  readonly #off: Nanos
  /** Of one source that is on. */
  readonly #sourceRate: number
  /** A binary heap of the sources by the instant of their next change. */
  readonly #next: Float64Array
  readonly #isOn: Uint8Array
  #active = 0

  constructor(plan: SelfSimilarPlan, random: Random) {
    const { rate, hurst, sources, on, off } = plan
    this.#random = random
    this.#shape = 3 - 2 * hurst
    this.#on = on
    this.#off = off
    this.#sourceRate = (rate / sources) * ((on + off) / on)
    this.#next = new Float64Array(sources)
    this.#isOn = new Uint8Array(sources)
    for (let source = 0; source < sources; source++) {
      const isOn = random.next() * (on + off) < on
      if (isOn) this.#active += 1
      this.#insert(source, (isOn ? on : off) * drawParetoRest(random, this.#shape), isOn ? 1 : 0)
    }
    this.rate = this.#active * this.#sourceRate
    this.until = this.#next[0] as number
  }

  jump(): void {
    const wasOn = this.#isOn[0] === 1
    this.#active += wasOn ? -1 : 1
    const time = (wasOn ? this.#off : this.#on) * drawPareto(this.#random, this.#shape)
    this.#sink((this.#next[0] as number) + time, wasOn ? 0 : 1)
    this.rate = this.#active * this.#sourceRate
    this.until = this.#next[0] as number
  }

  /** Puts the source of the first change where its following one belongs. */
  #sink(time: Nanos, isOn: number): void {
    const next = this.#next
    const size = next.length
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      if (child + 1 < size && (next[child + 1] as number) < (next[child] as number)) child += 1
      if (time <= (next[child] as number)) break
      next[hole] = next[child] as number
      this.#isOn[hole] = this.#isOn[child] as number
      hole = child
    }
    next[hole] = time
    this.#isOn[hole] = isOn
  }

  #insert(at: number, time: Nanos, isOn: number): void {
    const next = this.#next
    let hole = at
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if ((next[parent] as number) <= time) break
      next[hole] = next[parent] as number
      this.#isOn[hole] = this.#isOn[parent] as number
      hole = parent
    }
    next[hole] = time
    this.#isOn[hole] = isOn
  }
}
