import { gzipSync } from 'node:zlib'
import {
  decodeContent,
  decodeGrpcMessages,
  encodeGrpcMessage,
  encodeHttpRequest,
  parseHeaderLines,
  resolveHeaders,
} from 'servebench/session'
import type { Encoded, HttpHeaders, OutputTensor, RawMessage, TargetCodec } from 'servebench/session'
import { readInferAnswer as readGrpcAnswer } from './grpc/infer-answer.ts'
import { writeInferMessage } from './grpc/infer-message.ts'
import { readHeaderLength, readInferAnswer as readHttpAnswer } from './http/infer-answer.ts'
import { writeBinaryBody, writeJsonBody } from './http/infer-body.ts'
import { bindRequest } from './mapping/bind-request.ts'
import type { BoundRequest } from './mapping/bind-request.ts'
import { toRequest } from './mapping/map-sample.ts'
import type { OipContent } from './mapping/map-sample.ts'
import type { OipResponse } from './response.ts'
import { modelPath } from './server/paths.ts'
import type { OipSessionOptions } from './session-options.ts'
import { isGrpc } from './target.ts'

/** A decompressed message may be this large. */
const DECODED_LIMIT = 1024 * 1024 * 1024

/** Turns requests and samples into payloads of the three encodings, and answers into {@link OipResponse}s. */
export class OipCodec implements TargetCodec<OipContent, OipResponse> {
  readonly #options: OipSessionOptions
  readonly #url: string

  constructor(options: OipSessionOptions) {
    this.#options = options
    this.#url = `${options.url}${modelPath(options.model, options.version)}/infer`
  }

  encode(content: OipContent): Encoded {
    const { description, protocol } = this.#options
    const request = bindRequest(toRequest(content, description), description, this.#options)
    const facts = { items: request.items, ...(request.label === undefined ? {} : { label: request.label }) }
    return { ...(isGrpc(protocol) ? this.#encodeGrpc(request) : this.#encodeHttp(request)), ...facts }
  }

  decode(raw: RawMessage): OipResponse {
    if (isGrpc(this.#options.protocol)) {
      return readGrpcAnswer(decodeGrpcMessages(raw, DECODED_LIMIT)[0] ?? new Uint8Array())
    }
    const headers = parseHeaderLines(raw.head)
    return readHttpAnswer(
      decodeContent(raw, headers),
      readHeaderLength(headers['inference-header-content-length']),
    )
  }

  outputs(response: OipResponse): readonly OutputTensor[] {
    return response.outputs
  }

  #encodeGrpc(request: BoundRequest): Encoded {
    const { model, version, unique, compressRequests, protocol } = this.#options
    const { message, patches } = writeInferMessage(
      request,
      { name: model, version },
      unique,
      protocol === 'grpc-typed' ? 'typed' : 'raw',
    )
    return encodeGrpcMessage(message, { patches, ...(compressRequests ? { compress: 'gzip' } : {}) })
  }

  #encodeHttp(request: BoundRequest): Encoded {
    const { protocol, unique, compressRequests, compressedAnswers, headers, close } = this.#options
    const write = protocol === 'http' ? writeBinaryBody : writeJsonBody
    const { parts, headerLength, patches } = write(request, unique)
    const body = Buffer.concat(parts)
    const implied: HttpHeaders = {
      // Triton dies of a body that claims to be a form: the type is always said.
      'content-type': headerLength === null ? 'application/json' : 'application/octet-stream',
      ...(headerLength === null ? {} : { 'inference-header-content-length': String(headerLength) }),
      ...(compressRequests ? { 'content-encoding': 'gzip' } : {}),
      ...(compressedAnswers ? { 'accept-encoding': 'gzip' } : {}),
    }
    return encodeHttpRequest({
      method: 'POST',
      url: this.#url,
      headers: resolveHeaders(implied, headers),
      body: compressRequests ? gzipSync(body) : body,
      close,
      patches,
    })
  }
}
