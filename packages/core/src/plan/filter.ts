import { ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'

/** Which cases to run, from the command line; everything is plain data. */
export interface CaseFilter {
  /** A regular expression (usually just a part of the name) that `describe > scenario > axis=value` must match, ignoring case. */
  readonly name?: string
  /** At least one of these tags; a leading `!` excludes a tag. */
  readonly tags?: readonly string[]
  /** Axis values from `--set axis=value`. */
  readonly set?: Readonly<Record<string, readonly string[]>>
}

/** A test for full names. */
export function nameFilter(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined || pattern === '') return () => true
  try {
    const expression = new RegExp(pattern, 'i')
    return (name) => expression.test(name)
  } catch (error) {
    throw new ServebenchError(
      'SERVEBENCH_FILTER',
      `The name filter '${pattern}' is no regular expression: ${messageOf(error)}.`,
      {
        advice: 'Escape special characters with a backslash.',
        cause: error,
      },
    )
  }
}

/** A test for a scenario's tags. */
export function tagFilter(tags: readonly string[] = []): (own: readonly string[]) => boolean {
  const wanted = tags.filter((tag) => !tag.startsWith('!'))
  const unwanted = tags.filter((tag) => tag.startsWith('!')).map((tag) => tag.slice(1))
  return (own) =>
    !unwanted.some((tag) => own.includes(tag)) &&
    (wanted.length === 0 || wanted.some((tag) => own.includes(tag)))
}

/**
 * Reads `--set axis=value` arguments; several values of an axis are separated by commas or given one by one.
 * @throws {ServebenchError} `SERVEBENCH_SET` for anything else
 */
export function parseSet(arguments_: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const chosen: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  for (const argument of arguments_) {
    const split = argument.indexOf('=')
    const axis = argument.slice(0, split).trim()
    const values = argument
      .slice(split + 1)
      .split(',')
      .map((value) => value.trim())
    if (split < 0 || axis === '' || values.includes('')) {
      throw new ServebenchError('SERVEBENCH_SET', `'--set ${argument}' is not of the form axis=value.`, {
        advice: 'Write for example --set batch=8 or --set batch=1,8.',
      })
    }
    const earlier = (chosen[axis] ??= [])
    for (const value of values) if (!earlier.includes(value)) earlier.push(value)
  }
  return { ...chosen }
}
