import { dump } from 'js-yaml'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { ConfigurationContext, ConfigurationFile, JsonObject, ServerPlan } from 'servebench/plugin'
import type { KubernetesControl } from './control.ts'
import { withSettings } from './deployment.ts'
import { readManifests } from './manifests.ts'
import { fields, referenceOf } from './objects.ts'
import type { KubernetesServerSpec, PlannedLaunch, PlannedState } from './server.ts'

const DEPLOYMENT = 'deployment.yaml'
const FLAGS = 'flags.yaml'
const BASE = 'base.yaml'

/**
 * A Kustomize folder that brings a deployment into a configuration: `kubectl apply --server-side --force-conflicts -k FOLDER`.
 * Its objects say what the configuration sets and nothing else, so that everything else of them stays in the cluster as it
 * is. What the state's own overlay or manifests have is in `base.yaml`, rendered, with the rest as patches on it.
 * @returns nothing for a state that leaves the deployment as it is
 * @throws {ServebenchError} `SERVEBENCH_KUBERNETES_CONTAINER` where it is not known which container is meant
 */
export async function renderOverlay(
  server: ServerPlan,
  context: ConfigurationContext,
): Promise<readonly ConfigurationFile[]> {
  const { launch, state } = server as KubernetesServerSpec
  const base = await readManifests(state, launch.namespace, context.root)
  const own = [
    { path: DEPLOYMENT, object: await deploymentOf(launch, state, context) },
    { path: FLAGS, object: flagsOf(launch, state) },
  ].filter((file): file is { path: string; object: JsonObject } => file.object !== null)
  if (base.length + own.length === 0) return []
  const isInBase = (object: JsonObject): boolean =>
    base.map(referenceOf).some(({ kind, name }) => {
      const { kind: ownKind, name: ownName } = referenceOf(object)
      return kind === ownKind && name === ownName
    })
  const patches = own.filter(({ object }) => isInBase(object)).map(({ path }) => ({ path }))
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: launch.namespace,
    resources: [
      ...(base.length === 0 ? [] : [BASE]),
      ...own.filter(({ object }) => !isInBase(object)).map(({ path }) => path),
    ],
    ...(patches.length === 0 ? {} : { patches }),
  }
  return [
    { path: 'kustomization.yaml', text: yaml(kustomization) },
    ...(base.length === 0 ? [] : [{ path: BASE, text: base.map(yaml).join('---\n') }]),
    ...own.map(({ path, object }) => ({ path, text: yaml(object) })),
  ]
}

/** What the state sets of the deployment itself; `null`: nothing. */
async function deploymentOf(
  launch: PlannedLaunch,
  state: PlannedState,
  context: ConfigurationContext,
): Promise<JsonObject | null> {
  const { replicas, cpus, memory, image, flags } = state
  const isOfContainer = cpus !== null || memory !== null || image !== null
  if (replicas === null && !isOfContainer && Object.keys(flags).length === 0) return null
  const names = isOfContainer ? await containersOf(launch, context) : []
  const skeleton = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: launch.deployment, namespace: launch.namespace },
    spec: { template: { spec: { containers: names.map((name) => ({ name })) } } },
  }
  const { spec: wanted, ...rest } = withSettings(skeleton, state, launch)
  const { template, ...spec } = fields(wanted)
  const { metadata, spec: pod } = fields(template)
  const containers = (fields(pod)['containers'] as readonly JsonObject[]).filter(
    (container) => Object.keys(container).length > 1,
  )
  const parts = {
    ...(metadata === undefined ? {} : { metadata }),
    ...(containers.length === 0 ? {} : { spec: { containers } }),
  }
  return { ...rest, spec: { ...spec, ...(Object.keys(parts).length === 0 ? {} : { template: parts }) } }
}

async function containersOf(
  { container, deployment }: PlannedLaunch,
  { control, effective }: ConfigurationContext,
): Promise<readonly string[]> {
  if (container !== null) return [container]
  if (control !== null) return (control as KubernetesControl).containers()
  // As `configure` has told of it.
  if (effective !== undefined) return Object.keys(fields(fields(effective)['containers']))
  throw new ServebenchError(
    'SERVEBENCH_KUBERNETES_CONTAINER',
    `It is not known which container of '${deployment}' limits and the image are for.`,
    { advice: 'Say it with `container`, or give the control of the server.', exitCode: ExitCode.usage },
  )
}

function flagsOf({ flagsConfigMap, namespace }: PlannedLaunch, { flags }: PlannedState): JsonObject | null {
  if (flagsConfigMap === null || Object.keys(flags).length === 0) return null
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: flagsConfigMap, namespace },
    data: { ...flags },
  }
}

function yaml(value: object): string {
  return dump(value, { lineWidth: -1, noRefs: true })
}
