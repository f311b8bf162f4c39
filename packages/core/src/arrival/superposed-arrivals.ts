import { ServebenchError } from '../errors/servebench-error.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Arrivals } from './arrivals.ts'
import type { RateSegment } from './load-plan.ts'

/** The arrivals of several loads together; of equal instants, that of the earlier load comes first. */
export class SuperposedArrivals implements Arrivals {
  readonly #parts: readonly Arrivals[]

  constructor(parts: readonly Arrivals[]) {
    this.#parts = parts
  }

  get segments(): readonly RateSegment[] {
    return []
  }

  peek(): Nanos {
    const part = this.#pending()
    return part === undefined ? Infinity : part.peek()
  }

  skip(count: number): number {
    for (let left = count; left > 0; left--) {
      const part = this.#pending()
      if (part === undefined) return left
      part.skip(1)
    }
    return 0
  }

  pass(): void {
    this.#pending()?.pass()
  }

  begin(at: Nanos): void {
    for (const part of this.#parts) part.begin(at)
  }

  append(): never {
    throw new ServebenchError(
      'SERVEBENCH_LOAD',
      'Superposed loads have rates of their own: there is none to change for all of them.',
    )
  }

  /** The part whose arrival is the next. */
  #pending(): Arrivals | undefined {
    let earliest = Infinity
    let pending: Arrivals | undefined
    for (let index = 0; index < this.#parts.length; index++) {
      const part = this.#parts[index] as Arrivals
      const due = part.peek()
      if (due < earliest) {
        earliest = due
        pending = part
      }
    }
    return pending
  }
}
