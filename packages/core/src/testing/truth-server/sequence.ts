import type { JsonObject } from '../../units/json.ts'

export interface SequenceStep {
  readonly id: number
  readonly start: boolean
  readonly end: boolean
  readonly value: number
}

interface State {
  sum: number
  steps: number
  digest: number
}

/**
 * Stateful answers: per sequence the sum of its values, and a digest that two orders of the same values do not share.
 * A step without a start, or a second start, is an error: that is how a lost or overtaken request shows.
 */
export class Sequences {
  readonly #open = new Map<number, State>()

  /** The answer, or the sentence that says what is wrong. */
  step(step: SequenceStep): JsonObject | string {
    if (!Number.isFinite(step.id) || step.id === 0) return 'The request has no sequence id.'
    if (!Number.isFinite(step.value)) return `Sequence ${step.id}: the request has no value.`
    const known = this.#open.get(step.id)
    if (step.start && known !== undefined) return `Sequence ${step.id} is already open.`
    if (!step.start && known === undefined) return `Sequence ${step.id} was not started.`
    const state = known ?? { sum: 0, steps: 0, digest: 0 }
    state.sum += step.value
    state.steps += 1
    state.digest = (Math.imul(state.digest, 31) + step.value) >>> 0
    if (step.end) this.#open.delete(step.id)
    else this.#open.set(step.id, state)
    return { sequence: step.id, sum: state.sum, steps: state.steps, digest: state.digest }
  }

  /** Sequences that have started and not ended. */
  get open(): number {
    return this.#open.size
  }
}
