import { OipCodec } from '@servebench/plugin-oip/dialect'
import { readInferMessage, WireReader } from '@servebench/plugin-oip/protocol'
import type { OipContent, OipResponse } from '@servebench/plugin-oip/protocol'
import { ExitCode, isSample, ServebenchError, ValidationError } from 'servebench/plugin'
import { decodeGrpcMessages } from 'servebench/session'
import type { Encoded, OutputTensor, RawMessage, TargetCodec } from 'servebench/session'
import { TritonResponse } from './response.ts'
import type { TritonSessionOptions } from './session-options.ts'

/** A decompressed message may be this large. */
const DECODED_LIMIT = 1024 * 1024 * 1024
/** Fields of `ModelStreamInferResponse`. */
const ERROR_MESSAGE = 1
const INFER_RESPONSE = 2

/** Turns requests into payloads, and answers, which may be several, into {@link TritonResponse}s. */
export class TritonCodec implements TargetCodec<OipContent, TritonResponse> {
  readonly #codec: OipCodec
  readonly #stream: TritonSessionOptions['stream']

  constructor(options: TritonSessionOptions) {
    this.#codec = new OipCodec(options)
    this.#stream = options.stream
  }

  encode(content: OipContent): Encoded {
    if (this.#stream === 'shared' && !isSample(content) && content?.id !== undefined) {
      const message = "cannot be chosen with stream: 'shared', where ids tell answers apart."
      throw new ValidationError('The input', [{ path: 'id', message }])
    }
    return this.#codec.encode(content)
  }

  decode(raw: RawMessage): TritonResponse {
    if (this.#stream === 'off') return new TritonResponse([this.#codec.decode(raw)])
    return new TritonResponse(
      decodeGrpcMessages(raw, DECODED_LIMIT).flatMap((message) => readStreamAnswer(message) ?? []),
    )
  }

  outputs(response: TritonResponse): readonly OutputTensor[] {
    return response.outputs
  }
}

/** `null` for the end of answers, which has no outputs. */
function readStreamAnswer(message: Uint8Array): OipResponse | null {
  const reader = new WireReader(message)
  let answer: OipResponse | null = null
  while (reader.next()) {
    if (reader.field === INFER_RESPONSE) answer = readInferMessage(reader.bytes())
    else if (reader.field === ERROR_MESSAGE) refuse(reader.string())
    else reader.skip()
  }
  const isEnd = answer?.parameters['triton_final_response'] === true && answer.outputs.length === 0
  return isEnd ? null : answer
}

function refuse(error: string): void {
  if (error === '') return
  throw new ServebenchError('SERVEBENCH_OIP_ANSWER', `The answer is an error: ${error.slice(0, 500)}`, {
    exitCode: ExitCode.target,
  })
}
