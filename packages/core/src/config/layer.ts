import { isFields, type Fields } from '../dsl/fields.ts'
import { Problems } from '../dsl/problems.ts'
import type { Problem } from '../errors/validation-error.ts'
import { SETTING_NAMES, SETTING_PATHS, readSetting } from '../plan/settings.ts'
import type { JsonValue } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'
import { LIST_OPTIONS, RUN_OPTIONS, RUN_OPTION_NAMES, TEXT_OPTIONS, type RunOptions } from './options.ts'

/** What one source (a file, a variable, an argument) says: values ready for use, by dotted path. */
export interface ConfigLayer {
  /** `servebench.config.ts`, `SERVEBENCH_DURATION`, `--duration`. */
  readonly origin: string
  readonly settings: ReadonlyMap<string, JsonValue>
  readonly options: Partial<RunOptions>
}

/** Every name that a configuration may hold. */
export const CONFIG_NAMES: readonly string[] = [...SETTING_NAMES, ...RUN_OPTION_NAMES]

/** Every dotted path that a variable or an argument may set. */
export const CONFIG_PATHS: readonly string[] = [
  ...new Set([...SETTING_NAMES, ...SETTING_PATHS, ...RUN_OPTION_NAMES]),
].filter((path) => !['gates', 'payloads', 'comparison', 'energy', 'cost'].includes(path))

/** Reads the members of an object; adds all that is wrong to `found`. */
export function readLayer(found: Problem[], fields: Fields, origin: string): ConfigLayer {
  return readMembers(found, Object.entries(fields), origin)
}

/** Reads one value by its dotted path; text is read as what the option needs. */
export function readAssignment(found: Problem[], path: string, value: unknown, origin: string): ConfigLayer {
  return readMembers(found, [[path, typeof value === 'string' ? fromText(path, value) : value]], origin)
}

function readMembers(
  found: Problem[],
  members: readonly (readonly [path: string, value: unknown])[],
  origin: string,
): ConfigLayer {
  const problems = new Problems()
  const settings = new Map<string, JsonValue>()
  const options: Partial<Record<string, unknown>> = {}
  for (const [path, value] of members) {
    if (value !== undefined && path !== '$schema') readMember(problems, path, value, settings, options)
  }
  found.push(...problems.errors.map((problem) => ({ ...problem, origin })))
  return { origin, settings, options }
}

function readMember(
  problems: Problems,
  path: string,
  value: unknown,
  settings: Map<string, JsonValue>,
  options: Partial<Record<string, unknown>>,
): void {
  if (Object.hasOwn(RUN_OPTIONS, path)) {
    const read = RUN_OPTIONS[path as keyof RunOptions](problems, path, value)
    if (read !== undefined) options[path] = read
  } else if (CONFIG_PATHS.includes(path) || CONFIG_NAMES.includes(path)) {
    readSetting(problems, path, value, path, settings)
  } else {
    problems.error(
      path,
      'there is no such option.',
      suggest(path, isFields(value) ? CONFIG_NAMES : CONFIG_PATHS),
    )
  }
}

function fromText(path: string, text: string): unknown {
  if (TEXT_OPTIONS.has(path)) return text
  if (LIST_OPTIONS.has(path))
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text === 'null' ? null : text
}
