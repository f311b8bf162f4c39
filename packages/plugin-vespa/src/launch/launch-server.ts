import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { VespaClient } from '../server/vespa-client.ts'
import type { VespaServerSpec } from '../server.ts'
import { writeApplication } from './application.ts'
import { describeServer } from './describe-server.ts'
import { findJars, findJava } from './find-java.ts'

const NANOS = 1e6
/** Of the package, both as source and built. */
const SOURCE = fileURLToPath(new URL('../../java/VespaContainer.java', import.meta.url))
const MAIN = 'VespaContainer'
const COMPILE_TIMEOUT = 120_000
/** What Vespa starts Java with. */
const OPENED = ['java.io', 'java.lang', 'java.net', 'java.nio', 'sun.security.ssl']

/** Starts a container, and waits until it is up and has all models. */
export async function launchServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as VespaServerSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const { root, directory, signal } = context
  const java = await findJava(launch.java, root, process.env)
  const jars = await findJars(launch.jars, root, process.env)
  const folders = {
    application: join(directory, 'application'),
    temporary: join(directory, 'tmp'),
    classes: join(directory, 'classes'),
  }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
  await writeApplication(
    folders.application,
    { ...launch, port: 0 },
    { root, artifact: (spec) => context.artifact(spec) },
  )
  await context.modelFiles([join(folders.application, 'models')])
  // Before the clock starts.
  await compile(java, jars, folders.classes)
  const own = launch.classpath.map((path) => (isAbsolute(path) ? path : join(root, path)))
  const port = await context.port()
  const args = [
    `-Xms${launch.heap}`,
    `-Xmx${launch.heap}`,
    `-Djava.io.tmpdir=${folders.temporary}`,
    ...OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    ...launch.jvmArgs,
    '-cp',
    [folders.classes, ...own, join(jars, '*')].join(delimiter),
    MAIN,
    folders.application,
    String(port),
  ]
  const spawned = performance.now()
  const server = await context.spawn({
    command: java,
    args,
    env: { ...launch.env, VESPA_HOME: directory },
    cwd: directory,
  })
  const http = `http://127.0.0.1:${port}`
  const client = new VespaClient(http, { signal })
  const timeout = launch.startTimeout
  await context.waitUntilReady(server, () => client.isUp(), { timeout })
  return describeServer({ plan, server, client, startup: { ready: (performance.now() - spawned) * NANOS } })
}

async function compile(java: string, jars: string, folder: string): Promise<void> {
  // Unlike java, the compiler does not expand `*`.
  const names = (await readdir(jars)).filter((name) => name.endsWith('.jar'))
  const classpath = names.map((name) => join(jars, name)).join(delimiter)
  const args = [
    '-m',
    'jdk.compiler/com.sun.tools.javac.Main',
    '-nowarn',
    '-cp',
    classpath,
    '-d',
    folder,
    SOURCE,
  ]
  try {
    await promisify(execFile)(java, args, { timeout: COMPILE_TIMEOUT })
  } catch (cause) {
    const { stderr = '' } = cause as { readonly stderr?: string }
    throw new ServebenchError(
      'SERVEBENCH_VESPA_JARS',
      `The container cannot be compiled against the jars in ${jars}: ${stderr.split('\n')[0] ?? ''}`,
      { advice: 'Use jars of Vespa 8, all of one version.', cause, exitCode: ExitCode.target },
    )
  }
}
