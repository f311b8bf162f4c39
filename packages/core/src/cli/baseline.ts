import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { Log } from '../hooks/plugin.ts'
import { writeFileAtomically } from '../report/atomic-file.ts'
import { explainDifference } from '../report/compare.ts'
import { findEnvironmentDifferences } from '../report/compare-conditions.ts'
import {
  parseThresholds,
  readComparisonSettings,
  type ComparisonSettings,
} from '../report/comparison-settings.ts'
import { captureEnvironment } from '../report/environment.ts'
import { readResult } from '../report/read-result.ts'
import type { RunResult } from '../report/result.ts'
import type { BaselineRequest } from '../runner/run-request.ts'

/** The options of the command line about comparisons. */
export interface ComparisonValues {
  readonly level?: string
  readonly threshold?: readonly string[]
}

export interface BaselineValues extends ComparisonValues {
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly force?: boolean
}

/**
 * `--level` and `--threshold` over what the configuration says.
 * @throws {ValidationError}
 */
export function comparisonSettings(
  settings: ComparisonSettings,
  values: ComparisonValues,
): ComparisonSettings {
  const problems: Problem[] = []
  const thresholds = parseThresholds(problems, values.threshold ?? [])
  const merged = readComparisonSettings(
    problems,
    {
      ...settings,
      ...(values.level === undefined ? {} : { level: Number(values.level) }),
      thresholds: { ...settings.thresholds, ...thresholds },
    },
    'comparison',
  )
  if (merged === undefined || problems.length > 0) {
    throw new ValidationError('The options of the comparison', problems)
  }
  return merged
}

/**
 * Reads the baseline before anything is measured: what is wrong with it must not come to light at the end.
 * @returns `null` without `--baseline`, and where `--update-baseline` makes the first one
 * @throws {ServebenchError} `SERVEBENCH_BASELINE`, and those of {@link readResult}
 */
export async function openBaseline(
  values: BaselineValues,
  settings: ComparisonSettings,
): Promise<BaselineRequest | null> {
  const { baseline, updateBaseline = false, force = false } = values
  if (baseline === undefined) {
    if (!updateBaseline) return null
    throw new ServebenchError('SERVEBENCH_BASELINE', '--update-baseline does not say which file to write.', {
      advice: 'Name it: --baseline baseline.json --update-baseline.',
    })
  }
  const path = resolve(baseline)
  if (updateBaseline && (!path.endsWith('.json') || isFolder(path))) {
    throw new ServebenchError('SERVEBENCH_BASELINE', `'${baseline}' is not a file that can be updated.`, {
      advice: '--update-baseline writes one file whose name ends in .json.',
    })
  }
  if (!existsSync(path)) {
    if (updateBaseline) return null
    throw new ServebenchError('SERVEBENCH_BASELINE', `There is no baseline at '${baseline}'.`, {
      advice: 'Measure one with --update-baseline, or check the path.',
    })
  }
  const result = await readResult(path)
  if (!updateBaseline && !force) refuseOtherMachine(result, baseline)
  return { path: baseline, result, settings, force, accept: updateBaseline }
}

/** Makes a result the baseline, unless it measured nothing that could be one. */
export function updateBaseline(path: string, result: RunResult, log: Log): void {
  const { code } = result.run.exit
  if (code !== ExitCode.ok && code !== ExitCode.failed) {
    log.warn(`The baseline '${path}' stays as it was: ${result.run.exit.reasons[0] ?? 'the run failed.'}`)
    return
  }
  const { comparison, ...rest } = result
  const lost = comparison?.onlyInBase ?? []
  if (lost.length > 0) {
    log.warn(`Cases that the old baseline had are not in the new one: ${lost.join('; ')}.`)
  }
  writeFileAtomically(resolve(path), `${JSON.stringify(rest)}\n`)
}

/** What is known before the first trial is said before it: a run costs minutes. */
function refuseOtherMachine({ run }: RunResult, name: string): void {
  const here = { ...run, environment: { ...captureEnvironment(), servers: {} } }
  const blocking = findEnvironmentDifferences(run, here).filter((difference) => difference.blocking)
  if (blocking.length === 0) return
  throw new ServebenchError(
    'SERVEBENCH_BASELINE',
    `The baseline '${name}' is of another machine. ${blocking.map(explainDifference).join(' ')}`,
    {
      advice: 'Measure a baseline here with --update-baseline, or compare all the same with --force.',
    },
  )
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
