import type { JsonObject, JsonValue } from 'servebench/plugin'
import { fields, textOf } from './objects.ts'
import type { Objects } from './objects.ts'

/** What a container waits for that does not come by waiting. */
const HOPELESS = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
])
const LOG_LINES = 20
const EVENTS = 5
/** By which a deployment knows its pods. */
const REVISION = 'deployment.kubernetes.io/revision'
const TEMPLATE_HASH = 'pod-template-hash'

/** Why a rollout does not come to its end. */
export interface Trouble {
  /** A sentence. */
  readonly reason: string
  /** What the cluster and the pod say, in lines; may be empty. */
  readonly detail: string
}

/** A pod that cannot start, with the end of its log. */
export async function findTrouble(objects: Objects, deployment: JsonObject): Promise<Trouble | null> {
  for (const pod of await podsOf(objects, deployment)) {
    const { containerStatuses, initContainerStatuses } = fields(pod['status'])
    for (const container of [...elements(initContainerStatuses), ...elements(containerStatuses)]) {
      const { reason, message } = fields(fields(container['state'])['waiting'])
      if (typeof reason !== 'string' || !HOPELESS.has(reason)) continue
      const { reason: ended, exitCode } = fields(fields(container['lastState'])['terminated'])
      const how = ended === undefined ? '' : `, ${textOf(ended)} with code ${textOf(exitCode)}`
      const said = typeof message === 'string' && message !== '' ? ` (${message})` : ''
      return {
        reason: `${reason}${how} of the pod ${nameOf(pod)}${said}.`,
        detail: await storyOf(objects, pod, textOf(container['name'])),
      }
    }
  }
  return null
}

/** For one that simply does not become ready. */
export async function whyNotReady(objects: Objects, deployment: JsonObject): Promise<Trouble | null> {
  // A quota, most often: there are no pods that could say something.
  const refused = conditionOf(deployment, 'ReplicaFailure')
  if (refused?.['status'] === 'True')
    return { reason: `Pods are refused: ${textOf(refused['message'])}.`, detail: '' }
  for (const pod of await podsOf(objects, deployment)) {
    const conditions = elements(fields(pod['status'])['conditions'])
    const scheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
    if (scheduled !== undefined)
      return { reason: `The pod ${nameOf(pod)} has no node: ${textOf(scheduled['message'])}.`, detail: '' }
    const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    const [container] = elements(fields(pod['status'])['containerStatuses'])
    if (!isReady && container !== undefined)
      return {
        reason: `The pod ${nameOf(pod)} is not ready.`,
        detail: await storyOf(objects, pod, textOf(container['name'])),
      }
  }
  return null
}

/**
 * Pods of the newest template. Those of the one before say nothing of this rollout: they may be what it puts right.
 */
async function podsOf(objects: Objects, deployment: JsonObject): Promise<readonly JsonObject[]> {
  const { namespace } = objects
  const labels = Object.entries(fields(fields(fields(deployment['spec'])['selector'])['matchLabels']))
  const selector = encodeURIComponent(labels.map(([name, value]) => `${name}=${textOf(value)}`).join(','))
  const all = await list(objects, `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`)
  const pods = all.filter(({ metadata }) => fields(metadata)['deletionTimestamp'] === undefined)
  if (pods.length === 0) return pods
  const sets = await list(
    objects,
    `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=${selector}`,
  )
  const newest = sets.find((set) => revisionOf(set) !== '' && revisionOf(set) === revisionOf(deployment))
  const hash = newest === undefined ? undefined : labelOf(newest, TEMPLATE_HASH)
  return hash === undefined ? pods : pods.filter((pod) => labelOf(pod, TEMPLATE_HASH) === hash)
}

function revisionOf({ metadata }: JsonObject): string {
  return textOf(fields(fields(metadata)['annotations'])[REVISION])
}

function labelOf({ metadata }: JsonObject, name: string): JsonValue | undefined {
  return fields(fields(metadata)['labels'])[name]
}

/** What is said of a pod, and what it says itself. */
async function storyOf(objects: Objects, pod: JsonObject, container: string): Promise<string> {
  const parts = [await eventsOf(objects, pod), await logOf(objects, pod, container)]
  return parts.filter((part) => part !== '').join('\n')
}

/** Warnings of the cluster: of probes that fail, of volumes and images that are not there. */
async function eventsOf(objects: Objects, pod: JsonObject): Promise<string> {
  const selector = encodeURIComponent(`involvedObject.name=${nameOf(pod)}`)
  const warnings = (
    await list(objects, `/api/v1/namespaces/${objects.namespace}/events?fieldSelector=${selector}`)
  )
    .filter(({ type }) => type === 'Warning')
    .slice(-EVENTS)
    .map(({ reason, message, count }) => {
      const times = Number(count ?? 1) > 1 ? ` (${textOf(count)} times)` : ''
      return `${textOf(reason)}: ${textOf(message).trim()}${times}`
    })
  return warnings.length === 0 ? '' : `Its events:\n${warnings.join('\n')}`
}

async function logOf(objects: Objects, pod: JsonObject, container: string): Promise<string> {
  const path = `/api/v1/namespaces/${objects.namespace}/pods/${nameOf(pod)}/log`
  const query = `container=${encodeURIComponent(container)}&tailLines=${LOG_LINES}`
  const read = async (more: string): Promise<string> =>
    (await objects.client.text('GET', `${path}?${query}${more}`).catch(() => '')).trimEnd()
  // Of the one that has crashed, where it was started again meanwhile.
  const text = (await read('&previous=true')) || (await read(''))
  return text === '' ? '' : `The end of its log:\n${text}`
}

/** Who may not list something is told less. */
async function list(objects: Objects, path: string): Promise<readonly JsonObject[]> {
  const answer = await objects.client.json('GET', path).catch((): JsonObject => ({}))
  return elements(answer['items'])
}

function elements(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(fields) : []
}

function nameOf(pod: JsonObject): string {
  return textOf(fields(pod['metadata'])['name'])
}

export function conditionOf({ status }: JsonObject, type: string): JsonObject | undefined {
  return elements(fields(status)['conditions']).find((each) => each['type'] === type)
}
