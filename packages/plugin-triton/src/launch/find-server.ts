import { access, constants, readdir, realpath } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'

/** A Triton installation. */
export interface TritonInstallation {
  readonly binary: string
  /** Where backends and caches are; `null`: where the program looks by itself. */
  readonly backends: string | null
  readonly caches: string | null
  /** Names of the backends; `null` when they cannot be found. */
  readonly backendNames: readonly string[] | null
}

export const BINARY_VARIABLE = 'SERVEBENCH_TRITONSERVER'
const PROGRAM = 'tritonserver'
/** Where NVIDIA's images have it. */
const USUAL = '/opt/tritonserver'

/**
 * Finds the program to start.
 * @param wanted relative to `root`; `null`: wherever it is
 * @throws {ServebenchError} `SERVEBENCH_TRITON_BINARY` when there is none
 */
export async function findServer(
  wanted: string | null,
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<TritonInstallation> {
  const candidates =
    wanted !== null
      ? [absolute(wanted, root)]
      : [
          ...(env[BINARY_VARIABLE] === undefined ? [] : [absolute(env[BINARY_VARIABLE], root)]),
          ...(env['PATH'] ?? '')
            .split(delimiter)
            .filter((folder) => folder !== '')
            .map((folder) => join(folder, PROGRAM)),
          join(USUAL, 'bin', PROGRAM),
        ]
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return describeInstallation(candidate)
    // What was named must be there: another one in its place would be measured unnoticed.
    if (candidate === candidates[0] && (wanted ?? env[BINARY_VARIABLE]) !== undefined) break
  }
  const named = wanted ?? env[BINARY_VARIABLE]
  throw new ServebenchError(
    'SERVEBENCH_TRITON_BINARY',
    named === undefined ? 'There is no tritonserver on this machine.' : `${candidates[0]} is no program.`,
    {
      advice: `Install Triton, and say where with tritonServer({ binary }) or ${BINARY_VARIABLE}; or use a server that runs: tritonServer({ url }).`,
      exitCode: ExitCode.target,
    },
  )
}

async function describeInstallation(binary: string): Promise<TritonInstallation> {
  // A link's own place may have the folders, as may that of the program itself.
  for (const home of [dirname(dirname(binary)), dirname(dirname(await realpath(binary)))]) {
    const backends = join(home, 'backends')
    const names = await readdir(backends).catch(() => null)
    if (names === null) continue
    const caches = join(home, 'caches')
    const hasCaches = await readdir(caches).then(
      () => true,
      () => false,
    )
    return { binary, backends, caches: hasCaches ? caches : null, backendNames: names }
  }
  return { binary, backends: null, caches: null, backendNames: null }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function absolute(path: string, root: string): string {
  return isAbsolute(path) ? path : join(root, path)
}
