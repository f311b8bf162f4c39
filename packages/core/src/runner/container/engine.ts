import { CONTAINER_RUNTIMES, type ContainerRuntime, type PlannedContainer } from '../../dsl/container.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import type { Log } from '../../hooks/plugin.ts'
import type { ContainerFacts } from '../../report/result.ts'
import type { Guard } from '../guard.ts'
import { LaunchedProcess } from '../server-process.ts'
import { callRuntime, complaintOf } from './call-runtime.ts'
import { pullProgress } from './pull-progress.ts'

const PROGRESS_MS = 1000
/** Of a pull's output, where layers are looked for: each has a few lines. */
const PULL_LINES = 2000

/** A container runtime that answers. */
export interface ContainerEngine {
  readonly runtime: ContainerRuntime
  readonly version: string
  /** Whether the root of its containers is the user of this tool. */
  readonly rootless: boolean
}

/** What takes part in the fetching of an image. */
export interface PullContext {
  readonly guard: Guard
  readonly log: Log
  readonly signal: AbortSignal
}

/** Not the same in both of them: the version of the service, and whether it runs without rights. */
const INFO: Readonly<Record<ContainerRuntime, string>> = {
  docker: '{{.ServerVersion}} {{json .SecurityOptions}}',
  podman: '{{.Version.Version}} {{.Host.Security.Rootless}}',
}

/**
 * Finds a runtime, and asks it what it is.
 * @throws {ServebenchError} `SERVEBENCH_CONTAINER_RUNTIME` when it is not there, or does not answer
 */
export async function findEngine(runtime: ContainerRuntime, signal?: AbortSignal): Promise<ContainerEngine> {
  const options = signal === undefined ? {} : { signal }
  const answer = await callRuntime(runtime, ['info', '--format', INFO[runtime]], options)
  signal?.throwIfAborted()
  const [version = '', ...rest] = answer.stdout.trim().split(' ')
  if (answer.code === 0 && /^\d/.test(version))
    return { runtime, version, rootless: /\brootless\b|^true$/.test(rest.join(' ')) }
  if (!answer.isMissing)
    throw unavailable(
      `${runtime} does not answer: ${complaintOf(answer.stderr)}`,
      'See that its service runs, and that this user may use it.',
    )
  const others = CONTAINER_RUNTIMES.filter((other) => other !== runtime)
  const found = []
  for (const other of others) if (!(await callRuntime(other, ['--version'])).isMissing) found.push(other)
  throw unavailable(
    `There is no ${runtime} on the PATH.`,
    found.length === 0
      ? `Install it, or start the server without \`container\`, or use one that runs.`
      : `Install it, or say container: { runtime: '${found.join("' or '")}' }, which is there.`,
  )
}

/**
 * Makes sure that an image is there. What it fetches, it says.
 * @throws {ServebenchError} `SERVEBENCH_CONTAINER_IMAGE` when it is missing and cannot be had
 */
export async function prepareImage(
  { runtime, version }: ContainerEngine,
  { image, pull }: PlannedContainer,
  context: PullContext,
): Promise<ContainerFacts> {
  const found = pull === 'always' ? null : await inspectImage(runtime, image, context.signal)
  if (found === null && pull === 'never')
    throw noImage(
      `The image ${image} is not on this machine.`,
      "It is not fetched, because of pull: 'never'.",
    )
  if (found === null) await pullImage(runtime, image, context)
  const facts = found ?? (await inspectImage(runtime, image, context.signal))
  if (facts === null) throw noImage(`The image ${image} is not there.`, `See \`${runtime} image ls\`.`)
  return { runtime, runtimeVersion: version, image, ...facts }
}

async function inspectImage(
  runtime: ContainerRuntime,
  image: string,
  signal: AbortSignal,
): Promise<Pick<ContainerFacts, 'imageId' | 'digests'> | null> {
  const format = '{{.Id}} {{json .RepoDigests}}'
  const { code, stdout } = await callRuntime(runtime, ['image', 'inspect', '--format', format, image], {
    signal,
  })
  signal.throwIfAborted()
  if (code !== 0) return null
  const [, id = '', digests = ''] = /^(\S+) (.*)$/m.exec(stdout) ?? []
  return { imageId: id.replace(/^(?:sha256:)?/, 'sha256:'), digests: readDigests(digests) }
}

function readDigests(text: string): readonly string[] {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? value.map(String) : []
  } catch {
    return []
  }
}

async function pullImage(
  runtime: ContainerRuntime,
  image: string,
  { guard, log, signal }: PullContext,
): Promise<void> {
  log.info(`Fetching the image ${image} with ${runtime}.`)
  const pull = await LaunchedProcess.start({ command: runtime, args: ['pull', image] }, guard, null)
  let said = ''
  const tell = (): void => {
    const progress = pullProgress(pull.logTail(PULL_LINES))
    if (progress === null || progress === said) return
    said = progress
    log.info(`Fetching ${image}: ${progress}.`)
  }
  const timer = setInterval(tell, PROGRESS_MS)
  const abort = (): void => void pull.stop()
  signal.addEventListener('abort', abort, { once: true })
  try {
    const { code } = await pull.exited
    signal.throwIfAborted()
    if (code !== 0) throw cannotPull(image, complaintOf(pull.logTail()))
  } finally {
    clearInterval(timer)
    signal.removeEventListener('abort', abort)
  }
}

function cannotPull(image: string, complaint: string): ServebenchError {
  return noImage(
    `The image ${image} cannot be fetched: ${complaint}`,
    /unauthori[sz]ed|denied|authentication/i.test(complaint)
      ? 'Log in to its registry, and see that its name is right.'
      : 'See that its name and its tag are right, and that its registry can be reached.',
  )
}

function noImage(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_CONTAINER_IMAGE', message, { advice, exitCode: ExitCode.target })
}

function unavailable(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_CONTAINER_RUNTIME', message, { advice, exitCode: ExitCode.target })
}
