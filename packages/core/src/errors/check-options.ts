import { suggest } from '../units/suggest.ts'
import type { Problem } from './validation-error.ts'

/**
 * Adds a problem for each option that is not known, with the known one that it looks like.
 * @param path of what has the options; `''` for a factory's own
 */
export function refuseUnknown(
  options: object,
  known: readonly string[],
  path: string,
  problems: Problem[],
): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const where = path === '' ? name : `${path}.${name}`
    problems.push({ path: where, message: 'is no option.', suggestion: suggest(name, known) })
  }
}

/** What `read` makes of an option. What it throws is added to the problems, and `fallback` stands for the option. */
export function readOption<T, V>(
  path: string,
  option: T,
  read: (option: T) => V,
  fallback: V,
  problems: Problem[],
): V {
  try {
    return read(option)
  } catch (error) {
    problems.push({ path, message: (error as Error).message })
    return fallback
  }
}
