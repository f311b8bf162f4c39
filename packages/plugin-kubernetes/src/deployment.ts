import { createHash } from 'node:crypto'
import { canonicalJson, ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { fields, textOf } from './objects.ts'
import type { PlannedLaunch, PlannedState } from './server.ts'

/** Pods read a ConfigMap when they start: with other flags the template is another one. */
const FLAGS_ANNOTATION = 'servebench.dev/flags'

/**
 * A deployment with the settings of a state in it.
 * @throws {ServebenchError} `SERVEBENCH_KUBERNETES_CONTAINER` when it is not clear which container is meant
 */
export function withSettings(
  deployment: JsonObject,
  { replicas, cpus, memory, image, flags }: PlannedState,
  { container }: Pick<PlannedLaunch, 'container'>,
): JsonObject {
  const spec = fields(deployment['spec'])
  const template = fields(spec['template'])
  const pod = fields(template['spec'])
  const resources = {
    ...(cpus === null ? {} : { cpu: cpus }),
    ...(memory === null ? {} : { memory: quantityOf(memory) }),
  }
  const isLimited = Object.keys(resources).length > 0
  const containers =
    !isLimited && image === null
      ? pod['containers']
      : changeContainer(pod['containers'], container, (each) => ({
          ...each,
          ...(image === null ? {} : { image }),
          ...(isLimited ? { resources: limit(fields(each['resources']), resources) } : {}),
        }))
  return {
    ...deployment,
    spec: {
      ...spec,
      ...(replicas === null ? {} : { replicas }),
      template: {
        ...template,
        ...(Object.keys(flags).length === 0
          ? {}
          : { metadata: annotate(fields(template['metadata']), flags) }),
        spec: { ...pod, containers: containers ?? [] },
      },
    },
  }
}

/** As people write it, where it is whole. */
function quantityOf(bytes: number): string {
  for (const [unit, size] of UNITS) if (bytes % size === 0) return `${bytes / size}${unit}`
  return String(bytes)
}
const UNITS = [
  ['Gi', 1024 ** 3],
  ['Mi', 1024 ** 2],
  ['Ki', 1024],
] as const

function limit(before: JsonObject, resources: JsonObject): JsonObject {
  return {
    ...before,
    requests: { ...fields(before['requests']), ...resources },
    limits: { ...fields(before['limits']), ...resources },
  }
}

function annotate(metadata: JsonObject, flags: PlannedState['flags']): JsonObject {
  const digest = createHash('sha256').update(canonicalJson(flags)).digest('hex').slice(0, 16)
  return { ...metadata, annotations: { ...fields(metadata['annotations']), [FLAGS_ANNOTATION]: digest } }
}

function changeContainer(
  value: JsonValue | undefined,
  name: string | null,
  change: (container: JsonObject) => JsonObject,
): readonly JsonValue[] {
  const all = Array.isArray(value) ? (value as readonly JsonValue[]).map(fields) : []
  const names = all.map((each) => textOf(each['name']))
  const chosen = name ?? (names.length === 1 ? names[0] : undefined)
  if (chosen !== undefined && names.includes(chosen))
    return all.map((each) => (each['name'] === chosen ? change(each) : each))
  throw new ServebenchError(
    'SERVEBENCH_KUBERNETES_CONTAINER',
    name === null ? `The pods have ${names.length} containers.` : `The pods have no container '${name}'.`,
    { advice: `Say with \`container\` which one is meant: ${names.join(', ')}.`, exitCode: ExitCode.usage },
  )
}

/** What a result tells of a deployment. */
export function describeDeployment(deployment: JsonObject): JsonObject {
  const spec = fields(deployment['spec'])
  const pod = fields(fields(spec['template'])['spec'])
  const containers = Array.isArray(pod['containers'])
    ? (pod['containers'] as readonly JsonValue[]).map(fields)
    : []
  return {
    replicas: spec['replicas'] ?? 1,
    containers: Object.fromEntries(
      containers.map(({ name, image, resources }) => [
        textOf(name),
        { image: image ?? null, resources: resources ?? {} },
      ]),
    ),
  }
}
