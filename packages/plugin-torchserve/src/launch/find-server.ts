import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'

export const BINARY_VARIABLE = 'SERVEBENCH_TORCHSERVE'
const PROGRAM = 'torchserve'

/**
 * Finds the program to start.
 * @param wanted relative to `root`; `null`: wherever it is
 * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_BINARY` when there is none
 */
export async function findServer(
  wanted: string | null,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const named = wanted ?? env[BINARY_VARIABLE]
  // What was named must be there: another one in its place would be measured unnoticed.
  const candidates =
    named === undefined
      ? (env['PATH'] ?? '')
          .split(delimiter)
          .filter((folder) => folder !== '')
          .map((folder) => join(folder, PROGRAM))
      : [isAbsolute(named) ? named : join(root, named)]
  for (const candidate of candidates) {
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return candidate
  }
  throw new ServebenchError(
    'SERVEBENCH_TORCHSERVE_BINARY',
    named === undefined ? 'There is no torchserve on this machine.' : `${candidates[0]} is no program.`,
    {
      advice: `Install it (pip install torchserve, and Java), and say where with torchServe({ binary }) or ${BINARY_VARIABLE}; or use a server that runs: torchServe({ url }).`,
      exitCode: ExitCode.target,
    },
  )
}
