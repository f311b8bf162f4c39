import { refuseUnknown } from '../errors/check-options.ts'
import type { Problem } from '../errors/validation-error.ts'
import { parseBytes, type ByteSize } from '../units/bytes.ts'
import { isCpuList } from './confine.ts'
import { isSecret, type Secret } from './secret.ts'

export type ContainerRuntime = 'docker' | 'podman'
export const CONTAINER_RUNTIMES: readonly ContainerRuntime[] = ['docker', 'podman']

/** A file or folder of this machine that a container sees. */
export interface ContainerMount {
  /** Relative to the root. */
  readonly source: string
  /** Default: the same path as on this machine. */
  readonly target?: string
  /** Default `true`. */
  readonly readOnly?: boolean
}

/** The container that a server is started in. What its launcher needs, it mounts and publishes by itself. */
export interface ContainerOptions {
  /** As `docker pull` takes it: `'nvcr.io/nvidia/tritonserver:25.02-py3'`. Can be an axis of the matrix. */
  readonly image: string
  /** Default `docker`. */
  readonly runtime?: ContainerRuntime
  /** When the image is fetched: where it is missing (the default), before each start, or not at all. */
  readonly pull?: 'missing' | 'always' | 'never'
  /** Further options of `docker run`, for example `['--shm-size=1g']`. */
  readonly args?: readonly string[]
  readonly mounts?: readonly (string | ContainerMount)[]
  /** GPUs that it sees, by number or UUID. Default: none. */
  readonly gpus?: 'all' | readonly (number | string)[]
  /** How many CPUs it may use (`2.5`, a share of time), or which ones (`'0-3'`). */
  readonly cpus?: number | string
  /** Memory at most, without swap. */
  readonly memory?: ByteSize
  /** Added to the image's environment. Secrets as references: `{ HF_TOKEN: env('HF_TOKEN') }`. */
  readonly env?: Readonly<Record<string, string | Secret>>
  /**
   * The runtime's default network, with ports that are published on loopback; `host` for that of this machine, without
   * the proxy in between; or the name of another one.
   */
  readonly network?: string
}

/** {@link ContainerOptions} as plain data. */
export interface PlannedContainer {
  readonly image: string
  readonly runtime: ContainerRuntime
  readonly pull: 'missing' | 'always' | 'never'
  readonly args: readonly string[]
  readonly mounts: readonly {
    readonly source: string
    readonly target: string | null
    readonly readOnly: boolean
  }[]
  readonly gpus: 'all' | readonly string[] | null
  readonly cpus: number | string | null
  /** Bytes. */
  readonly memory: number | null
  readonly env: Readonly<Record<string, string | Secret>>
  readonly network: string | null
}

const OPTIONS = ['image', 'runtime', 'pull', 'args', 'mounts', 'gpus', 'cpus', 'memory', 'env', 'network']
const PULLS: readonly string[] = ['missing', 'always', 'never']
/** A reference as registries take it; above all no option of the runtime. */
const IMAGE = /^[A-Za-z0-9][\w.:/@-]*$/
const NETWORK = /^[A-Za-z0-9][\w.:-]*$/
/** What decides on the container's life, its name and its ports, and where text may be a secret. */
const OWN_ARGUMENTS =
  /^(?:--(?:attach|cidfile|detach|entrypoint|env|env-file|interactive|name|net|network|pod|publish|publish-all|pull|restart|rm|sig-proxy|tty)(?:=|$)|-[adeiptP])/

/**
 * Reads the option `container` of a server; what it returns is read alike.
 * @param path of the option, in problems
 * @returns `undefined` where there is none, or where it is wrong
 */
export function planContainer(
  value: unknown,
  path: string,
  problems: Problem[],
): PlannedContainer | undefined {
  if (value === undefined) return undefined
  const before = problems.length
  const report = (name: string, message: string): void =>
    void problems.push({ path: name === '' ? path : `${path}.${name}`, message })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report('', "must be an object such as { image: 'name:tag' }.")
    return undefined
  }
  refuseUnknown(value, OPTIONS, path, problems)
  const given = value as Readonly<Record<string, unknown>>
  const { image, runtime = 'docker', pull = 'missing', args = [], env = {} } = given
  const { gpus = null, cpus = null, network = null } = given
  if (typeof image !== 'string' || !IMAGE.test(image)) report('image', 'must be the name of an image.')
  if (!(CONTAINER_RUNTIMES as readonly unknown[]).includes(runtime))
    report('runtime', "must be 'docker' or 'podman'.")
  if (!PULLS.includes(pull as string)) report('pull', "must be 'missing', 'always' or 'never'.")
  if (!isTexts(args)) report('args', 'must be a list of texts.')
  else
    for (const argument of args)
      if (OWN_ARGUMENTS.test(argument))
        report('args', `'${argument.split('=')[0]}' is for servebench to set, or has an option of its own.`)
  if (gpus !== null && gpus !== 'all' && !isGpus(gpus))
    report('gpus', "must be 'all', or a list of numbers and UUIDs.")
  if (cpus !== null && !isCpuList(cpus) && !(typeof cpus === 'number' && cpus > 0 && Number.isFinite(cpus)))
    report('cpus', "must be how many CPUs (2.5), or which ones ('0-3').")
  if (network !== null && (typeof network !== 'string' || !NETWORK.test(network) || network === 'none'))
    report('network', "must be 'host' or the name of a network.")
  if (!isEnvironment(env)) report('env', "must be an object of texts, or references such as env('TOKEN').")
  const memory = planMemory(given['memory'], report)
  const mounts = planMounts(given['mounts'] ?? [], report)
  if (problems.length > before) return undefined
  return {
    image: image as string,
    runtime: runtime as ContainerRuntime,
    pull: pull as PlannedContainer['pull'],
    args: args as readonly string[],
    mounts,
    gpus: Array.isArray(gpus) ? gpus.map(String) : (gpus as 'all' | null),
    cpus: cpus as number | string | null,
    memory,
    env: env as PlannedContainer['env'],
    network: network as string | null,
  }
}

function planMemory(memory: unknown, report: (name: string, message: string) => void): number | null {
  if (memory === undefined || memory === null) return null
  try {
    const bytes = typeof memory === 'number' ? memory : parseBytes(typeof memory === 'string' ? memory : '')
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
    report('memory', 'must be above 0.')
  } catch (error) {
    report('memory', (error as Error).message)
  }
  return null
}

function planMounts(
  mounts: unknown,
  report: (name: string, message: string) => void,
): PlannedContainer['mounts'] {
  if (!Array.isArray(mounts)) {
    report('mounts', 'must be a list of paths.')
    return []
  }
  return mounts.map((entry: unknown, index) => {
    const mount = (typeof entry === 'string' ? { source: entry } : (entry ?? {})) as Partial<ContainerMount>
    const { source, target = null, readOnly = true } = mount
    if (typeof source !== 'string' || source === '') report(`mounts[${index}]`, 'must have a path.')
    if (target !== null && (typeof target !== 'string' || !target.startsWith('/')))
      report(`mounts[${index}].target`, 'must be a path from the root of the container.')
    if (typeof readOnly !== 'boolean') report(`mounts[${index}].readOnly`, 'must be true or false.')
    return { source: String(source), target, readOnly }
  })
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isGpus(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((gpu) => (typeof gpu === 'number' ? Number.isInteger(gpu) && gpu >= 0 : /^[\w-]+$/.test(gpu)))
  )
}

function isEnvironment(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([name, text]) => /^[A-Za-z_]\w*$/.test(name) && (typeof text === 'string' || isSecret(text)),
    )
  )
}
