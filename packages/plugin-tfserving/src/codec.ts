import { gzipSync } from 'node:zlib'
import { bindRequest } from '@servebench/plugin-oip/protocol'
import {
  decodeContent,
  decodeGrpcMessages,
  encodeGrpcMessage,
  encodeHttpRequest,
  resolveHeaders,
} from 'servebench/session'
import type { Encoded, HttpHeaders, OutputTensor, RawMessage, TargetCodec } from 'servebench/session'
import { readExamplesAnswer } from './grpc/examples-answer.ts'
import { writeExamplesMessage } from './grpc/examples-message.ts'
import { readPredictAnswer as readPredictResponse } from './grpc/predict-answer.ts'
import { writePredictMessage } from './grpc/predict-message.ts'
import { readClassifyAnswer, readRegressAnswer } from './http/examples-answer.ts'
import { writeExamplesBody } from './http/examples-body.ts'
import { readPredictAnswer } from './http/predict-answer.ts'
import { writePredictBody } from './http/predict-body.ts'
import { bindExamples } from './mapping/bind-examples.ts'
import { toExamplesRequest, toPredictRequest } from './mapping/map-json.ts'
import type { TfServingContent } from './mapping/map-json.ts'
import { TfServingResponse } from './response.ts'
import { modelPath } from './server/paths.ts'
import type { TfServingSessionOptions } from './session-options.ts'
import { isGrpc } from './settings.ts'

/** A decompressed message may be this large. */
const DECODED_LIMIT = 1024 * 1024 * 1024

/** Turns requests and samples into payloads of both APIs, and answers into {@link TfServingResponse}s. */
export class TfServingCodec implements TargetCodec<TfServingContent, TfServingResponse> {
  readonly #options: TfServingSessionOptions

  constructor(options: TfServingSessionOptions) {
    this.#options = options
  }

  encode(content: TfServingContent): Encoded {
    const { method } = this.#options
    return method === 'predict' ? this.#encodePredict(content) : this.#encodeExamples(content)
  }

  decode(raw: RawMessage): TfServingResponse {
    const { protocol, method, description, version, signature } = this.#options
    if (isGrpc(protocol)) {
      const message = decodeGrpcMessages(raw, DECODED_LIMIT)[0] ?? new Uint8Array()
      return method === 'predict' ? readPredictResponse(message) : readExamplesAnswer(message, method)
    }
    const content = decodeContent(raw)
    const model = { modelName: description.name, modelVersion: version, signature }
    switch (method) {
      case 'predict':
        return new TfServingResponse({ ...model, outputs: readPredictAnswer(content, description) })
      case 'classify':
        return new TfServingResponse({ ...model, classifications: readClassifyAnswer(content) })
      case 'regress':
        return new TfServingResponse({ ...model, regressions: readRegressAnswer(content) })
    }
  }

  outputs({ outputs }: TfServingResponse): readonly OutputTensor[] {
    const { method } = this.#options
    if (method === 'predict') return outputs
    throw new TypeError(`the method '${method}' answers with classes or values, not with tensors.`)
  }

  #encodePredict(content: TfServingContent): Encoded {
    const { description, signature, protocol, outputs } = this.#options
    const request = bindRequest(toPredictRequest(content, description), description, { outputs })
    const encoded = isGrpc(protocol)
      ? this.#encodeGrpc(
          writePredictMessage(request, this.#choice, signature, protocol === 'grpc' ? 'content' : 'typed'),
        )
      : this.#encodeHttp(
          writePredictBody(
            request,
            signature,
            protocol === 'http' ? 'rows' : 'columns',
            description.inputs.length,
          ),
        )
    return { ...encoded, ...factsOf(request) }
  }

  #encodeExamples(content: TfServingContent): Encoded {
    const { protocol, signature } = this.#options
    const request = bindExamples(toExamplesRequest(content))
    const encoded = isGrpc(protocol)
      ? this.#encodeGrpc(writeExamplesMessage(request, this.#choice, signature))
      : this.#encodeHttp(writeExamplesBody(request, signature))
    return { ...encoded, ...factsOf(request) }
  }

  get #choice(): { readonly name: string; readonly version: string; readonly versionLabel: string } {
    const { model: name, version, versionLabel } = this.#options
    return { name, version, versionLabel }
  }

  #encodeGrpc(message: Uint8Array): Encoded {
    return encodeGrpcMessage(message, this.#options.compressRequests ? { compress: 'gzip' } : {})
  }

  #encodeHttp(body: string): Encoded {
    const { url, method, headers, close, compressRequests, compressedAnswers } = this.#options
    const implied: HttpHeaders = {
      'content-type': 'application/json',
      ...(compressRequests ? { 'content-encoding': 'gzip' } : {}),
      ...(compressedAnswers ? { 'accept-encoding': 'gzip' } : {}),
    }
    return encodeHttpRequest({
      method: 'POST',
      url: `${url}${modelPath(this.#choice)}:${method}`,
      headers: resolveHeaders(implied, headers),
      body: compressRequests ? gzipSync(body) : Buffer.from(body),
      close,
    })
  }
}

function factsOf({ items, label }: { readonly items: number; readonly label: string | undefined }): {
  readonly items: number
  readonly label?: string
} {
  return { items, ...(label === undefined ? {} : { label }) }
}
