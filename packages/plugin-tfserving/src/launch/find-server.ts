import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'

export const BINARY_VARIABLE = 'TF_SERVING_BIN'
const PROGRAM = 'tensorflow_model_server'

/**
 * Finds the program to start.
 * @param wanted relative to `root`; `null`: wherever it is
 * @throws {ServebenchError} `SERVEBENCH_TFSERVING_BINARY` when there is none
 */
export async function findServer(
  wanted: string | null,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const named = wanted ?? env[BINARY_VARIABLE]
  // What was named must be there: another one in its place would be measured unnoticed.
  const candidates =
    named !== undefined
      ? [isAbsolute(named) ? named : join(root, named)]
      : (env['PATH'] ?? '')
          .split(delimiter)
          .filter((folder) => folder !== '')
          .map((folder) => join(folder, PROGRAM))
  for (const candidate of candidates) {
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isExecutable) return candidate
  }
  throw new ServebenchError(
    'SERVEBENCH_TFSERVING_BINARY',
    named === undefined ? `There is no ${PROGRAM} on this machine.` : `${candidates[0]} is no program.`,
    {
      advice:
        `Package registries do not have it: take it from TensorFlow's apt repository or from its container image, and say where with tfservingServer({ binary }) or ${BINARY_VARIABLE}; ` +
        'or use a server that runs: tfservingServer({ url }).',
      exitCode: ExitCode.target,
    },
  )
}
