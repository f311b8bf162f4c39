import { messageOf } from '../../errors/plugin-error.ts'
import { FailureKind } from '../outcome.ts'

/** What happens from the answer of one step to the start of the next, in this order. */
export const Stage = { decode: 0, check: 1, next: 2, build: 3, start: 4 } as const
export type Stage = (typeof Stage)[keyof typeof Stage]

/** The stage whose outcome a stage goes on with. A check follows the result of a function as well as a decoded answer. */
export const BEFORE: Readonly<Record<Stage, Stage>> = {
  [Stage.decode]: Stage.decode,
  [Stage.check]: Stage.decode,
  [Stage.next]: Stage.check,
  [Stage.build]: Stage.next,
  [Stage.start]: Stage.build,
}

/** Problems that are told in full. */
const KEPT = 5
const LONGEST = 300

/** What went wrong between steps, in words, each once. */
export class GlueProblems {
  readonly #texts = new Set<string>()

  get texts(): readonly string[] {
    return [...this.#texts]
  }

  /** Why a chain failed in which a codec or a function of the bench file threw. */
  threw(step: string, runs: boolean, stage: Stage, error: unknown): FailureKind {
    const message = messageOf(error)
    switch (stage) {
      case Stage.decode:
        this.tell(`The answer of step '${step}' could not be decoded: ${message}`)
        return FailureKind.protocol
      case Stage.check:
        this.tell(`\`check\` of step '${step}' threw: ${message}`)
        return FailureKind.unexpected
      case Stage.next:
        this.tell(`\`input\` of step '${step}' threw: ${message}`)
        return FailureKind.input
      default:
        this.tell(
          runs
            ? `Step '${step}' threw: ${message}`
            : `Step '${step}' cannot be asked what \`input\` gave: ${message}`,
        )
        return runs ? FailureKind.application : FailureKind.input
    }
  }

  tell(problem: string): void {
    if (this.#texts.size < KEPT) this.#texts.add(problem.slice(0, LONGEST))
  }
}
