import type { Secret } from 'servebench/plugin'
import { resolveSecret } from 'servebench/session'
import { readKeyFile } from './key-file.ts'
import type { KeyUse } from './key-file.ts'

/** Where a token comes from. Plain data; the token itself never leaves the process that needs it. */
export type TokenSource = { readonly keyFile: string } | { readonly secret: Secret }

/** What opens a server's addresses; `null` where none is demanded. */
export interface Access {
  readonly inference: TokenSource | null
  readonly management: TokenSource | null
}

/**
 * The value of the `authorization` header, read now.
 * @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_TOKEN` or `SERVEBENCH_SECRET` when there is none
 */
export function authorize(source: TokenSource, use: KeyUse): string {
  return `Bearer ${'keyFile' in source ? readKeyFile(source.keyFile, use).key : resolveSecret(source.secret)}`
}
