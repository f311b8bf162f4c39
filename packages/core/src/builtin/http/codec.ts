import { isSample, ServebenchError } from '../../plugin.ts'
import type { Sample } from '../../plugin.ts'
import {
  bodyContent,
  decodeContent,
  encodeHttpRequest,
  encodeQueries,
  isQueryRequest,
  outputsOfJson,
  parseHeaderLines,
  parseHttpUrl,
  placeHeadMarks,
  placeMarks,
  resolveHeaders,
  sampleContent,
} from '../../session.ts'
import type {
  Encoded,
  HttpContent,
  HttpHeaders,
  Marked,
  OutputTensor,
  QueryRequest,
  RawMessage,
  TargetCodec,
} from '../../session.ts'
import type { HttpRequest } from './request.ts'
import { HttpResponse } from './response.ts'
import type { HttpSettings } from './settings.ts'

const COMPRESS = {
  gzip: 'gzipSync',
  deflate: 'deflateSync',
  br: 'brotliCompressSync',
  zstd: 'zstdCompressSync',
} as const

/** Turns requests and samples into payloads, and answers into {@link HttpResponse}s. */
export class HttpCodec implements TargetCodec<HttpRequest | Sample | null | undefined, HttpResponse> {
  readonly #settings: HttpSettings

  constructor(settings: HttpSettings) {
    this.#settings = settings
  }

  encode(input: HttpRequest | QueryRequest | Sample | null | undefined): Encoded {
    if (isQueryRequest(input)) return encodeQueries(input, this.#settings)
    const { url, method, headers, body, compress, close } = this.#settings
    const request: HttpRequest = isSample(input) ? {} : (input ?? {})
    const content = isSample(input)
      ? sampleContent(input)
      : requestContent(request.body === undefined ? body : request.body)
    const { bytes, patches } = content === null ? NO_BODY : encodeBody(content.bytes, compress)
    const implied: HttpHeaders = {
      ...(content === null ? {} : { 'content-type': content.type }),
      ...(content === null || compress === undefined ? {} : { 'content-encoding': compress }),
    }
    const { items, label } = input ?? {}
    const encoded = encodeHttpRequest({
      method: request.method ?? method ?? (bytes === null ? 'GET' : 'POST'),
      url: locate(url, request),
      headers: resolveHeaders(implied, headers, request.headers),
      body: bytes,
      patches,
      close,
      ...(items === undefined ? {} : { items }),
      ...(label === undefined ? {} : { label }),
    })
    return placeHeadMarks(encoded)
  }

  decode(raw: RawMessage): HttpResponse {
    const headers = parseHeaderLines(raw.head)
    return new HttpResponse(raw.status, headers, decodeContent(raw, headers))
  }

  /** Of JSON: lists of numbers, or an object of such. */
  outputs(response: HttpResponse): readonly OutputTensor[] {
    return outputsOfJson(response.json())
  }
}

const NO_BODY = { bytes: null, patches: [] }

function encodeBody(content: Uint8Array, compress: HttpSettings['compress']): Marked {
  const marked = placeMarks(content)
  if (compress === undefined) return marked
  if (marked.patches.length > 0) {
    throw new ServebenchError(
      'SERVEBENCH_HTTP_REQUEST',
      'A compressed body cannot differ from request to request.',
      {
        advice: 'Move the unique mark into the path or a header, or leave out `compress`.',
      },
    )
  }
  return { bytes: process.getBuiltinModule('node:zlib')[COMPRESS[compress]](content), patches: [] }
}

function requestContent(body: HttpRequest['body']): HttpContent | null {
  return body === undefined || body === null ? null : bodyContent(body)
}

function locate(base: string, { path, query = {} }: HttpRequest): string {
  const url = parseHttpUrl(path === undefined ? base : new URL(path, base).href)
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url.href
}
