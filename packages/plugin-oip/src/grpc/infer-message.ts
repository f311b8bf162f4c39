import type { PatchPoint } from 'servebench/session'
import type { BoundRequest } from '../mapping/bind-request.ts'
import { encodeEach } from '../mapping/encode-each.ts'
import { ID_PLACEHOLDER, idPatch } from '../mapping/request-id.ts'
import type { RequestId } from '../mapping/request-id.ts'
import type { OipParameter, OipParameters } from '../request.ts'
import { encodeTensor } from '../tensor/encode-tensor.ts'
import { WireWriter } from '../wire/wire-writer.ts'

/** Field numbers of `ModelInferRequest` and what it consists of. */
const Request = {
  modelName: 1,
  modelVersion: 2,
  id: 3,
  parameters: 4,
  inputs: 5,
  outputs: 6,
  rawInputContents: 7,
} as const
const Input = { name: 1, datatype: 2, shape: 3, parameters: 4 } as const
const Output = { name: 1, parameters: 2 } as const
const Entry = { key: 1, value: 2 } as const
const Parameter = { bool: 1, int64: 2, string: 3, double: 4, uint64: 5 } as const

/** A serialised `ModelInferRequest`. */
export interface InferMessage {
  readonly message: Uint8Array
  readonly patches: readonly PatchPoint[]
}

/**
 * Writes a request with `raw_input_contents`.
 * @throws {ValidationError} for elements that do not fit their datatype
 */
export function writeInferMessage(
  request: BoundRequest,
  model: { readonly name: string; readonly version: string },
  id?: RequestId,
): InferMessage {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) => encodeTensor(datatype, data))
  const writer = new WireWriter().string(Request.modelName, model.name)
  if (model.version !== '') writer.string(Request.modelVersion, model.version)
  const patches: PatchPoint[] = []
  if (request.id !== undefined) {
    writer.string(Request.id, request.id)
  } else if (id !== undefined) {
    writer.string(Request.id, ID_PLACEHOLDER)
    patches.push(idPatch(id, writer.length - ID_PLACEHOLDER.length))
  }
  writeParameters(writer, Request.parameters, request.parameters)
  for (const { name, datatype, shape, parameters } of request.inputs) {
    writer.message(Request.inputs, (input) => {
      input.string(Input.name, name).string(Input.datatype, datatype)
      if (shape.length > 0) input.integers(Input.shape, shape)
      writeParameters(input, Input.parameters, parameters)
    })
  }
  for (const { name, parameters = {} } of request.outputs) {
    writer.message(Request.outputs, (output) =>
      writeParameters(output.string(Output.name, name), Output.parameters, parameters),
    )
  }
  for (const tensor of tensors) writer.bytes(Request.rawInputContents, tensor)
  return { message: writer.finish(), patches }
}

function writeParameters(writer: WireWriter, field: number, parameters: OipParameters): void {
  for (const [name, value] of Object.entries(parameters)) {
    writer.message(field, (entry) =>
      entry.string(Entry.key, name).message(Entry.value, (parameter) => writeParameter(parameter, value)),
    )
  }
}

function writeParameter(writer: WireWriter, value: OipParameter): void {
  if (typeof value === 'boolean') writer.bool(Parameter.bool, value)
  else if (typeof value === 'string') writer.string(Parameter.string, value)
  else if (typeof value === 'bigint')
    writer.integer(value < 2n ** 63n ? Parameter.int64 : Parameter.uint64, value)
  else if (Number.isSafeInteger(value)) writer.integer(Parameter.int64, value)
  else writer.double(Parameter.double, value)
}
