import { Outcome } from '../engine/outcome.ts'
import type { Nanos } from '../units/nanos.ts'

/** The first requests to a server, one after the other. */
export interface FirstAnswers {
  /** Intended start of the first request, on the trial's clock; `null` when none was due. */
  readonly from: Nanos | null
  /** From then to the first answer that was a success; `null` when there was none. */
  readonly first: Nanos | null
  /** Requests that did not succeed before that one. */
  readonly failedBefore: number
  /** Response times of the requests that were answered after it, sorted. */
  readonly warm: readonly Nanos[]
}

/** What the first requests show, in the order of their intended starts. */
export function firstAnswers({
  count,
  outcome,
  intended,
  completion,
}: {
  readonly count: number
  readonly outcome: Float64Array
  readonly intended: Float64Array
  readonly completion: Float64Array
}): FirstAnswers {
  const from = count === 0 ? null : (intended[0] as number)
  const answered = outcome.indexOf(Outcome.completed)
  if (from === null || answered < 0) return { from, first: null, failedBefore: count, warm: [] }
  const warm: Nanos[] = []
  for (let row = answered + 1; row < count; row++) {
    if (outcome[row] === Outcome.completed) warm.push((completion[row] as number) - (intended[row] as number))
  }
  return {
    from,
    first: (completion[answered] as number) - from,
    failedBefore: answered,
    warm: warm.sort((a, b) => a - b),
  }
}
