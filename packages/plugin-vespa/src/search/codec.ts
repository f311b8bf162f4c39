import { isSample, ServebenchError } from 'servebench/plugin'
import type { Sample } from 'servebench/plugin'
import { decodeContent, encodeQueries, isQueryRequest, parseHeaderLines } from 'servebench/session'
import type { Encoded, QueryRequest, RawMessage, TargetCodec } from 'servebench/session'
import { encodeQuery } from './encode-query.ts'
import type { VespaQuery, VespaSearchRequest } from './request.ts'
import { readSearchAnswer } from './read-answer.ts'
import type { VespaSearchResponse } from './response.ts'
import type { SearchSettings } from './settings.ts'

/** What the session module gets from the preflight. Plain data. */
export interface SearchSessionOptions extends SearchSettings {
  readonly api: 'search'
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}

export type SearchContent = VespaSearchRequest | QueryRequest | Sample | null | undefined

/** Turns queries into HTTP requests, and answers into {@link VespaSearchResponse}s. */
export class SearchCodec implements TargetCodec<SearchContent, VespaSearchResponse> {
  readonly #options: SearchSessionOptions

  constructor(options: SearchSessionOptions) {
    this.#options = options
  }

  encode(content: SearchContent): Encoded {
    if (!isQueryRequest(content)) return encodeQuery(requestOf(content), this.#options)
    const { url, headers, close, method } = this.#options
    // The files have the parameters; those of the target would have to be put into each of their paths.
    return encodeQueries(content, { url, headers, close, ...(method === 'POST' ? { method } : {}) })
  }

  decode(raw: RawMessage): VespaSearchResponse {
    return readSearchAnswer(raw.status, parseHeaderLines(raw.head), decodeContent(raw))
  }
}

function requestOf(content: Exclude<SearchContent, QueryRequest>): VespaSearchRequest {
  if (!isSample(content)) return content ?? {}
  const { label, items } = content
  const facts = { ...(label === undefined ? {} : { label }), ...(items === undefined ? {} : { items }) }
  if ('text' in content) return { query: { query: content.text }, ...facts }
  if (
    'json' in content &&
    typeof content.json === 'object' &&
    content.json !== null &&
    !Array.isArray(content.json)
  )
    return { query: content.json as VespaQuery, ...facts }
  throw new ServebenchError('SERVEBENCH_INPUT', 'This input has no parameters of a query.', {
    advice:
      'Give text, which becomes the parameter `query`, JSON with parameters by name, or { query: { … } }.',
  })
}
