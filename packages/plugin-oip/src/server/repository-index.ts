import type { JsonValue } from 'servebench/plugin'
import { fieldsOf, textOf } from './json-fields.ts'
import type { OipClient } from './oip-client.ts'

/** A model that a server knows. */
export interface RepositoryEntry {
  readonly name: string
  readonly version: string | null
  /** `READY`, `LOADING`, `UNLOADING`, `UNAVAILABLE`; `UNKNOWN` when the server does not say. */
  readonly state: string
  readonly reason: string
}

export async function readIndex(client: OipClient): Promise<readonly RepositoryEntry[]> {
  return (await client.repositoryIndex()).flatMap((entry) => readEntry(entry) ?? [])
}

function readEntry(value: JsonValue): RepositoryEntry | null {
  const { name, version, state, reason } = fieldsOf(value)
  if (typeof name !== 'string') return null
  return {
    name,
    version: typeof version === 'string' && version !== '' ? version : null,
    // MLServer writes `State.READY` over gRPC.
    state: typeof state === 'string' && state !== '' ? state.replace(/^.*\./, '') : 'UNKNOWN',
    reason: textOf(reason),
  }
}
