import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface MissingProgramOptions {
  /** An environment variable that may name the program instead: then it is looked for when it is started, and not before. */
  readonly variable?: string
  /** Where it usually is, behind the `PATH`. */
  readonly folders?: readonly string[]
}

/**
 * For `skip`, of cases that need a program that not every machine has: why it is not there, or `false`.
 *
 * @example skip: ({ server }) => server === 'triton' && missingProgram('tritonserver', { variable: 'SERVEBENCH_TRITONSERVER' })
 */
export function missingProgram(
  program: string,
  { variable, folders = [] }: MissingProgramOptions = {},
): string | false {
  if (variable !== undefined && process.env[variable] !== undefined) return false
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  if ([...path, ...folders].some((folder) => isExecutable(join(folder, program)))) return false
  const elsewhere = variable === undefined ? '' : `; ${variable} may say where it is`
  return `${program} is not installed here${elsewhere}`
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
