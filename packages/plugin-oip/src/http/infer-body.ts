import type { PatchPoint } from 'servebench/session'
import { writeTensorJson } from '../json/tensor-json.ts'
import type { BoundInput, BoundRequest } from '../mapping/bind-request.ts'
import { encodeEach } from '../mapping/encode-each.ts'
import {
  BOOLEAN_PLACEHOLDER,
  DECIMAL_PLACEHOLDER,
  ID_PLACEHOLDER,
  idPatch,
  SEQUENCE_END,
  SEQUENCE_ID,
  SEQUENCE_START,
  sequenceTextPatch,
} from '../mapping/unique-fields.ts'
import type { SequenceFields, UniqueFields } from '../mapping/unique-fields.ts'
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
export function writeJsonBody(request: BoundRequest, unique: UniqueFields = {}): InferBody {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) => writeTensorJson(datatype, data))
  const inputs = request.inputs.map((input, index) =>
    writeInput(input, input.parameters, `,"data":${tensors[index] as string}`),
  )
  const { text, patches } = writeHead(request, inputs, {}, unique)
  return { parts: [Buffer.from(text)], headerLength: null, patches }
}

/** Writes a request with the binary tensor data extension, and asks for binary outputs. */
export function writeBinaryBody(request: BoundRequest, unique: UniqueFields = {}): InferBody {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) => encodeTensor(datatype, data))
  const inputs = request.inputs.map((input, index) =>
    writeInput(input, { ...input.parameters, binary_data_size: (tensors[index] as Uint8Array).length }, ''),
  )
  const { text, patches } = writeHead(request, inputs, { binary_data_output: true }, unique)
  const head = Buffer.from(text)
  return { parts: [head, ...tensors], headerLength: head.length, patches }
}

function writeHead(
  request: BoundRequest,
  inputs: readonly string[],
  defaults: OipParameters,
  { id, sequence }: UniqueFields,
): { text: string; patches: PatchPoint[] } {
  const parameters = { ...defaults, ...request.parameters }
  const outputs = request.outputs.map(
    (output) => `{"name":${JSON.stringify(output.name)}${writeParameters(output.parameters)}}`,
  )
  const patches: PatchPoint[] = []
  let text = '{'
  if (request.id !== undefined) {
    text += `"id":${JSON.stringify(request.id)},`
  } else if (id !== undefined) {
    text += '"id":"'
    patches.push(idPatch(id, text.length))
    text += `${ID_PLACEHOLDER}",`
  }
  const others = writeParameters(parameters).slice(',"parameters":{'.length, -1)
  if (sequence !== undefined && !(SEQUENCE_ID in request.parameters)) {
    text += '"parameters":{'
    text = writeSequence(text, sequence, patches)
    text += `${others === '' ? '' : `,${others}`}},`
  } else if (others !== '') {
    text += `"parameters":{${others}},`
  }
  text += `"inputs":[${inputs.join(',')}]${outputs.length === 0 ? '' : `,"outputs":[${outputs.join(',')}]`}}`
  return { text, patches }
}

function writeSequence(before: string, sequence: SequenceFields, patches: PatchPoint[]): string {
  let text = `${before}"${SEQUENCE_ID}":`
  if (sequence.id === 'integer') {
    const { length } = DECIMAL_PLACEHOLDER
    patches.push({ offset: Buffer.byteLength(text), length, field: 'sequence', encoding: 'decimal' })
    text += DECIMAL_PLACEHOLDER
  } else {
    text += `"${sequence.prefix}`
    patches.push(sequenceTextPatch(Buffer.byteLength(text)))
    text += `${ID_PLACEHOLDER}"`
  }
  for (const [name, field] of [
    [SEQUENCE_START, 'start'],
    [SEQUENCE_END, 'end'],
  ] as const) {
    text += `,"${name}":`
    patches.push({
      offset: Buffer.byteLength(text),
      length: BOOLEAN_PLACEHOLDER.length,
      field,
      encoding: 'bool',
    })
    text += BOOLEAN_PLACEHOLDER
  }
  return text
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
