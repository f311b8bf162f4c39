import { limitsOf, type ServerLimits } from '../../dsl/confine.ts'
import type { PlannedContainer } from '../../dsl/container.ts'
import type { Mount } from './mounts.ts'

/** A port of a container, and that of this machine's loopback which leads there. */
export interface PublishedPort {
  readonly outside: number
  readonly inside: number
}

/** Whose container it is, as labels: `doctor` finds those whose owner is gone. */
export const OWNER_LABEL = 'servebench.owner'
export const HOST_LABEL = 'servebench.host'

export interface ContainerRun {
  readonly name: string
  readonly owner: string
  readonly host: string
  readonly container: PlannedContainer
  readonly limits: ServerLimits | undefined
  /** `uid:gid`; `null`: the image's own. */
  readonly user: string | null
  readonly ports: readonly PublishedPort[]
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  /** Variables whose values the client takes from its own environment, so that no command line shows them. */
  readonly secrets: readonly string[]
  readonly directory: string | null
  /** In the place of the image's; `null`: the image's own. */
  readonly entrypoint: string | null
  readonly args: readonly string[]
}

/** Arguments for `docker` and for `podman`, which differ in how GPUs are named. */
export function runArguments(run: ContainerRun): string[] {
  const { container, limits, ports, mounts } = run
  const cpus = (limits && limitsOf(limits, 0).cpus) ?? container.cpus
  const memory = limits?.memory ?? container.memory
  return [
    'run',
    '--rm',
    // The server is not the first process there: that one gets no signals it has no handler for.
    '--init',
    '--pull=never',
    // All of it is read here, as it comes.
    '--log-driver=none',
    `--name=${run.name}`,
    `--label=${OWNER_LABEL}=${run.owner}`,
    `--label=${HOST_LABEL}=${run.host}`,
    ...(container.network === null ? [] : [`--network=${container.network}`]),
    ...ports.map(({ outside, inside }) => `--publish=127.0.0.1:${outside}:${inside}`),
    // Mounting must not relabel files of the user.
    ...(mounts.length === 0 ? [] : ['--security-opt=label=disable']),
    ...mounts.map((mount) => `--mount=${formatMount(mount)}`),
    ...gpuArguments(container),
    ...(cpus === null ? [] : [typeof cpus === 'number' ? `--cpus=${cpus}` : `--cpuset-cpus=${cpus}`]),
    ...(memory === null ? [] : [`--memory=${memory}b`, `--memory-swap=${memory}b`]),
    ...(run.user === null ? [] : [`--user=${run.user}`]),
    ...(run.directory === null ? [] : [`--workdir=${run.directory}`]),
    ...Object.entries(run.env).map(([name, value]) => `--env=${name}=${value}`),
    ...run.secrets.map((name) => `--env=${name}`),
    ...(run.entrypoint === null ? [] : [`--entrypoint=${run.entrypoint}`]),
    ...container.args,
    container.image,
    ...run.args,
  ]
}

/** Podman knows GPUs as devices of the Container Device Interface only, in all of its versions that know them. */
function gpuArguments({ gpus, runtime }: PlannedContainer): string[] {
  if (gpus === null) return []
  if (runtime === 'podman')
    return (gpus === 'all' ? ['all'] : gpus).map((gpu) => `--device=nvidia.com/gpu=${gpu}`)
  // A list in a list of options: quoted, as CSV.
  return [gpus === 'all' ? '--gpus=all' : `--gpus="device=${gpus.join(',')}"`]
}

/** Fields of CSV, in which paths may hold anything. */
function formatMount({ source, target, readOnly }: Mount): string {
  return ['type=bind', `source=${source}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])]
    .map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}
