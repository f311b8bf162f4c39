import { canonicalJson, undoSteps } from 'servebench/plugin'
import type { JsonObject, JsonValue, ServerControl } from 'servebench/plugin'
import { describeDeployment, withSettings } from './deployment.ts'
import { readManifests } from './manifests.ts'
import { fields, Objects, ownPart, referenceOf, withVersion } from './objects.ts'
import type { ObjectReference } from './objects.ts'
import { waitForRollout } from './rollout.ts'
import type { PlannedLaunch, PlannedState } from './server.ts'
import { TUNABLES } from './tuning.ts'

interface UndoStep {
  readonly undo: 'object'
  readonly object: ObjectReference
  /** `null`: it was not there. */
  readonly before: JsonObject | null
}

export interface KubernetesControlOptions {
  readonly objects: Objects
  readonly launch: PlannedLaunch
  readonly root: string
  readonly signal?: AbortSignal
  /** Milliseconds between two looks at a rollout. */
  readonly poll?: number
}

export interface KubernetesControl extends ServerControl {
  /** Names of the containers of its pods. */
  containers(): Promise<readonly string[]>
}

/** Control of a deployment: every object that is changed is put back as it was. */
export function kubernetesControl(options: KubernetesControlOptions): KubernetesControl {
  const { objects, launch, root, signal } = options
  const lasting = new Objects(objects.client.uninterrupted(), objects.namespace)
  const deployment: ObjectReference = { apiVersion: 'apps/v1', kind: 'Deployment', name: launch.deployment }
  /** As they were before this run, by reference. */
  const originals = new Map<string, UndoStep>()
  let applied: string | null = null
  const wait = (): Promise<void> =>
    waitForRollout(objects, deployment, {
      timeout: launch.rolloutTimeout,
      signal,
      ...(options.poll === undefined ? {} : { poll: options.poll }),
    })
  const isDeployment = ({ kind, name }: ObjectReference): boolean =>
    kind === 'Deployment' && name === launch.deployment
  const restore = async (but: (object: ObjectReference) => boolean = () => false): Promise<void> => {
    for (const { object, before } of [...originals.values()].toReversed())
      if (!but(object)) await lasting.putBack(object, before)
    applied = null
  }
  return {
    async health() {
      const found = await objects.find(deployment).catch(() => null)
      const ready = Number(fields(found?.['status'])['availableReplicas'] ?? 0) > 0
      return { live: ready, ready }
    },
    async metadata() {
      await objects.client.json('GET', await objects.path(deployment))
      return { name: 'Kubernetes', version: null, extensions: [], models: [] }
    },
    async configure(state, { changing }) {
      const wanted = state as unknown as PlannedState
      const manifests = await readManifests(wanted, launch.namespace, root)
      const key = canonicalJson([state, manifests])
      if (key !== applied) {
        // A case says all: what another one has set is not left over. The deployment itself is written once, made of what
        // it was before the run, so that no pods are started in between.
        const isManifest = manifests.map(referenceOf).some(isDeployment)
        if (applied !== null) await restore((object) => !isManifest && isDeployment(object))
        const base = (present: JsonObject): JsonObject => {
          const before = originals.get(canonicalJson({ ...deployment }))?.before ?? null
          return before === null || isManifest ? present : withVersion(before, present)
        }
        const remember = async (object: ObjectReference): Promise<void> => {
          const name = canonicalJson({ ...object })
          if (originals.has(name)) return
          const found = await objects.find(object)
          const step: UndoStep = { undo: 'object', object, before: found === null ? null : ownPart(found) }
          await changing?.(step as unknown as JsonValue)
          originals.set(name, step)
        }
        // Only when all of it is known to be possible, something is changed.
        const present = await objects.client.json('GET', await objects.path(deployment))
        withSettings(present, wanted, launch)
        applied = ''
        for (const manifest of manifests) {
          await remember(referenceOf(manifest))
          await objects.apply(manifest)
        }
        if (Object.keys(wanted.flags).length > 0) await setFlags(objects, launch, wanted.flags, remember)
        const change = (present: JsonObject): JsonObject => withSettings(base(present), wanted, launch)
        const now = await objects.client.json('GET', await objects.path(deployment))
        if (canonicalJson(ownPart(change(now))) !== canonicalJson(ownPart(now))) {
          await remember(deployment)
          await objects.update(deployment, change)
        }
        await wait()
        applied = key
      }
      return describeDeployment(await objects.client.json('GET', await objects.path(deployment)))
    },
    async restore() {
      if (originals.size === 0) return
      await restore()
      originals.clear()
      // Who has interrupted the run does not wait for pods as well.
      if (signal?.aborted !== true) await wait()
    },
    async undo(steps) {
      const failures = await undoSteps<UndoStep>(steps, {
        url: objects.client.url,
        read: readStep,
        takeBack: ({ object, before }) => lasting.putBack(object, before),
        describe: ({ object: { kind, name } }) => `the ${kind} '${name}'`,
      })
      return failures
    },
    tunables: async () => TUNABLES,
    async containers() {
      const found = describeDeployment(await objects.client.json('GET', await objects.path(deployment)))
      return Object.keys(fields(found['containers']))
    },
  }
}

async function setFlags(
  objects: Objects,
  { flagsConfigMap }: PlannedLaunch,
  flags: PlannedState['flags'],
  remember: (object: ObjectReference) => Promise<void>,
): Promise<void> {
  const reference: ObjectReference = { apiVersion: 'v1', kind: 'ConfigMap', name: flagsConfigMap ?? '' }
  await remember(reference)
  if ((await objects.find(reference)) === null) {
    await objects.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: reference.name, namespace: objects.namespace },
      data: { ...flags },
    })
    return
  }
  await objects.update(reference, (object) => ({ ...object, data: { ...fields(object['data']), ...flags } }))
}

/** Somebody else's data: a file that another run has left. */
function readStep(value: JsonValue): UndoStep | null {
  const step = fields(value)
  const object = fields(step['object'])
  const { apiVersion, kind, name } = object
  const before = step['before']
  const isKnown =
    step['undo'] === 'object' &&
    [apiVersion, kind, name].every((text) => typeof text === 'string') &&
    (before === null || (typeof before === 'object' && !Array.isArray(before)))
  return isKnown ? (step as unknown as UndoStep) : null
}
