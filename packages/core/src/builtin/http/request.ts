import type { HttpHeaders } from '../../session.ts'

/** One request of the `http` target; what it leaves out comes from the target's options. */
export interface HttpRequest {
  readonly method?: string
  /** Relative to the target's URL, like a link: `/v2/infer` replaces the path. */
  readonly path?: string
  /** Added to the path's own query. */
  readonly query?: Readonly<Record<string, QueryValue | readonly QueryValue[]>>
  readonly headers?: HttpHeaders
  /**
   * Text (`text/plain`) and bytes (`application/octet-stream`) are sent as they are, any other value as JSON; a
   * `content-type` header says otherwise. `null` sends no body.
   */
  readonly body?: string | Uint8Array | HttpJson | null
  /** Inferences in the request; 1 by default. */
  readonly items?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}

type QueryValue = string | number | boolean
/** What becomes a JSON document: an object or a list. */
export type HttpJson = { readonly [key: string]: unknown } | readonly unknown[]
