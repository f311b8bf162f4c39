import type { Secret } from '../../dsl/secret.ts'

/** A certificate as PEM text, or where to find it. */
export type PemSource = string | Secret

/** How to speak TLS with a server; the same for every protocol. Plain data. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the system's. */
  readonly ca?: PemSource | readonly PemSource[]
  /** The client's certificate, with intermediates (mutual TLS). */
  readonly cert?: PemSource
  /** The client's private key: always a reference. */
  readonly key?: Secret
  readonly passphrase?: Secret
  /** The name to ask for and to verify, when it is not the URL's host. */
  readonly serverName?: string
  /** Accepts any certificate. */
  readonly insecure?: boolean
}
