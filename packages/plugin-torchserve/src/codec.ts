import { isSample, ServebenchError } from 'servebench/plugin'
import type { Sample } from 'servebench/plugin'
import {
  bodyContent,
  decodeContent,
  decodeGrpcMessages,
  encodeGrpcMessage,
  encodeHttpRequest,
  outputsOfJson,
  parseHeaderLines,
  placeHeadMarks,
  placeMarks,
  resolveHeaders,
  sampleContent,
} from 'servebench/session'
import type {
  Encoded,
  HttpContent,
  HttpHeaders,
  OutputTensor,
  RawMessage,
  TargetCodec,
} from 'servebench/session'
import { readPredictMessage, writePredictMessage } from './grpc/predict-message.ts'
import { encodeMultipart } from './http/multipart.ts'
import { predictPath } from './http/predict-path.ts'
import { toInstances } from './kserve/instances.ts'
import { toInferRequest } from './kserve/infer-request.ts'
import type { TorchServeRequest, TorchServeValue } from './request.ts'
import { TorchServeResponse } from './response.ts'
import type { TorchServeSessionOptions } from './session-options.ts'
import type { TorchServeContent } from './target.ts'
import { authorize } from './token/token-source.ts'

/** A decompressed message may be this large. */
const DECODED_LIMIT = 1024 * 1024 * 1024
/** The input that handlers look for first, as TorchServe's own clients name it. */
const INPUT = 'data'

/** Turns requests and samples into payloads, and answers into {@link TorchServeResponse}s. */
export class TorchServeCodec implements TargetCodec<TorchServeContent, TorchServeResponse> {
  readonly #options: TorchServeSessionOptions

  constructor(options: TorchServeSessionOptions) {
    this.#options = options
  }

  encode(content: TorchServeContent): Encoded {
    const request: TorchServeRequest = isSample(content) ? {} : (content ?? {})
    if (request.body !== undefined && request.fields !== undefined)
      throw invalid('A request has a body or fields, not both.', 'Put the body into a field.')
    const { label } = content ?? {}
    const facts = label === undefined ? {} : { label }
    return this.#options.protocol === 'grpc'
      ? { ...this.#encodeGrpc(content, request), ...facts }
      : { ...this.#encodeHttp(content, request), ...facts }
  }

  decode(raw: RawMessage): TorchServeResponse {
    if (this.#options.protocol === 'grpc') {
      const parts = decodeGrpcMessages(raw, DECODED_LIMIT).map(readPredictMessage)
      const body = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
      return new TorchServeResponse({ status: raw.status, headers: {}, body, parts })
    }
    const headers = parseHeaderLines(raw.head)
    return new TorchServeResponse({ status: raw.status, headers, body: decodeContent(raw, headers) })
  }

  /** Of a KServe API its tensors; else the answer has to be JSON: lists of numbers, or an object of such. */
  outputs(response: TorchServeResponse): readonly OutputTensor[] {
    switch (this.#options.api) {
      case 'kservev2':
      case 'kservev2-explain':
        return response.tensors().outputs
      case 'kserve':
      case 'kserve-explain':
        return outputsOfJson((response.json() as { readonly predictions?: unknown } | null)?.predictions)
      case 'predictions':
      case 'explanations':
      case 'workflow':
        return outputsOfJson(response.json())
    }
  }

  #encodeHttp(content: TorchServeContent, request: TorchServeRequest): Encoded {
    const { url, headers, token, close } = this.#options
    const { body, items } = this.#body(content, request)
    const { bytes, patches } = placeMarks(body.bytes)
    const implied: HttpHeaders = {
      'content-type': body.type,
      ...(token === null ? {} : { authorization: authorize(token, 'inference') }),
    }
    return placeHeadMarks(
      encodeHttpRequest({
        method: 'POST',
        url: url + predictPath(this.#options),
        headers: resolveHeaders(implied, headers, request.headers),
        body: bytes,
        patches,
        close,
        items,
      }),
    )
  }

  #encodeGrpc(content: TorchServeContent, { body, fields, headers, items = 1 }: TorchServeRequest): Encoded {
    if (headers !== undefined)
      throw invalid(
        'A request over gRPC has no headers.',
        'Give them to the target, as metadata of all requests.',
      )
    const value = isSample(content) ? sampleContent(content).bytes : body
    const inputs: Readonly<Record<string, TorchServeValue>> =
      fields ?? (value === undefined || value === null ? {} : { [INPUT]: value })
    const message = placeMarks(writePredictMessage(this.#options, inputs))
    return encodeGrpcMessage(message.bytes, {
      patches: message.patches,
      items: isSample(content) ? (content.items ?? items) : items,
    })
  }

  #body(
    content: TorchServeContent,
    { body, fields, items }: TorchServeRequest,
  ): { readonly body: HttpContent; readonly items: number } {
    const { api, model } = this.#options
    const given = isSample(content) ? content.items : items
    switch (api) {
      case 'kserve':
      case 'kserve-explain': {
        const instances = toInstances(isSample(content) ? content : { json: jsonOf(body, fields, api) })
        return { body: bodyContent(instances.document), items: given ?? instances.count }
      }
      case 'kservev2':
      case 'kservev2-explain': {
        const wanted = isSample(content) ? content : { json: jsonOf(body, fields, api) }
        const infer = toInferRequest(wanted, model)
        return { body: infer.content, items: given ?? infer.items }
      }
      case 'predictions':
      case 'explanations':
      case 'workflow':
        return { body: plainBody(content, body, fields), items: given ?? 1 }
    }
  }
}

function plainBody(
  content: TorchServeContent,
  body: TorchServeRequest['body'],
  fields: TorchServeRequest['fields'],
): HttpContent {
  if (isSample(content)) return sampleContent(content)
  if (fields !== undefined) return encodeMultipart(fields)
  return bodyContent(body ?? new Uint8Array())
}

/** The document of an API that takes nothing but JSON. */
function jsonOf(
  body: TorchServeRequest['body'],
  fields: TorchServeRequest['fields'],
  api: string,
): Extract<Sample, { readonly json: unknown }>['json'] {
  if (fields !== undefined || typeof body !== 'object' || body === null || body instanceof Uint8Array)
    throw invalid(
      `The API '${api}' takes JSON.`,
      'Give a body that is an object or a list, or a sample of tensors.',
    )
  return body
}

function invalid(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TORCHSERVE_REQUEST', message, { advice })
}
