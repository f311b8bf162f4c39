import type { Fields } from '../dsl/fields.ts'

/** The options that one `describe` or the scenario itself gives to a case, after its functions of the case were called. */
export interface OptionLevel {
  /** For people: `describe 'x'` or `scenario 'y'`. */
  readonly origin: string
  readonly options: Fields
}

/** An option's value and the level it came from. */
export interface Found {
  readonly value: unknown
  /** Index of the level, outermost first. */
  readonly level: number
}

/** The innermost level that gives an option. */
export function findOption(levels: readonly OptionLevel[], name: string): Found | undefined {
  for (let level = levels.length - 1; level >= 0; level--) {
    const value = levels[level]?.options[name]
    if (value !== undefined) return { value, level }
  }
  return undefined
}
