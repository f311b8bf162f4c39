import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ServebenchError } from '../errors/servebench-error.ts'
import { collectTree } from '../dsl/registry.ts'
import { listScenarios, type ScenarioChain } from '../dsl/tree.ts'
import { installLoader } from './loader.ts'

/** A bench file that has been imported in this thread. */
export interface BenchFile {
  /** SHA-256 of its text, hexadecimal. */
  readonly digest: string
  readonly scenarios: readonly ScenarioChain[]
}

/** Imports a bench file; what its modules throw is thrown on. */
export async function importBenchFile(
  path: string,
  text: string = readFileSync(path, 'utf8'),
): Promise<BenchFile> {
  const loader = installLoader()
  const nodes = await collectTree(() => loader.import(path))
  return { digest: digestOf(text), scenarios: listScenarios(nodes) }
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Whether a text imports servebench: `*.bench.ts` is what vitest calls its benchmarks too. */
export function importsServebench(text: string): boolean {
  return /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])servebench(?:\/[^'"]*)?\1/.test(
    text.replace(/\bimport\s+type\b[^;'"]*['"][^'"]*['"]/g, ''),
  )
}

/** A plan names a function of a bench file whose text is another one by now. */
export function staleFileError(file: string): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_BENCH_FILE_CHANGED',
    `The bench file ${file} has changed since it was collected.`,
    {
      advice: 'Run it again; nothing of the changed file was measured.',
    },
  )
}
