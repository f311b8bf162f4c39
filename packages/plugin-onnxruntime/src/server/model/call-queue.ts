import type { WaitingList } from './batch-decision.ts'
import type { InferenceCall } from './inference-call.ts'

const COMPACT_AT = 1024

/** Requests in the order of arrival; taking from the front costs the same at any length. */
export class CallQueue implements WaitingList {
  #calls: (InferenceCall | undefined)[] = []
  #front = 0

  get length(): number {
    return this.#calls.length - this.#front
  }

  at(index: number): InferenceCall {
    return this.#calls[this.#front + index] as InferenceCall
  }

  push(call: InferenceCall): void {
    this.#calls.push(call)
  }

  /** Removes the first `count` requests. */
  take(count: number): InferenceCall[] {
    const taken: InferenceCall[] = []
    for (let index = 0; index < count; index++) {
      taken.push(this.#calls[this.#front] as InferenceCall)
      // A reference from the used part would keep an answered request alive until the array is compacted.
      this.#calls[this.#front] = undefined
      this.#front += 1
    }
    if (this.#front === this.#calls.length || this.#front >= COMPACT_AT) {
      this.#calls = this.#calls.slice(this.#front)
      this.#front = 0
    }
    return taken
  }

  /** Puts requests back to the front. */
  restore(calls: readonly InferenceCall[]): void {
    this.#calls = [...calls, ...this.#calls.slice(this.#front)]
    this.#front = 0
  }

  /** Whether the request was still waiting. */
  remove(call: InferenceCall): boolean {
    const index = this.#calls.indexOf(call, this.#front)
    if (index < 0) return false
    this.#calls.splice(index, 1)
    return true
  }
}
