import { ExitCode, findProgram, ServebenchError } from 'servebench/plugin'

export const BINARY_VARIABLE = 'SERVEBENCH_TORCHSERVE'
export const PROGRAM = 'torchserve'

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
  try {
    return await findProgram({ program: PROGRAM, named: wanted ?? env[BINARY_VARIABLE], root, env })
  } catch (error) {
    throw new ServebenchError('SERVEBENCH_TORCHSERVE_BINARY', (error as Error).message, {
      advice: `Install it (pip install torchserve, and Java), and say where with torchServe({ binary }) or ${BINARY_VARIABLE}; or use a server that runs: torchServe({ url }).`,
      exitCode: ExitCode.target,
    })
  }
}
