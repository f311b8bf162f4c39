import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ExitCode, findProgram, ServebenchError } from 'servebench/plugin'

/** A Triton installation. */
export interface TritonInstallation {
  readonly binary: string
  /** Where backends and caches are; `null`: where the program looks by itself. */
  readonly backends: string | null
  readonly caches: string | null
  /** Names of the backends; `null` when they cannot be found. */
  readonly backendNames: readonly string[] | null
}

/** That of an image: its program finds its backends by itself. */
export const INSIDE: TritonInstallation = {
  binary: 'tritonserver',
  backends: null,
  caches: null,
  backendNames: null,
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
  const named = wanted ?? env[BINARY_VARIABLE]
  const folders = [join(USUAL, 'bin')]
  const search = findProgram({ program: PROGRAM, named, root, env, folders })
  const binary = await search.catch((error: Error) => {
    throw new ServebenchError('SERVEBENCH_TRITON_BINARY', error.message, {
      advice: `Install Triton, and say where with tritonServer({ binary }) or ${BINARY_VARIABLE}; or use a server that runs: tritonServer({ url }).`,
      exitCode: ExitCode.target,
    })
  })
  return describeInstallation(binary)
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
