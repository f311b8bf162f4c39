import type { Secret } from '../../dsl/secret.ts'
import { resolveText } from '../secret-resolution.ts'

/**
 * Header fields of a request by name. A value may be, or contain, secrets:
 * `{ authorization: ['Bearer ', env('TOKEN')] }`.
 */
export type HttpHeaders = Readonly<Record<string, string | Secret | readonly (string | Secret)[]>>

/** Headers with the secrets in them, as they go over the wire. */
export type HeaderList = readonly (readonly [name: string, value: string])[]

/** Reads the secrets; later lists override earlier ones, whatever the case of the names. */
export function resolveHeaders(...sources: readonly (HttpHeaders | undefined)[]): HeaderList {
  const byName = new Map<string, readonly [string, string]>()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) {
      byName.set(name.toLowerCase(), [name, resolveText(value)])
    }
  }
  return [...byName.values()]
}
