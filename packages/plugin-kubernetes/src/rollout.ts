import { setTimeout as delay } from 'node:timers/promises'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { fields, textOf } from './objects.ts'
import type { Objects, ObjectReference } from './objects.ts'

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

export interface RolloutOptions {
  /** Nanoseconds. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two looks; 500 by default. */
  readonly poll?: number
}

/**
 * Waits until all replicas are those of the deployment's newest template, and ready.
 * @throws {ServebenchError} `SERVEBENCH_KUBERNETES_ROLLOUT` with the end of a pod's log, when pods cannot start, or it takes
 * too long
 */
export async function waitForRollout(
  objects: Objects,
  deployment: ObjectReference,
  { timeout, signal, poll = 500 }: RolloutOptions,
): Promise<void> {
  const deadline = performance.now() + timeout / 1e6
  for (;;) {
    signal?.throwIfAborted()
    const found = await objects.find(deployment)
    if (found === null) throw failure(`The deployment '${deployment.name}' is gone.`)
    if (isComplete(found)) return
    const trouble = await findTrouble(objects, found)
    if (trouble !== null) throw failure(`The rollout of '${deployment.name}' fails: ${trouble}`)
    const stuck = conditionOf(found, 'Progressing')
    if (stuck?.['reason'] === 'ProgressDeadlineExceeded')
      throw failure(
        `The rollout of '${deployment.name}' fails: ${textOf(stuck['message'])}${await whyNotReady(objects, found)}`,
      )
    if (performance.now() > deadline)
      throw failure(
        `The rollout of '${deployment.name}' takes longer than ${Math.round(timeout / 1e9)} s.${await whyNotReady(objects, found)}`,
      )
    await delay(poll, undefined, signal === undefined ? {} : { signal })
  }
}

function isComplete({ metadata, spec, status }: JsonObject): boolean {
  const { generation } = fields(metadata)
  const {
    observedGeneration,
    updatedReplicas = 0,
    replicas: there = 0,
    availableReplicas = 0,
  } = fields(status)
  const wanted = fields(spec)['replicas'] ?? 1
  return (
    Number(observedGeneration ?? 0) >= Number(generation ?? 0) &&
    updatedReplicas === wanted &&
    there === wanted &&
    availableReplicas === wanted
  )
}

function conditionOf({ status }: JsonObject, type: string): JsonObject | undefined {
  return elements(fields(status)['conditions']).find((each) => each['type'] === type)
}

/** A pod that cannot start, with the end of its log. */
async function findTrouble(objects: Objects, deployment: JsonObject): Promise<string | null> {
  for (const pod of await podsOf(objects, deployment)) {
    const { containerStatuses, initContainerStatuses } = fields(pod['status'])
    for (const container of [...elements(initContainerStatuses), ...elements(containerStatuses)]) {
      const { reason, message } = fields(fields(container['state'])['waiting'])
      if (typeof reason !== 'string' || !HOPELESS.has(reason)) continue
      const { reason: ended, exitCode } = fields(fields(container['lastState'])['terminated'])
      const how = ended === undefined ? '' : `, ${textOf(ended)} with code ${textOf(exitCode)}`
      const said = typeof message === 'string' && message !== '' ? ` (${message})` : ''
      return `${reason}${how} of the pod ${nameOf(pod)}${said}.${await logOf(objects, pod, textOf(container['name']))}`
    }
  }
  return null
}

/** For one that simply does not become ready. */
async function whyNotReady(objects: Objects, deployment: JsonObject): Promise<string> {
  for (const pod of await podsOf(objects, deployment)) {
    const conditions = elements(fields(pod['status'])['conditions'])
    const scheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
    if (scheduled !== undefined)
      return ` The pod ${nameOf(pod)} has no node: ${textOf(scheduled['message'])}.`
    const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    const [container] = elements(fields(pod['status'])['containerStatuses'])
    if (!isReady && container !== undefined)
      return ` The pod ${nameOf(pod)} is not ready.${await logOf(objects, pod, textOf(container['name']))}`
  }
  return ''
}

async function podsOf(objects: Objects, { spec }: JsonObject): Promise<readonly JsonObject[]> {
  const labels = Object.entries(fields(fields(fields(spec)['selector'])['matchLabels']))
  const selector = encodeURIComponent(labels.map(([name, value]) => `${name}=${textOf(value)}`).join(','))
  const path = `/api/v1/namespaces/${objects.namespace}/pods?labelSelector=${selector}`
  // Who may not list pods is told less.
  const answer = await objects.client.json('GET', path).catch((): JsonObject => ({}))
  return elements(answer['items'])
}

async function logOf(objects: Objects, pod: JsonObject, container: string): Promise<string> {
  const path = `/api/v1/namespaces/${objects.namespace}/pods/${nameOf(pod)}/log`
  const query = `container=${encodeURIComponent(container)}&tailLines=${LOG_LINES}`
  const read = async (more: string): Promise<string> =>
    (await objects.client.text('GET', `${path}?${query}${more}`).catch(() => '')).trimEnd()
  // Of the one that has crashed, where it was started again meanwhile.
  const text = (await read('&previous=true')) || (await read(''))
  return text === '' ? '' : ` The end of its log:\n${text}`
}

function elements(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).map(fields) : []
}

function nameOf(pod: JsonObject): string {
  return textOf(fields(pod['metadata'])['name'])
}

function failure(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_KUBERNETES_ROLLOUT', message, {
    advice: 'The cluster is put back as it was; look at the pods with `kubectl describe`.',
    exitCode: ExitCode.target,
  })
}
