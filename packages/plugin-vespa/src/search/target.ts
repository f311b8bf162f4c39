import type { TargetSpec } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { PACKAGE, SEARCH_KIND } from '../kinds.ts'
import type { VespaQuery, VespaSearchRequest } from './request.ts'
import type { VespaSearchResponse } from './response.ts'

/** Which container to ask, and what all queries have in common. */
export interface VespaSearchOptions {
  /**
   * Of the container: `http://127.0.0.1:8080`, asked at `/search/`; with a path, asked there. Without it, the server of
   * the case.
   */
  readonly url?: string
  /** Parameters of every query; those of a request take their place by name. */
  readonly query?: VespaQuery
  /** `GET` has the parameters in its path, `POST` as JSON. Default `GET`. */
  readonly method?: 'GET' | 'POST'
  /**
   * Asks for Vespa's benchmark headers: hit counts without decoding, and the server's own time for each query, in whole
   * milliseconds. Vespa then answers partial results with errors by an error status instead of 200. Default `false`.
   */
  readonly benchmarkData?: boolean
  /** Sent with every query. `accept-encoding` is refused: errors inside answers are read while they arrive. */
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /** `raw` is servebench's own client, `undici` the library; `auto` is `raw`. */
  readonly engine?: 'auto' | 'raw' | 'undici'
}

declare module 'servebench/plugin' {
  interface TargetKinds {
    'vespa-search': {
      options: VespaSearchOptions
      request: VespaSearchRequest
      response: VespaSearchResponse
    }
  }
}

/**
 * Measures queries to a Vespa container.
 * @example target: () => vespaSearch({ url: 'http://127.0.0.1:8080', query: { yql: 'select * from doc where true', hits: 10 } })
 */
export function vespaSearch(options: VespaSearchOptions = {}): TargetSpec<'vespa-search'> {
  return { kind: SEARCH_KIND, package: PACKAGE, options }
}
