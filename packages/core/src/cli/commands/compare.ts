import { resolve } from 'node:path'
import { ExitCode } from '../../errors/servebench-error.ts'
import { compareResults, isRefused } from '../../report/compare.ts'
import { readResult } from '../../report/read-result.ts'
import { renderComparison } from '../../report/render-comparison.ts'
import { colorsWanted } from '../terminal.ts'

/** `servebench compare BASE [OTHER]` */
export async function compareCommand(
  base: string,
  other: string,
  options: { readonly json?: boolean; readonly force?: boolean },
): Promise<number> {
  const [first, second] = await Promise.all([readResult(resolve(base)), readResult(resolve(other))])
  const comparison = compareResults(first, second, { force: options.force ?? false })
  process.stdout.write(
    options.json
      ? `${JSON.stringify(comparison)}\n`
      : renderComparison(comparison, { colors: colorsWanted(), columns: process.stdout.columns ?? 100 }),
  )
  return isRefused(comparison) ? ExitCode.usage : ExitCode.ok
}
