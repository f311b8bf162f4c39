import { isAbsolute, join } from 'node:path'
import type { PlannedLaunch } from '../server.ts'
import type { TritonInstallation } from './find-server.ts'

type Launch = Extract<PlannedLaunch, { mode: 'launch' }>

export const HOST = '127.0.0.1'
/** How long models may take to finish when the server is ended. */
const EXIT_SECONDS = 10

export interface Ports {
  readonly http: number
  readonly grpc: number
  readonly metrics: number
}

interface Surroundings {
  readonly ports: Ports
  /** The repository of servebench's own models. */
  readonly repository: string
  /** What the names of the python backend's shared memory begin with. */
  readonly region: string
  /** Where relative paths start. */
  readonly root: string
  /** A scratch folder. */
  readonly directory: string
  /** Where it listens. */
  readonly host: string
}

/** The command line of a server with explicit model control. */
export function serverArguments(
  launch: Launch,
  installation: TritonInstallation,
  { ports, repository, region, root, directory, host }: Surroundings,
): string[] {
  const { repositories, trace } = launch
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(root, path))
  return [
    ...[repository, ...repositories.map(absolute)].map((path) => `--model-repository=${path}`),
    '--model-control-mode=explicit',
    ...(installation.backends === null ? [] : [`--backend-directory=${installation.backends}`]),
    ...(installation.caches === null ? [] : [`--cache-directory=${installation.caches}`]),
    `--http-address=${host}`,
    `--grpc-address=${host}`,
    `--metrics-address=${host}`,
    `--http-port=${ports.http}`,
    `--grpc-port=${ports.grpc}`,
    `--metrics-port=${ports.metrics}`,
    // Regions of the python backend outlive a killed server: with a name of its own they can be found.
    ...(installation.backendNames?.includes('python')
      ? [`--backend-config=python,shm-region-prefix-name=${region}`]
      : []),
    `--exit-timeout-secs=${EXIT_SECONDS}`,
    // The file cannot be named later on; nothing is written until tracing is switched on.
    ...(trace ? [`--trace-config=triton,file=${join(directory, 'trace.json')}`] : []),
    ...chosenArguments(launch),
  ]
}

/** What the user has chosen: the rest is about where this server is. */
export function chosenArguments({ cacheBytes, rateLimits, args }: Launch): readonly string[] {
  const limits = Object.entries(rateLimits)
  return [
    ...(cacheBytes === null ? [] : [`--cache-config=local,size=${cacheBytes}`]),
    ...(limits.length === 0 ? [] : ['--rate-limit=execution_count']),
    ...limits.map(([name, count]) => `--rate-limit-resource=${name}:${count}`),
    ...args,
  ]
}
