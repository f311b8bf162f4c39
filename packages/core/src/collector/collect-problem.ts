import { relative } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import { formatProblem, type Problem } from '../errors/validation-error.ts'
import type { ScenarioChain } from '../dsl/tree.ts'
import type { ErrorReport } from './error-report.ts'

/** Something wrong with a bench file. */
export interface CollectProblem {
  /** Relative to the root. */
  readonly file: string
  readonly line: number | null
  readonly column: number | null
  /** The scenario it belongs to; `null`: the whole file. */
  readonly scenario: readonly string[] | null
  readonly message: string
  readonly advice: string | null
  /** The source around the place. */
  readonly frame: string | null
  /** Frames of the stack inside the user's files. */
  readonly stack: readonly string[]
}

export function relativePath(root: string, file: string): string {
  return relative(root, file).replaceAll('\\', '/')
}

/** A problem from something that was thrown. */
export function thrownProblem(
  root: string,
  file: string,
  report: ErrorReport,
  context?: { readonly scenario: readonly string[]; readonly what: string },
): CollectProblem {
  const place = report.place
  return {
    file: relativePath(root, place?.file ?? file),
    line: place?.line ?? null,
    column: place?.column ?? null,
    scenario: context?.scenario ?? null,
    message: context === undefined ? report.message : `${context.what} threw: ${report.message}`,
    advice: report.advice,
    frame: report.frame,
    stack: report.stack,
  }
}

/** One problem for all that is wrong with the options of a scenario or a study. */
export function optionsProblem(
  root: string,
  file: string,
  { path, scenario: { place, study } }: ScenarioChain,
  problems: readonly Problem[],
): CollectProblem {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  return {
    file: relativePath(root, file),
    line: place?.line ?? null,
    column: place?.column ?? null,
    scenario: path,
    message: `${study ? 'Study' : 'Scenario'} '${path.join(' > ')}' has ${count}:\n${problems.map(formatProblem).join('\n')}`,
    advice: null,
    frame: null,
    stack: [],
  }
}

/** The problem as text: place, message, code frame, stack, advice. */
export function formatCollectProblem(problem: CollectProblem): string {
  const position =
    problem.line === null ? '' : `:${problem.line}${problem.column === null ? '' : `:${problem.column}`}`
  const parts = [`${problem.file}${position}`, problem.message]
  if (problem.frame !== null) parts.push('', problem.frame)
  if (problem.stack.length > 1) parts.push('', ...problem.stack.map((line) => `  ${line}`))
  if (problem.advice !== null) parts.push('', problem.advice)
  return parts.join('\n')
}

/** All problems of a collection as one error, for a command that cannot go on. */
export class CollectError extends ServebenchError {
  override readonly name = 'CollectError'
  readonly problems: readonly CollectProblem[]

  constructor(problems: readonly CollectProblem[]) {
    const count =
      problems.length === 1 ? 'A bench file has a problem' : `Bench files have ${problems.length} problems`
    super('SERVEBENCH_BENCH_FILE', `${count}:\n\n${problems.map(formatCollectProblem).join('\n\n')}`)
    this.problems = problems
  }
}
