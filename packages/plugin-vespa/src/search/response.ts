import type { HttpResponseHeaders } from 'servebench/session'

/** An error as Vespa reports it; code 12 is a timeout. */
export interface VespaError {
  readonly code: number
  readonly summary: string
  readonly message: string
}

export interface VespaHit {
  readonly id: string
  readonly relevance: number | null
  readonly source: string | null
  readonly fields: Readonly<Record<string, unknown>>
}

/** How much of the documents was searched. */
export interface VespaCoverage {
  /** Percent. */
  readonly coverage: number
  readonly documents: number
  readonly full: boolean
  /** Why not all were: `['timeout']`, `['match-phase']`. */
  readonly degraded: readonly string[]
}

/** Seconds, in steps of a millisecond: with the parameter `presentation.timing: true`. */
export interface VespaTiming {
  readonly query: number
  readonly summaryFetch: number
  readonly search: number
}

/** What the benchmark headers say: with the option `benchmarkData`. `null` for what is not there. */
export interface VespaBenchmarkData {
  readonly totalHits: number | null
  readonly hits: number | null
  readonly errors: number | null
  /** Milliseconds. */
  readonly searchTime: number | null
  readonly fillTime: number | null
  readonly documentsSearched: number | null
  readonly nodesSearched: number | null
}

/** An answer, as `check` sees it. */
export interface VespaSearchResponse {
  readonly status: number
  readonly headers: HttpResponseHeaders
  /** Documents that match; `null` where the answer does not say it. */
  readonly totalCount: number | null
  /** Those that came, without groups; hits inside of groups are in `root`. */
  readonly hits: readonly VespaHit[]
  /** An answer with errors is a failed request, and does not get to `check`. */
  readonly errors: readonly VespaError[]
  readonly coverage: VespaCoverage | null
  readonly timing: VespaTiming | null
  readonly benchmark: VespaBenchmarkData | null
  /** The answer's root as it is: groups, fields of renderers of your own. */
  readonly root: Readonly<Record<string, unknown>>
}
