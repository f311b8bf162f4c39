import { load, YAML11_SCHEMA } from 'js-yaml'
import { ValidationError } from 'servebench/plugin'

const LARGEST_FILE = 1024 * 1024
/** What aliases stand for is counted each time: nine lines of them can stand for a billion values. */
const MOST_VALUES = 100_000
const DEEPEST = 64

/**
 * The text as plain data: nothing but objects, lists, texts, numbers, booleans and `null`, and not too much of it. Read by
 * the version of YAML that PyYAML speaks, in which `yes` is a boolean.
 * @throws {ValidationError}
 */
export function parseYaml(text: string): unknown {
  if (text.length > LARGEST_FILE) throw refusal('is too large: it has more than 1 MiB.')
  let value: unknown
  try {
    value = load(text, { schema: YAML11_SCHEMA })
  } catch (cause) {
    const [line = ''] = (cause as Error).message.split('\n')
    throw refusal(`is not YAML: ${line}.`, cause)
  }
  const why = whyNotPlain(value)
  if (why !== null) throw refusal(why)
  return value
}

function whyNotPlain(root: unknown): string | null {
  let left = MOST_VALUES
  const visit = (value: unknown, depth: number): string | null => {
    if (--left < 0) return `stands for more than ${MOST_VALUES} values: do its aliases repeat each other?`
    if (typeof value === 'number') return Number.isFinite(value) ? null : 'has a number that is none.'
    if (typeof value !== 'object' || value === null) return null
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype)
      return 'has a date, a set or bytes: write it in quotation marks.'
    if (depth >= DEEPEST) return `is nested more than ${DEEPEST} deep, or has an alias inside of itself.`
    for (const inner of Object.values(value)) {
      const why = visit(inner, depth + 1)
      if (why !== null) return why
    }
    return null
  }
  return visit(root, 0)
}

function refusal(message: string, cause?: unknown): ValidationError {
  const problems = [{ path: 'the file', message }]
  return new ValidationError('The configuration of Model Analyzer', problems, { cause })
}
