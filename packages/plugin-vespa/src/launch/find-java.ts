import { execFile } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { ExitCode, ServebenchError } from 'servebench/plugin'

type Environment = Readonly<Record<string, string | undefined>>

export const JARS_VARIABLE = 'SERVEBENCH_VESPA'
const OLDEST = 17
const COMPILER = 'jdk.compiler'
const CONTAINER_JAR = /^application-\d.*\.jar$/
const TIMEOUT = 20_000

/**
 * The `java` program of a JDK that Vespa runs on.
 * @param wanted relative to `root`; `null`: wherever it is
 * @throws {ServebenchError} `SERVEBENCH_VESPA_JAVA` when there is none
 */
export async function findJava(wanted: string | null, root: string, env: Environment): Promise<string> {
  const home = env['JAVA_HOME']
  const candidates =
    wanted !== null
      ? [isAbsolute(wanted) ? wanted : join(root, wanted)]
      : [
          ...(home === undefined || home === '' ? [] : [join(home, 'bin/java')]),
          ...(env['PATH'] ?? '')
            .split(delimiter)
            .filter((folder) => folder !== '')
            .map((folder) => join(folder, 'java')),
        ]
  for (const candidate of candidates) {
    const isExecutable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!isExecutable) continue
    await checkJava(candidate)
    return candidate
  }
  throw noJava(wanted === null ? 'There is no java on this machine.' : `${candidates[0]} is no program.`)
}

/** The container's class is compiled when a server starts: a JRE alone cannot. */
async function checkJava(java: string): Promise<void> {
  const modules = await promisify(execFile)(java, ['--list-modules'], { timeout: TIMEOUT }).then(
    ({ stdout }) => stdout,
    (cause: unknown) => {
      throw noJava(`${java} does not run.`, cause)
    },
  )
  const [, version = '0'] = /^java\.base@(\d+)/m.exec(modules) ?? []
  if (Number(version) < OLDEST) throw noJava(`${java} is Java ${version}, and Vespa needs ${OLDEST}.`)
  if (!modules.includes(`${COMPILER}@`)) throw noJava(`${java} belongs to a JRE, which has no compiler.`)
}

function noJava(message: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_VESPA_JAVA', message, {
    advice: `Install a JDK, ${OLDEST} or later, and set JAVA_HOME or vespaServer({ java }); or use a container that runs: vespaServer({ url }).`,
    exitCode: ExitCode.target,
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * The folder of Vespa's jars.
 * @throws {ServebenchError} `SERVEBENCH_VESPA_JARS` when there is none
 */
export async function findJars(wanted: string | null, root: string, env: Environment): Promise<string> {
  const named = wanted ?? env[JARS_VARIABLE]
  const folder = named === undefined || named === '' ? null : isAbsolute(named) ? named : join(root, named)
  const names = folder === null ? [] : await readdir(folder).catch(() => [])
  if (folder !== null && names.some((name) => CONTAINER_JAR.test(name))) return folder
  throw new ServebenchError(
    'SERVEBENCH_VESPA_JARS',
    folder === null
      ? 'It is not known where Vespa’s jars are.'
      : `${folder} has no jar of Vespa’s application container.`,
    {
      advice: `Get them with Maven (com.yahoo.vespa:application and its dependencies), and name their folder in vespaServer({ jars }) or ${JARS_VARIABLE}.`,
      exitCode: ExitCode.target,
    },
  )
}
