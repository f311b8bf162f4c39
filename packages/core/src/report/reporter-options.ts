import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { JsonObject } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'

type OptionValue = string | boolean
type Widened<T> = T extends string ? string : T extends boolean ? boolean : T

/**
 * The options of a reporter over their defaults.
 * @throws {ValidationError} for an unknown option or one of another type, all at once
 */
export function readReporterOptions<T extends Readonly<Record<string, OptionValue>>>(
  reporter: string,
  options: JsonObject,
  defaults: T,
): { readonly [Name in keyof T]: Widened<T[Name]> } {
  const problems: Problem[] = []
  const values: Record<string, OptionValue> = { ...defaults }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const path = `reporters.${reporter}.${name}`
    if (!Object.hasOwn(defaults, name)) {
      problems.push({
        path,
        message: 'there is no such option.',
        suggestion: suggest(name, Object.keys(defaults)),
      })
    } else if (typeof value !== typeof defaults[name]) {
      problems.push({ path, message: `expected a ${typeof defaults[name]}.` })
    } else values[name] = value as OptionValue
  }
  if (problems.length > 0) throw new ValidationError(`The options of reporter '${reporter}'`, problems)
  return values as { readonly [Name in keyof T]: Widened<T[Name]> }
}
