import { setTimeout as delay } from 'node:timers/promises'
import { ExitCode, formatDuration, ServebenchError } from 'servebench/plugin'
import type { JsonObject } from 'servebench/plugin'
import { fields, textOf } from './objects.ts'
import type { Objects, ObjectReference } from './objects.ts'
import { conditionOf, findTrouble, whyNotReady } from './pod-trouble.ts'
import type { Trouble } from './pod-trouble.ts'

export interface RolloutOptions {
  /** Nanoseconds. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two looks; 500 by default. */
  readonly poll?: number
}

/**
 * Waits until all replicas are those of the deployment's newest template, and ready.
 * @throws {ServebenchError} `SERVEBENCH_KUBERNETES_ROLLOUT` when pods cannot start, or it takes too long; its `detail` has the
 * cluster's warnings and the end of a pod's log
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
    const trouble = isSeen(found) ? await findTrouble(objects, found) : null
    if (trouble !== null) throw failure(`The rollout of '${deployment.name}' fails:`, trouble)
    const stuck = conditionOf(found, 'Progressing')
    if (isSeen(found) && stuck?.['reason'] === 'ProgressDeadlineExceeded')
      throw failure(
        `The rollout of '${deployment.name}' fails: ${textOf(stuck['message'])}`,
        await whyNotReady(objects, found),
      )
    if (performance.now() > deadline)
      throw failure(
        `The rollout of '${deployment.name}' takes longer than ${formatDuration(timeout)}.`,
        await whyNotReady(objects, found),
      )
    await delay(poll, undefined, signal === undefined ? {} : { signal })
  }
}

/** Whether the cluster has begun with the newest template: before, pods and conditions are those of another one. */
function isSeen({ metadata, status }: JsonObject): boolean {
  return Number(fields(status)['observedGeneration'] ?? 0) >= Number(fields(metadata)['generation'] ?? 0)
}

function isComplete(deployment: JsonObject): boolean {
  const { updatedReplicas = 0, replicas: there = 0, availableReplicas = 0 } = fields(deployment['status'])
  const wanted = fields(deployment['spec'])['replicas'] ?? 1
  return isSeen(deployment) && updatedReplicas === wanted && there === wanted && availableReplicas === wanted
}

function failure(message: string, trouble: Trouble | null = null): ServebenchError {
  const said = trouble === null ? message : `${message} ${trouble.reason}`
  return new ServebenchError('SERVEBENCH_KUBERNETES_ROLLOUT', said, {
    ...(trouble === null || trouble.detail === '' ? {} : { detail: trouble.detail }),
    advice: 'The cluster is put back as it was; look at the pods with `kubectl describe`.',
    exitCode: ExitCode.target,
  })
}
