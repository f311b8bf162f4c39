/**
 * The value of a parameter: text, number or flag; a list or typed array, as tensors have them; or further parameters below
 * its name.
 */
export type VespaParameter =
  | string
  | number
  | boolean
  | readonly VespaParameter[]
  | Float32Array
  | Float64Array
  | Int8Array
  | VespaQuery

/**
 * Parameters of Vespa's query API, by their full names (`'ranking.profile'`) or nested (`{ ranking: { profile } }`), for
 * example `{ yql: 'select * from doc where userQuery()', query: 'tea', hits: 10, 'input.query(q)': [0.1, 0.2] }`.
 */
export interface VespaQuery {
  readonly [name: string]: VespaParameter | undefined
}

/** One query; what it leaves out comes from the target's options. */
export interface VespaSearchRequest {
  readonly query?: VespaQuery
  readonly method?: 'GET' | 'POST'
  /** Splits the distributions in the result. */
  readonly label?: string
  /** Queries in the request, for a searcher of your own that takes several; 1 by default. */
  readonly items?: number
}
