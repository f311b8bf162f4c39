import {
  parseBytes,
  parseDuration,
  parseServerUrl,
  readOption,
  refuseUnknown,
  ValidationError,
} from 'servebench/plugin'
import type { ByteSize, Duration, JsonObject, Problem, ServerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/** What is brought about in the cluster before a case, waited for, and taken back at the end. */
export interface KubernetesState {
  readonly replicas?: number
  /** Requested and allowed at most, of each pod: `2`, or `'500m'`. */
  readonly cpus?: number | string
  /** Requested and allowed at most, of each pod. */
  readonly memory?: ByteSize
  readonly image?: string
  /** Entries of the ConfigMap that `flags` of the server names; pods are started anew with them. */
  readonly flags?: Readonly<Record<string, string | number | boolean>>
  /** A folder with a `kustomization.yaml`, relative to the root; `kubectl kustomize` renders it here. */
  readonly overlay?: string
  /** A file of manifests, relative to the root. */
  readonly manifests?: string
}

export interface KubernetesOptions extends KubernetesState {
  /** The name of the context in the kubeconfig: no cluster is contacted that is not named. */
  readonly context: string
  /** Relative to the root. Default: the file of `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string
  readonly namespace: string
  /** Of the model server. */
  readonly deployment: string
  /** The container of its pods that limits and the image are for. Default: the only one. */
  readonly container?: string
  /** The ConfigMap that the pods take their flags from. */
  readonly flagsConfigMap?: string
  /** Where load is sent: a service, an ingress, a node port, or a port that is forwarded. */
  readonly url: string
  readonly grpcUrl?: string
  /** The page of metrics, in full. */
  readonly metricsUrl?: string
  /** How long a rollout may take. Default `'5m'`. */
  readonly rolloutTimeout?: Duration
}

/** Plain data. */
export interface PlannedLaunch {
  readonly context: string
  readonly kubeconfig: string | null
  readonly namespace: string
  readonly deployment: string
  readonly container: string | null
  readonly flagsConfigMap: string | null
  readonly http: string
  readonly grpc: string | null
  readonly metrics: string | null
  /** Nanoseconds. */
  readonly rolloutTimeout: number
}

/** Plain data; what is `null` stays as the cluster has it. */
export interface PlannedState {
  readonly replicas: number | null
  readonly cpus: string | null
  /** Bytes. */
  readonly memory: number | null
  readonly image: string | null
  readonly flags: Readonly<Record<string, string>>
  readonly overlay: string | null
  readonly manifests: string | null
}

export interface KubernetesServerSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
  readonly state: PlannedState & JsonObject
}

const STATE_OPTIONS = ['replicas', 'cpus', 'memory', 'image', 'flags', 'overlay', 'manifests'] as const
const LAUNCH_OPTIONS = [
  'context',
  'kubeconfig',
  'namespace',
  'deployment',
  'container',
  'flagsConfigMap',
  'url',
  'grpcUrl',
  'metricsUrl',
  'rolloutTimeout',
] as const
/** As the cluster has names of objects (RFC 1123). */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
const LARGEST_REPLICAS = 10_000

/**
 * A deployment on Kubernetes that runs already. Its `state` is brought about in the cluster, its rollout waited for, and
 * taken back at the end.
 *
 * @example kubernetesServer({ context: 'staging', namespace: 'models', deployment: 'triton', url: 'http://triton.example:8000', replicas: 2 })
 * @throws {ValidationError} with all problems of the options at once
 */
export function kubernetesServer(options: KubernetesOptions): KubernetesServerSpec {
  const problems: Problem[] = []
  refuseUnknown(options, [...LAUNCH_OPTIONS, ...STATE_OPTIONS], '', problems)
  const launch = planLaunch(options, problems)
  const state = planState(options, problems)
  if (Object.keys(state.flags).length > 0 && launch.flagsConfigMap === null)
    problems.push({
      path: 'flags',
      message: 'need `flagsConfigMap`, the ConfigMap that pods take them from.',
    })
  if (problems.length > 0) throw new ValidationError('kubernetesServer()', problems)
  return {
    kind: KIND,
    package: PACKAGE,
    launch: launch as PlannedLaunch & JsonObject,
    state: state as PlannedState & JsonObject,
  }
}

function planLaunch(options: KubernetesOptions, problems: Problem[]): PlannedLaunch {
  const {
    context,
    kubeconfig = null,
    namespace,
    deployment,
    container = null,
    flagsConfigMap = null,
  } = options
  if (typeof context !== 'string' || context === '')
    problems.push({ path: 'context', message: 'is missing: no cluster is contacted that is not named.' })
  for (const [path, name] of Object.entries({ namespace, deployment, container, flagsConfigMap })) {
    if (name !== null && (typeof name !== 'string' || !OBJECT_NAME.test(name)))
      problems.push({
        path,
        message: `must be the name of an object, not ${JSON.stringify(name) ?? 'nothing'}.`,
      })
  }
  const parse = (path: string, url: string): string =>
    readOption(path, url, (text) => parseServerUrl(text, 'http://127.0.0.1:8000'), '', problems)
  return {
    context,
    kubeconfig,
    namespace,
    deployment,
    container,
    flagsConfigMap,
    http: parse('url', options.url),
    grpc: options.grpcUrl === undefined ? null : parse('grpcUrl', options.grpcUrl),
    metrics: options.metricsUrl === undefined ? null : parse('metricsUrl', options.metricsUrl),
    rolloutTimeout: readOption('rolloutTimeout', options.rolloutTimeout ?? '5m', parseDuration, 0, problems),
  }
}

/** Also of a single setting. */
export function planState(
  { replicas, cpus, memory, image, flags = {}, overlay, manifests }: KubernetesState,
  problems: Problem[],
): PlannedState {
  const report = (path: string, message: string): void => void problems.push({ path, message })
  if (replicas !== undefined && (!Number.isInteger(replicas) || replicas < 1 || replicas > LARGEST_REPLICAS))
    report('replicas', `must be a whole number from 1 to ${LARGEST_REPLICAS}.`)
  if (cpus !== undefined && !/^(?!0+(\.0+)?m?$)(\d+(\.\d{1,3})?|\d+m)$/.test(String(cpus)))
    report('cpus', "must be a number of CPUs, such as 2 or '500m'.")
  const bytes = memory === undefined ? null : readOption('memory', memory, parseBytes, 1, problems)
  if (bytes === 0) report('memory', 'must be above 0.')
  for (const [path, text] of Object.entries({ image, overlay, manifests }))
    if (text !== undefined && (typeof text !== 'string' || text === '')) report(path, 'must be a text.')
  for (const [name, value] of Object.entries(flags)) {
    if (!/^[-._a-zA-Z0-9]+$/.test(name) || !['string', 'number', 'boolean'].includes(typeof value))
      report(`flags.${name}`, 'must be a text, a number, true or false, by the name of an entry.')
  }
  if (overlay !== undefined && manifests !== undefined)
    report('manifests', 'and `overlay` exclude each other.')
  return {
    replicas: replicas ?? null,
    cpus: cpus === undefined ? null : String(cpus),
    memory: bytes,
    image: image ?? null,
    flags: Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, String(value)])),
    overlay: overlay ?? null,
    manifests: manifests ?? null,
  }
}
