import { resolve } from 'node:path'
import { ExitCode } from '../../errors/servebench-error.ts'
import { compareResults, isRefused } from '../../report/compare.ts'
import { DEFAULT_COMPARISON } from '../../report/comparison-settings.ts'
import { readResult } from '../../report/read-result.ts'
import { renderComparison } from '../../report/render-comparison.ts'
import { comparisonSettings, type ComparisonValues } from '../baseline.ts'
import { colorsWanted } from '../terminal.ts'

/** `servebench compare BASE [OTHER]` */
export async function compareCommand(
  base: string,
  other: string,
  options: ComparisonValues & { readonly json?: boolean; readonly force?: boolean },
): Promise<number> {
  const settings = comparisonSettings(DEFAULT_COMPARISON, options)
  const [first, second] = await Promise.all([readResult(resolve(base)), readResult(resolve(other))])
  const comparison = compareResults(first, second, { force: options.force ?? false, settings })
  process.stdout.write(
    options.json
      ? `${JSON.stringify(comparison)}\n`
      : renderComparison(comparison, { colors: colorsWanted(), columns: process.stdout.columns ?? 100 }),
  )
  if (isRefused(comparison)) return ExitCode.usage
  return comparison.verdict === 'regression' ? ExitCode.failed : ExitCode.ok
}
