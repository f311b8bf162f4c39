import { isSample, ValidationError } from 'servebench/plugin'
import type { Datatype, Sample, TensorMetadata } from 'servebench/plugin'
import type { OipInput, OipRequest } from '../request.ts'
import { decodeTensor } from '../tensor/decode-tensor.ts'
import { isDatatype } from '../tensor/datatype.ts'
import { mapJson } from './map-json.ts'
import type { OipModel } from './model.ts'

/** What a bench file may give as input. */
export type OipContent = OipRequest | Sample | null | undefined

/**
 * Makes a request of any input: tensors go by their names; text, bytes and JSON to the one input that can take them.
 * @throws {ValidationError} when there is no such input
 */
export function toRequest(content: OipContent, model: OipModel): OipRequest {
  if (content === null || content === undefined) return { inputs: {} }
  if (!isSample(content)) return isRequest(content) ? content : mapJson(content, model)
  const { items, label } = content
  return {
    ...mapContent(content, model),
    ...(items === undefined ? {} : { items }),
    ...(label === undefined ? {} : { label }),
  }
}

/** A document from a file may also be the protocol's own request, or lists by name. */
function isRequest(content: OipRequest): boolean {
  return typeof content.inputs === 'object' && !Array.isArray(content.inputs)
}

function mapContent(sample: Sample, model: OipModel): OipRequest {
  if ('tensors' in sample) return { inputs: sample.tensors }
  if ('json' in sample) return mapJson(sample.json, model)
  const tensor = onlyInput(model, 'text' in sample ? 'text' : 'bytes')
  const data = 'text' in sample ? textData(sample.text, tensor) : bytesData(sample.bytes, tensor)
  return { inputs: { [tensor.name]: data } }
}

function textData(text: string, tensor: TensorMetadata): OipInput {
  if (tensor.datatype === 'BYTES') return element(text, tensor)
  throw unmappable(
    `Text cannot be sent as '${tensor.name}', which is ${tensor.datatype}.`,
    'Give tensors instead.',
  )
}

/** One element of BYTES, or the raw content of a tensor of any other datatype. */
function bytesData(bytes: Uint8Array, tensor: TensorMetadata): OipInput {
  if (tensor.datatype === 'BYTES') return element(bytes, tensor)
  const decoded = isDatatype(tensor.datatype) ? decodeTensor(tensor.datatype, bytes) : null
  if (decoded !== null) return { datatype: tensor.datatype as Datatype, data: decoded }
  throw unmappable(
    `${bytes.length} bytes are no ${tensor.datatype} tensor for '${tensor.name}'.`,
    'Give little-endian elements without padding, in row-major order.',
  )
}

function element(value: string | Uint8Array, { shape }: TensorMetadata): OipInput {
  return {
    datatype: 'BYTES',
    shape: shape.map((size) => (size === -1 ? 1 : size)),
    data: [value] as readonly string[],
  }
}

function onlyInput({ name, inputs }: OipModel, what: string): TensorMetadata {
  const required = inputs.filter(({ optional }) => optional !== true)
  const candidates = required.length === 0 ? inputs : required
  const bytes = candidates.filter(({ datatype }) => datatype === 'BYTES')
  const [only, second] = bytes.length === 1 ? bytes : candidates
  if (only !== undefined && second === undefined) return only
  const names = candidates.map((tensor) => `'${tensor.name}'`).join(', ')
  throw unmappable(
    `It is not clear which input of model '${name}' the ${what} is for${names === '' ? '' : `: ${names}`}.`,
    'Give tensors by the name of the input.',
  )
}

function unmappable(message: string, advice: string): ValidationError {
  return new ValidationError('The input', [{ path: 'sample', message }], { advice })
}
