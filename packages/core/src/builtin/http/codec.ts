import { isSample, ServebenchError } from '../../plugin.ts'
import type { Sample } from '../../plugin.ts'
import {
  decodeContent,
  encodeHttpRequest,
  encodeQueries,
  isQueryRequest,
  parseHeaderLines,
  parseHttpUrl,
  resolveHeaders,
} from '../../session.ts'
import type { Encoded, HttpHeaders, QueryRequest, RawMessage, TargetCodec } from '../../session.ts'
import { tensorsToJson, toJson } from './json-content.ts'
import type { HttpRequest } from './request.ts'
import { HttpResponse } from './response.ts'
import type { HttpSettings } from './settings.ts'
import { placeHeadMarks, placeMarks } from './unique.ts'
import type { Marked } from './unique.ts'

const COMPRESS = {
  gzip: 'gzipSync',
  deflate: 'deflateSync',
  br: 'brotliCompressSync',
  zstd: 'zstdCompressSync',
} as const

interface Content {
  readonly bytes: Uint8Array
  readonly type: string
}

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
      : bodyContent(request.body === undefined ? body : request.body)
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

function bodyContent(body: HttpRequest['body']): Content | null {
  if (body === undefined || body === null) return null
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain; charset=utf-8' }
  if (body instanceof Uint8Array) return { bytes: body, type: 'application/octet-stream' }
  return { bytes: Buffer.from(toJson(body)), type: 'application/json' }
}

function sampleContent(sample: Sample): Content {
  if ('tensors' in sample)
    return { bytes: Buffer.from(tensorsToJson(sample.tensors)), type: 'application/json' }
  if ('json' in sample) return { bytes: Buffer.from(toJson(sample.json)), type: 'application/json' }
  if ('text' in sample) return { bytes: Buffer.from(sample.text), type: 'text/plain; charset=utf-8' }
  return { bytes: sample.bytes, type: sample.type ?? 'application/octet-stream' }
}

function locate(base: string, { path, query = {} }: HttpRequest): string {
  const url = parseHttpUrl(path === undefined ? base : new URL(path, base).href)
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url.href
}
