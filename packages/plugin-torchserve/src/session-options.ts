import type { GrpcEngine, HttpEngine, HttpHeaders, TlsOptions } from 'servebench/session'
import type { TorchServeApi } from './target.ts'
import type { TokenSource } from './token/token-source.ts'

/** What the session module gets. Plain data; secrets and tokens are named, not held. */
export interface TorchServeSessionOptions {
  /** Without a path. */
  readonly url: string
  readonly transport: HttpEngine | GrpcEngine
  readonly protocol: 'http' | 'grpc'
  readonly api: TorchServeApi
  readonly model: string
  /** `''`: the default one. */
  readonly version: string
  /** Without slashes at its ends. */
  readonly path: string
  readonly stream: boolean
  readonly token: TokenSource | null
  readonly headers: HttpHeaders
  readonly tls?: TlsOptions
  /** The folder of a profile that gets the ids which the server gives to requests; only over HTTP. */
  readonly profile?: string
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}
