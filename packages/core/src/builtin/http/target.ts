import type { TargetSpec } from '../../plugin.ts'
import type { HttpHeaders, TlsOptions } from '../../session.ts'
import type { HttpJson, HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'

/** How to reach an HTTP server, and what to ask it when the input does not say otherwise. */
export interface HttpOptions {
  /** In full, for example `http://127.0.0.1:8000/v1/infer`. Without it, the server that the case launches. */
  readonly url?: string
  /** Replaces the URL's path; with a launched server, the path on it. */
  readonly path?: string
  /** `POST` when there is a body, else `GET`. */
  readonly method?: string
  /** Sent with every request; a request's own headers override them. */
  readonly headers?: HttpHeaders
  /** Sent when the input has no body: text, or a value that becomes JSON. */
  readonly body?: string | HttpJson
  /** Compresses request bodies. */
  readonly compress?: 'gzip' | 'deflate' | 'br' | 'zstd'
  /** Statuses that count as success; 200–299 by default. */
  readonly expectStatus?: number | readonly number[]
  readonly tls?: TlsOptions
  /** Names of the metrics in `Server-Timing` that say how long a request waited in the server and was worked on. */
  readonly serverTiming?: { readonly queue?: string; readonly compute?: string }
  /**
   * `raw` is servebench's own client on a bare socket, `undici` the library; `auto` is `raw`. Results of different
   * engines are not compared.
   */
  readonly engine?: 'auto' | 'raw' | 'undici'
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    http: { options: HttpOptions; request: HttpRequest; response: HttpResponse }
  }
}

/**
 * Measures any HTTP/1.1 endpoint.
 * @example target: () => http({ url: 'http://127.0.0.1:8000/v1/infer', headers: { authorization: env('TOKEN') } })
 */
export function http(options: HttpOptions = {}): TargetSpec<'http'> {
  return { kind: 'http', package: 'servebench', options }
}
