import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

export interface ProgramSearch {
  /** What a program is called in the folders of the `PATH`. */
  readonly program: string
  /** By a user, relative to the root; `null` or `undefined`: by nobody. */
  readonly named: string | null | undefined
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where it usually is, behind the `PATH`. */
  readonly folders?: readonly string[]
}

/**
 * Finds the program of a server to start. What was named must be there: another one in its place would be measured
 * unnoticed.
 * @throws {Error} with a sentence when there is none
 */
export async function findProgram({
  program,
  named,
  root,
  env,
  folders = [],
}: ProgramSearch): Promise<string> {
  if (named !== null && named !== undefined) {
    const path = isAbsolute(named) ? named : join(root, named)
    if (await isExecutable(path)) return path
    throw new Error(`${path} is no program.`)
  }
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...path, ...folders]) {
    const candidate = join(folder, program)
    if (await isExecutable(candidate)) return candidate
  }
  throw new Error(`There is no ${program} on this machine.`)
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
