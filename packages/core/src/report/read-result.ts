import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { assembleResult } from './assemble.ts'
import { printable } from './printable.ts'
import type { RunResult } from './result.ts'
import { findRunDirectory } from './run-directory.ts'

export const SCHEMA_VERSION = 1

/** A day of one-second windows for a hundred trials stays far below. */
const LARGEST_FILE = 256 * 1024 * 1024
const MOST_PROBLEMS = 10

/**
 * Reads a result: a `result.json`, the folder of a run, or a results folder (then its newest run). A run that was
 * killed is put together from its journal.
 * @throws {ServebenchError} `SERVEBENCH_RESULT_MISSING`, `SERVEBENCH_RESULT_CORRUPT`, `SERVEBENCH_RESULT_NEWER` or
 *   `SERVEBENCH_RESULT_SIZE`; {@link ValidationError} when it is JSON but not a result
 */
export async function readResult(path: string): Promise<RunResult> {
  const file = findResultFile(path)
  if (file !== null) return parseResult(readText(file), file)
  const directory = findRunDirectory(path)
  if (existsSync(join(directory, 'journal.ndjson'))) return readUnfinished(directory)
  throw new ServebenchError('SERVEBENCH_RESULT_MISSING', `There is no result at '${path}'.`, {
    advice: 'Give a result.json, the folder of a run, or a folder with runs.',
  })
}

/** Puts the result of a run's folder together from journal and trial files; what is damaged is left out and noted. */
export async function readUnfinished(directory: string): Promise<RunResult> {
  const { journalLineSchema, trialSchema } = await import('./schema.ts')
  return assembleResult(directory, {
    acceptsLine: (line) => journalLineSchema.safeParse(line).success,
    acceptsTrial: (trial) => trialSchema.safeParse(trial).success,
  })
}

/**
 * Checks the text of a `result.json`.
 * @param name how errors call it
 */
export async function parseResult(text: string, name: string): Promise<RunResult> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new ServebenchError(
      'SERVEBENCH_RESULT_CORRUPT',
      `'${name}' is not JSON: ${printable((cause as Error).message)}.`,
      {
        advice: 'The file is damaged. When its run’s journal is beside it, servebench report makes it anew.',
        cause,
      },
    )
  }
  checkVersion(value, name)
  const { runResultSchema } = await import('./schema.ts')
  return check(runResultSchema, value, name)
}

function findResultFile(path: string): string | null {
  for (const candidate of [path, join(path, 'result.json'), join(findRunDirectory(path), 'result.json')]) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() === true) return candidate
  }
  return null
}

function readText(file: string): string {
  const { size } = statSync(file)
  if (size > LARGEST_FILE) {
    throw new ServebenchError('SERVEBENCH_RESULT_SIZE', `'${file}' is larger than 256 MiB.`, {
      advice: 'It is not a result, or one of more trials than can be read at once.',
    })
  }
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_RESULT_MISSING', `'${file}' cannot be read.`, { cause })
  }
}

function checkVersion(value: unknown, name: string): void {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    throw new ServebenchError(
      'SERVEBENCH_RESULT_NEWER',
      `'${name}' was written by a newer servebench (schema ${version}; this one reads ${SCHEMA_VERSION}).`,
      { advice: 'Update servebench: npm install servebench@latest.' },
    )
  }
  if (version !== SCHEMA_VERSION) {
    throw new ServebenchError(
      'SERVEBENCH_RESULT_CORRUPT',
      `'${name}' is not a servebench result: it has no schemaVersion.`,
      {
        advice: 'Give a result.json that servebench wrote.',
      },
    )
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  let parsed: z.ZodSafeParseResult<T>
  try {
    parsed = schema.safeParse(value)
  } catch (cause) {
    // Nesting that is deep enough to exhaust the stack.
    throw new ServebenchError('SERVEBENCH_RESULT_CORRUPT', `'${name}' is nested too deeply to be a result.`, {
      cause,
    })
  }
  if (parsed.success) return parsed.data
  const problems: Problem[] = parsed.error.issues.map((issue) => ({
    path: printable(issue.path.join('.')) || name,
    message: printable(issue.message),
  }))
  const shown = problems.slice(0, MOST_PROBLEMS)
  if (problems.length > shown.length) {
    shown.push({ path: '…', message: `and ${problems.length - shown.length} more.` })
  }
  throw new ValidationError(`'${name}'`, shown, {
    advice: 'The file is damaged, or something else than servebench wrote it.',
  })
}
