import { readFileSync } from 'node:fs'
import { importBenchFile, importsServebench } from './bench-file.ts'
import { relativePath, thrownProblem, type CollectProblem } from './collect-problem.ts'
import { collectScenario, type CollectedScenario, type CollectRequest } from './collect-scenario.ts'
import { reportError } from './error-report.ts'

export interface CollectNote {
  /** Relative to the root; `null`: about the whole collection. */
  readonly file: string | null
  readonly message: string
}

export interface CollectedFile {
  readonly scenarios: readonly CollectedScenario[]
  readonly problems: readonly CollectProblem[]
  readonly notes: readonly CollectNote[]
  /** Axes of all scenarios, also of those that a filter leaves out. */
  readonly axes: readonly string[]
  /** Cases that filters left out. */
  readonly filtered: number
}

/** Imports one bench file and plans all of its cases. Never throws for a reason that lies in the file. */
export async function collectFile(path: string, request: CollectRequest): Promise<CollectedFile> {
  const file = relativePath(request.root, path)
  const result = {
    scenarios: [] as CollectedScenario[],
    problems: [] as CollectProblem[],
    notes: [] as CollectNote[],
    axes: [] as string[],
    filtered: 0,
  }
  try {
    const text = readFileSync(path, 'utf8')
    if (!importsServebench(text)) {
      result.notes.push({
        file,
        message:
          "skipped: it does not import 'servebench' (vitest uses the same file names for its benchmarks).",
      })
      return result
    }
    const bench = await importBenchFile(path, text)
    if (bench.scenarios.length === 0) result.notes.push({ file, message: 'has no scenarios.' })
    for (const chain of bench.scenarios) {
      const collected = collectScenario({ path, file, digest: bench.digest, chain, request })
      result.axes.push(...collected.axes)
      result.filtered += collected.filtered
      result.problems.push(...collected.problems)
      result.notes.push(...collected.warnings.map((message) => ({ file, message })))
      if (collected.scenario !== undefined) result.scenarios.push(collected.scenario)
    }
  } catch (error) {
    result.problems.push(thrownProblem(request.root, path, reportError(error)))
  }
  return result
}
