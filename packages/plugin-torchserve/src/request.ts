import type { HttpHeaders } from 'servebench/session'

/** What becomes a JSON document: an object or a list. */
export type TorchServeJson = { readonly [key: string]: unknown } | readonly unknown[]

/** A value of one field: bytes and text as they are, anything else as JSON. */
export type TorchServeValue = string | Uint8Array | TorchServeJson | number | boolean

/** One request. */
export interface TorchServeRequest {
  /**
   * Bytes (`application/octet-stream`) and text (`text/plain`) are sent as they are, any other value as JSON; a
   * `content-type` among the headers says otherwise. Over gRPC it is the input `data`.
   */
  readonly body?: string | Uint8Array | TorchServeJson | null
  /** Instead of a body: several inputs by name, sent as `multipart/form-data`; over gRPC as the map of inputs. */
  readonly fields?: Readonly<Record<string, TorchServeValue>>
  /** Only over HTTP. */
  readonly headers?: HttpHeaders
  /** Inferences in the request; 1 by default, the number of `instances` for `kserve`. */
  readonly items?: number
  /** Splits the distributions in the result. */
  readonly label?: string
}
