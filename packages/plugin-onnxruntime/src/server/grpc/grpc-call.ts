import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { InferenceCall, type CallTiming, type OutputTensor } from '../model/inference-call.ts'
import type { Model } from '../model/model.ts'
import type { GivenInput } from '../model/bind-tensors.ts'
import { invalid, type Status } from '../status.ts'
import { formatServerTiming, TIMING_PARAMETERS } from '../timing.ts'
import {
  ModelInferResponseSchema,
  ModelStreamInferResponseSchema,
  type InferParameterSchema,
  type ModelInferRequest,
  type ModelInferResponse,
} from './gen/open_inference_pb.ts'
import type { GrpcExchange } from './grpc-exchange.ts'
import { encodeContents } from './tensor-contents.ts'

type Parameters = Record<string, MessageInitShape<typeof InferParameterSchema>>

/** Each request of a stream has one response, so it is the last. */
const FINAL: Parameters = { triton_final_response: { parameterChoice: { case: 'boolParam', value: true } } }

/** One inference request over gRPC, as a call of its own. */
export class GrpcCall extends InferenceCall {
  protected readonly exchange: GrpcExchange
  readonly #model: Model
  readonly #id: string

  constructor(exchange: GrpcExchange, model: Model, request: ModelInferRequest, receivedAt: number) {
    super(receivedAt)
    this.exchange = exchange
    this.#model = model
    this.#id = request.id
    const timeout = request.parameters['timeout']?.parameterChoice.value
    if (typeof timeout === 'bigint' && timeout > 0n) this.expiresAt = receivedAt + Number(timeout) * 1000
  }

  complete(outputs: readonly OutputTensor[], timing: CallTiming): void {
    const bytes = toBinary(ModelInferResponseSchema, this.respond(outputs, timing))
    this.exchange.reply(bytes, { 'server-timing': formatServerTiming(timing) })
  }

  fail(status: Status, message: string): void {
    this.exchange.fail(status, message)
  }

  protected respond(
    outputs: readonly OutputTensor[],
    timing: CallTiming,
    more: Parameters = {},
  ): ModelInferResponse {
    return create(ModelInferResponseSchema, {
      modelName: this.#model.name,
      modelVersion: this.#model.version,
      id: this.#id,
      parameters: { ...describeTiming(timing), ...more },
      outputs: outputs.map(({ info, shape }) => ({
        name: info.name,
        datatype: info.type.name,
        shape: shape.map(BigInt),
      })),
      rawOutputContents: outputs.map(({ bytes }) => bytes),
    })
  }
}

/** One inference request of a `ModelStreamInfer` call: has one answer, which may be an error that ends nothing. */
export class GrpcStreamCall extends GrpcCall {
  readonly #settled: (call: GrpcStreamCall) => void

  constructor(
    exchange: GrpcExchange,
    model: Model,
    request: ModelInferRequest,
    receivedAt: number,
    settled: (call: GrpcStreamCall) => void,
  ) {
    super(exchange, model, request, receivedAt)
    this.#settled = settled
  }

  override complete(outputs: readonly OutputTensor[], timing: CallTiming): void {
    const inferResponse = this.respond(outputs, timing, FINAL)
    this.exchange.send(
      toBinary(ModelStreamInferResponseSchema, create(ModelStreamInferResponseSchema, { inferResponse })),
    )
    this.#settled(this)
  }

  override fail(_status: Status, message: string): void {
    sendStreamError(this.exchange, message)
    this.#settled(this)
  }
}

export function sendStreamError(exchange: GrpcExchange, errorMessage: string): void {
  exchange.send(
    toBinary(ModelStreamInferResponseSchema, create(ModelStreamInferResponseSchema, { errorMessage })),
  )
}

/** @throws {RequestError} when raw and typed contents are mixed, or their number does not match the inputs */
export function readInputs(request: ModelInferRequest): GivenInput[] {
  const raw = request.rawInputContents
  if (raw.length > 0 && raw.length !== request.inputs.length) {
    throw invalid(`The request has ${request.inputs.length} inputs, but ${raw.length} raw_input_contents.`)
  }
  return request.inputs.map(({ name, datatype, shape, contents }, index) => {
    const bytes = raw[index]
    if (bytes !== undefined && contents !== undefined) {
      throw invalid(`Input '${name}' has contents and raw_input_contents; only one of them may be given.`)
    }
    if (bytes === undefined && contents === undefined) throw invalid(`Input '${name}' has no data.`)
    return {
      name,
      datatype,
      shape: shape.map(Number),
      bytes: (info) => bytes ?? encodeContents(contents as NonNullable<typeof contents>, info),
    }
  })
}

function describeTiming(timing: CallTiming): Parameters {
  const parameters: Parameters = {}
  for (const [name, pick] of TIMING_PARAMETERS) {
    parameters[name] = { parameterChoice: { case: 'int64Param', value: BigInt(Math.round(pick(timing))) } }
  }
  return parameters
}
