import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../errors/plugin-error.ts'
import { ValidationError, type Problem } from '../../errors/validation-error.ts'

/** Nobody's table is larger. */
const MOST_BYTES = 16 * 1024 * 1024

/** The path of a file that comes with servebench. */
export function ownFile(path: string): string {
  return fileURLToPath(new URL(`../../../data/${path}`, import.meta.url))
}

/**
 * Reads a file of JSON that others have written.
 * @throws {ValidationError} with all problems that `check` finds
 */
export function readDataFile<T>(
  subject: string,
  path: string,
  root: string,
  check: (content: unknown, problems: Problem[]) => T,
): T {
  const problems: Problem[] = []
  const value = check(parse(subject, resolve(root, path), path), problems)
  if (problems.length > 0) throw new ValidationError(`${subject} '${path}'`, problems)
  return value
}

function parse(subject: string, file: string, path: string): unknown {
  try {
    const { size } = statSync(file)
    if (size > MOST_BYTES) throw new Error(`its ${size} bytes are more than ${MOST_BYTES}`)
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ValidationError(
      `${subject} '${path}'`,
      [{ path: 'file', message: `cannot be read: ${messageOf(error)}` }],
      { cause: error },
    )
  }
}

/** Collects what is wrong with a value, by the path of each member. */
export class Checker {
  readonly #problems: Problem[]

  constructor(problems: Problem[]) {
    this.#problems = problems
  }

  object(path: string, value: unknown, known?: readonly string[]): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(path === '' ? 'file' : path, `expected an object, not ${shown(value)}.`)
      return {}
    }
    const fields = value as Readonly<Record<string, unknown>>
    for (const key of Object.keys(fields)) {
      if (known !== undefined && !known.includes(key)) this.add(join(path, key), 'there is no such member.')
    }
    return fields
  }

  text(path: string, value: unknown, pattern: RegExp, expected: string): string {
    if (typeof value === 'string' && value.length <= 500 && pattern.test(value)) return value
    this.add(path, `expected ${expected}, not ${shown(value)}.`)
    return ''
  }

  number(path: string, value: unknown, low: number, high: number, expected: string): number {
    if (typeof value === 'number' && value >= low && value <= high) return value
    this.add(path, `expected ${expected}, not ${shown(value)}.`)
    return NaN
  }

  add(path: string, message: string): void {
    this.#problems.push({ path, message })
  }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100)
}
