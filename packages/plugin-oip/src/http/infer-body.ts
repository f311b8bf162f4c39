import type { PatchPoint } from 'servebench/session'
import { writeTensorJson } from '../json/tensor-json.ts'
import type { BoundInput, BoundRequest } from '../mapping/bind-request.ts'
import { encodeEach } from '../mapping/encode-each.ts'
import { ID_PLACEHOLDER, idPatch } from '../mapping/request-id.ts'
import type { RequestId } from '../mapping/request-id.ts'
import type { OipParameter, OipParameters } from '../request.ts'
import { encodeTensor } from '../tensor/encode-tensor.ts'

/** The body of `POST …/infer`. */
export interface InferBody {
  /** JSON, then the binary tensors. */
  readonly parts: readonly Uint8Array[]
  /** Bytes of JSON when binary tensors follow, for `Inference-Header-Content-Length`; `null` for plain JSON. */
  readonly headerLength: number | null
  readonly patches: readonly PatchPoint[]
}

/**
 * Writes a request as JSON.
 * @throws {ValidationError} for values that JSON cannot express
 */
export function writeJsonBody(request: BoundRequest, id?: RequestId): InferBody {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) => writeTensorJson(datatype, data))
  const inputs = request.inputs.map((input, index) =>
    writeInput(input, input.parameters, `,"data":${tensors[index] as string}`),
  )
  const { text, patches } = writeHead(request, inputs, {}, id)
  return { parts: [Buffer.from(text)], headerLength: null, patches }
}

/** Writes a request with the binary tensor data extension, and asks for binary outputs. */
export function writeBinaryBody(request: BoundRequest, id?: RequestId): InferBody {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) => encodeTensor(datatype, data))
  const inputs = request.inputs.map((input, index) =>
    writeInput(input, { ...input.parameters, binary_data_size: (tensors[index] as Uint8Array).length }, ''),
  )
  const { text, patches } = writeHead(request, inputs, { binary_data_output: true }, id)
  const head = Buffer.from(text)
  return { parts: [head, ...tensors], headerLength: head.length, patches }
}

function writeHead(
  request: BoundRequest,
  inputs: readonly string[],
  defaults: OipParameters,
  id: RequestId | undefined,
): { text: string; patches: PatchPoint[] } {
  const patched = request.id === undefined && id !== undefined
  const parameters = { ...defaults, ...request.parameters }
  const outputs = request.outputs.map(
    (output) => `{"name":${JSON.stringify(output.name)}${writeParameters(output.parameters)}}`,
  )
  const members = [
    ...(patched
      ? [`"id":"${ID_PLACEHOLDER}"`]
      : request.id === undefined
        ? []
        : [`"id":${JSON.stringify(request.id)}`]),
    ...(Object.keys(parameters).length === 0 ? [] : [writeParameters(parameters).slice(1)]),
    `"inputs":[${inputs.join(',')}]`,
    ...(outputs.length === 0 ? [] : [`"outputs":[${outputs.join(',')}]`]),
  ]
  return { text: `{${members.join(',')}}`, patches: patched ? [idPatch(id, '{"id":"'.length)] : [] }
}

function writeInput({ name, shape, datatype }: BoundInput, parameters: OipParameters, data: string): string {
  return `{"name":${JSON.stringify(name)},"shape":[${shape.join(',')}],"datatype":"${datatype}"${writeParameters(parameters)}${data}}`
}

function writeParameters(parameters: OipParameters = {}): string {
  const members = Object.entries(parameters).map(
    ([name, value]) => `${JSON.stringify(name)}:${writeParameter(value)}`,
  )
  return members.length === 0 ? '' : `,"parameters":{${members.join(',')}}`
}

function writeParameter(value: OipParameter): string {
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}
