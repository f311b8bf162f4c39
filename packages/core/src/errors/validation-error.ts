import { ServebenchError } from './servebench-error.ts'

/** One thing that is wrong with a piece of configuration. */
export interface Problem {
  /** Where, as a dotted path: `scenario 'a > b' · load.rate`. */
  readonly path: string
  /** What is wrong, in one sentence. */
  readonly message: string
  /** The most likely intended spelling, when there is one. */
  readonly suggestion?: string | undefined
  /** Where the value came from: `servebench.config.ts`, `--duration`, `SERVEBENCH_SEED`. */
  readonly origin?: string | undefined
}

/** All problems of a configuration, plan or file at once. */
export class ValidationError extends ServebenchError {
  override readonly name = 'ValidationError'
  readonly problems: readonly Problem[]

  constructor(
    subject: string,
    problems: readonly Problem[],
    details: { advice?: string; cause?: unknown } = {},
  ) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
    super(
      'SERVEBENCH_VALIDATION',
      `${subject} has ${count}:\n${problems.map(formatProblem).join('\n')}`,
      details,
    )
    this.problems = problems
  }
}

export function formatProblem(problem: Problem): string {
  const origin = problem.origin ? ` (from ${problem.origin})` : ''
  const suggestion = problem.suggestion ? ` Did you mean '${problem.suggestion}'?` : ''
  return `  ${problem.path}: ${problem.message}${suggestion}${origin}`
}
