import { ServebenchError } from '../errors/servebench-error.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import type { RateSegment } from './load-plan.ts'
import type { PointProcess } from './point-process.ts'

/** Instants that a process gives as such. One in a steady state runs from the start; others wait for their beginning. */
export class GivenArrivals implements Arrivals {
  readonly #process: PointProcess
  #origin: Nanos
  #point: Nanos

  constructor(process: PointProcess) {
    this.#process = process
    this.#origin = process.steady === true ? 0 : Infinity
    this.#point = process.next()
  }

  get segments(): readonly RateSegment[] {
    return []
  }

  peek(): Nanos {
    // A source that has not read on yet gives NaN: it is asked again.
    if (Number.isNaN(this.#point)) this.#point = this.#process.next()
    return Number.isNaN(this.#point) ? Infinity : this.#origin + this.#point
  }

  skip(count: number): number {
    let left = count
    for (; left > 0 && this.peek() < Infinity; left--) this.#point = this.#process.next()
    return left
  }

  pass(): void {}

  begin(at: Nanos): void {
    if (this.#origin === Infinity) this.#origin = at
  }

  append(): never {
    throw new ServebenchError(
      'SERVEBENCH_LOAD',
      'The arrivals of this load are given instants: it has no rate to change.',
    )
  }
}
