import { ExitCode, findProgram, ServebenchError } from 'servebench/plugin'

export const BINARY_VARIABLE = 'TF_SERVING_BIN'
export const PROGRAM = 'tensorflow_model_server'

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
  try {
    return await findProgram({ program: PROGRAM, named: wanted ?? env[BINARY_VARIABLE], root, env })
  } catch (error) {
    throw new ServebenchError('SERVEBENCH_TFSERVING_BINARY', (error as Error).message, {
      advice:
        `Package registries do not have it: take it from TensorFlow's apt repository or from its container image, and say where with tfservingServer({ binary }) or ${BINARY_VARIABLE}; ` +
        'or use a server that runs: tfservingServer({ url }).',
      exitCode: ExitCode.target,
    })
  }
}
