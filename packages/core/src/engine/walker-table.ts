/** In place of a walker: a request that nothing follows. */
export const NO_WALKER = -1

/**
 * Those who make one request after another: users of a closed loop, and sequences. One row each, as columns; rows are
 * reused, the table doubles when it is full.
 */
export class WalkerTable {
  stream: Uint8Array = new Uint8Array(64)
  /** The user's number, −1 for a sequence that arrived by itself. */
  user: Int32Array = new Int32Array(64)
  /** The stage that brought it in. */
  stage: Int32Array = new Int32Array(64)
  unit: Float64Array = new Float64Array(64)
  /** Step within the unit that is due next; 0: a new unit. */
  step: Int32Array = new Int32Array(64)
  /** When it becomes due again, while it waits for the next turn. */
  due: Float64Array = new Float64Array(64)
  /** When a user's present unit was due. */
  began: Float64Array = new Float64Array(64)
  #free: Int32Array = new Int32Array(64)
  #freeCount = 0
  #used = 0

  take(stream: number, user: number, stage: number, unit: number): number {
    let walker: number
    if (this.#freeCount > 0) {
      this.#freeCount -= 1
      walker = this.#free[this.#freeCount] as number
    } else {
      if (this.#used === this.stream.length) this.#grow()
      walker = this.#used
      this.#used += 1
    }
    this.stream[walker] = stream
    this.user[walker] = user
    this.stage[walker] = stage
    this.unit[walker] = unit
    this.step[walker] = 0
    return walker
  }

  release(walker: number): void {
    this.#free[this.#freeCount] = walker
    this.#freeCount += 1
  }

  #grow(): void {
    const size = this.stream.length * 2
    const stream = new Uint8Array(size)
    stream.set(this.stream)
    this.stream = stream
    const unit = new Float64Array(size)
    unit.set(this.unit)
    this.unit = unit
    const due = new Float64Array(size)
    due.set(this.due)
    this.due = due
    const began = new Float64Array(size)
    began.set(this.began)
    this.began = began
    this.user = grownIntegers(this.user)
    this.stage = grownIntegers(this.stage)
    this.step = grownIntegers(this.step)
    this.#free = grownIntegers(this.#free)
  }
}

function grownIntegers(column: Int32Array): Int32Array {
  const larger = new Int32Array(column.length * 2)
  larger.set(column)
  return larger
}
