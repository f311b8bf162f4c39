import type { JsonObject, JsonValue } from 'servebench/plugin'
import { ApiError } from './api-client.ts'
import type { ApiClient } from './api-client.ts'

/** Which object is meant. */
export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

/** What the server writes, and nobody puts back. */
const OF_THE_SERVER = [
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
]
const ATTEMPTS = 5
const FIELD_MANAGER = 'servebench'

/** Objects of one namespace. */
export class Objects {
  readonly client: ApiClient
  readonly namespace: string
  readonly #paths = new Map<string, string>()

  constructor(client: ApiClient, namespace: string) {
    this.client = client
    this.namespace = namespace
  }

  /** `null` where there is none. */
  async find(reference: ObjectReference): Promise<JsonObject | null> {
    return this.client.find(await this.path(reference))
  }

  /** Changes an object that is there; once more when somebody else has changed it meanwhile. */
  async update(reference: ObjectReference, change: (object: JsonObject) => JsonObject): Promise<JsonObject> {
    const path = await this.path(reference)
    for (let attempt = 1; ; attempt++) {
      const changed = change(await this.client.json('GET', path))
      try {
        return await this.client.json('PUT', path, changed)
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409 || attempt === ATTEMPTS) throw error
      }
    }
  }

  async create(object: JsonObject): Promise<void> {
    const path = await this.path(referenceOf(object))
    await this.client.json('POST', path.slice(0, path.lastIndexOf('/')), object)
  }

  /** Makes or changes an object as a manifest has it; what the manifest does not say stays. */
  async apply(manifest: JsonObject): Promise<void> {
    const path = `${await this.path(referenceOf(manifest))}?fieldManager=${FIELD_MANAGER}&force=true`
    await this.client.json('PATCH', path, manifest, 'application/apply-patch+yaml')
  }

  /** Puts an object back as it was; `null`: it was not there. */
  async putBack(reference: ObjectReference, before: JsonObject | null): Promise<void> {
    const path = await this.path(reference)
    if (before === null) {
      await this.client.json('DELETE', path).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 404) throw error
      })
      return
    }
    if ((await this.find(reference)) === null) return this.create(before)
    await this.update(reference, (present) => withVersion(before, present))
  }

  /** @throws {ApiError} for a kind that the cluster does not have, or that is of no namespace */
  async path({ apiVersion, kind, name }: ObjectReference): Promise<string> {
    const key = `${apiVersion} ${kind}`
    let folder = this.#paths.get(key)
    if (folder === undefined) {
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
      const resources = ((await this.client.find(group))?.['resources'] ?? []) as readonly JsonValue[]
      const found = resources
        .map(fields)
        .find((each) => each['kind'] === kind && !textOf(each['name']).includes('/'))
      if (found === undefined)
        throw new ApiError(404, `${this.client.url} has no ${kind} of ${apiVersion}.`, undefined)
      if (found['namespaced'] !== true)
        throw new ApiError(
          400,
          `A ${kind} is of the whole cluster: only objects of a namespace are changed.`,
          'Leave it out of the manifests.',
        )
      folder = `${group}/namespaces/${this.namespace}/${textOf(found['name'])}`
      this.#paths.set(key, folder)
    }
    return `${folder}/${encodeURIComponent(name)}`
  }
}

export function fields(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function referenceOf(object: JsonObject): ObjectReference {
  const { apiVersion, kind } = object
  return {
    apiVersion: textOf(apiVersion),
    kind: textOf(kind),
    name: textOf(fields(object['metadata'])['name']),
  }
}

/** Of somebody else's object: what is no text or number is nothing. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Without what the server writes into it. */
export function ownPart(object: JsonObject): JsonObject {
  const { status: _status, metadata, ...rest } = object
  const own = Object.entries(fields(metadata)).filter(([name]) => !OF_THE_SERVER.includes(name))
  return { ...rest, metadata: Object.fromEntries(own) }
}

/** An object as it was, so that it can take the place of what it is now. */
export function withVersion(before: JsonObject, present: JsonObject): JsonObject {
  const { resourceVersion = null } = fields(present['metadata'])
  return { ...before, metadata: { ...fields(before['metadata']), resourceVersion } }
}
