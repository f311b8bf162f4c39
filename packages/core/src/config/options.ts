import {
  isFields,
  join,
  readBoolean,
  readChoice,
  readCount,
  readDuration,
  readString,
  readStrings,
} from '../dsl/fields.ts'
import { show, type Problems } from '../dsl/problems.ts'
import { toPlainData } from '../plan/plain-data.ts'
import type { Problem } from '../errors/validation-error.ts'
import { readComparisonSettings, type ComparisonSettings } from '../report/comparison-settings.ts'
import type { JsonObject } from '../units/json.ts'
import type { ResolvedConfig } from './resolved-config.ts'
import type { NamedEntry } from './user-config.ts'

/** The parts of a configuration that are no settings of a trial. */
export type RunOptions = Omit<ResolvedConfig, 'root' | 'file' | 'settings' | 'origins'>

type Read<T> = (problems: Problems, path: string, value: unknown) => T | undefined

/** How each of them is read. */
export const RUN_OPTIONS: { readonly [Name in keyof RunOptions]: Read<RunOptions[Name]> } = {
  include: readStrings,
  exclude: readStrings,
  repeats: (problems, path, value) => readCount(problems, path, value, { max: 10_000 }),
  seed: readSeed,
  output: readString,
  peaks: readString,
  reporters: readEntries,
  plugins: readEntries,
  samplers: readEntries,
  collectTimeout: (problems, path, value) => readDuration(problems, path, value, 'positive'),
  watch: readStrings,
  order: (problems, path, value) => readChoice(problems, path, value, ['random', 'as-written']),
  interleave: (problems, path, value) =>
    readChoice(problems, path, value, ['within-server', 'across-servers']),
  comparison: readComparison,
  bail: readBoolean,
  strict: readBoolean,
}

export const RUN_OPTION_NAMES: readonly (keyof RunOptions)[] = Object.keys(
  RUN_OPTIONS,
) as (keyof RunOptions)[]

/** Options that hold lists: on the command line and in the environment their items are separated by commas. */
export const LIST_OPTIONS: ReadonlySet<string> = new Set([
  'include',
  'exclude',
  'reporters',
  'plugins',
  'samplers',
  'watch',
  'retry.on',
])

/** Options that stay text even when they look like a number. */
export const TEXT_OPTIONS: ReadonlySet<string> = new Set(['seed', 'output', 'peaks'])

function readComparison(problems: Problems, path: string, value: unknown): ComparisonSettings | undefined {
  const found: Problem[] = []
  const settings = readComparisonSettings(found, value, path)
  for (const problem of found) problems.error(problem.path, problem.message, problem.suggestion)
  return settings
}

function readSeed(problems: Problems, path: string, value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value)
    ? String(value)
    : readString(problems, path, value)
}

function readEntries(problems: Problems, path: string, value: unknown): readonly NamedEntry[] | undefined {
  if (!Array.isArray(value)) {
    problems.error(path, `expected a list of names, not ${show(value)}.`)
    return undefined
  }
  return value.flatMap((entry, index) => readEntry(problems, join(path, index), entry) ?? [])
}

function readEntry(problems: Problems, path: string, entry: unknown): readonly NamedEntry[] | undefined {
  if (typeof entry === 'string' && entry !== '') return [entry]
  if (Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && isFields(entry[1])) {
    const { value, offences } = toPlainData(entry[1], path)
    for (const offence of offences) problems.error(offence.path, offence.message)
    return [[entry[0], value as JsonObject]]
  }
  problems.error(
    path,
    `expected a name, or a name with options such as ['json', { file: 'out.json' }], not ${show(entry)}.`,
  )
  return undefined
}
