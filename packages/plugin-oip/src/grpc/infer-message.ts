import type { PatchPoint } from 'servebench/session'
import type { BoundRequest } from '../mapping/bind-request.ts'
import { encodeEach } from '../mapping/encode-each.ts'
import {
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
import { writeContents } from './tensor-contents.ts'
import { PADDED_VARINT_BYTES, WireWriter } from '../wire/wire-writer.ts'

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
const Input = { name: 1, datatype: 2, shape: 3, parameters: 4, contents: 5 } as const
const Output = { name: 1, parameters: 2 } as const
const Entry = { key: 1, value: 2 } as const
const Parameter = { bool: 1, int64: 2, string: 3, double: 4, uint64: 5 } as const

/** A serialised `ModelInferRequest`. */
export interface InferMessage {
  readonly message: Uint8Array
  readonly patches: readonly PatchPoint[]
}

/**
 * Writes a request.
 * @param encoding elements as they are in memory (`raw_input_contents`), or in the list of their type (`contents`)
 * @throws {ValidationError} for elements that do not fit their datatype
 */
export function writeInferMessage(
  request: BoundRequest,
  model: { readonly name: string; readonly version: string },
  { id, sequence }: UniqueFields = {},
  encoding: 'raw' | 'typed' = 'raw',
): InferMessage {
  const tensors = encodeEach(request.inputs, ({ datatype, data }) =>
    encoding === 'raw' ? encodeTensor(datatype, data) : writeContents(datatype, data),
  )
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
  if (sequence !== undefined && !(SEQUENCE_ID in request.parameters)) {
    patches.push(...writeSequence(writer, sequence))
  }
  for (const [index, { name, datatype, shape, parameters }] of request.inputs.entries()) {
    writer.message(Request.inputs, (input) => {
      input.string(Input.name, name).string(Input.datatype, datatype)
      if (shape.length > 0) input.integers(Input.shape, shape)
      writeParameters(input, Input.parameters, parameters)
      if (encoding === 'typed') input.bytes(Input.contents, tensors[index] as Uint8Array)
    })
  }
  for (const { name, parameters = {} } of request.outputs) {
    writer.message(Request.outputs, (output) =>
      writeParameters(output.string(Output.name, name), Output.parameters, parameters),
    )
  }
  if (encoding === 'raw') for (const tensor of tensors) writer.bytes(Request.rawInputContents, tensor)
  return { message: writer.finish(), patches }
}

/** The value stands at the end of each parameter, which is where its patch goes. */
function writeSequence(writer: WireWriter, sequence: SequenceFields): PatchPoint[] {
  const write = (name: string, value: (parameter: WireWriter) => void): number =>
    writer.message(Request.parameters, (entry) => entry.string(Entry.key, name).message(Entry.value, value))
      .length
  const point =
    sequence.id === 'integer'
      ? paddedPatch(write(SEQUENCE_ID, (parameter) => parameter.paddedInteger(Parameter.int64)))
      : textPatch(
          write(SEQUENCE_ID, (parameter) =>
            parameter.string(Parameter.string, sequence.prefix + ID_PLACEHOLDER),
          ),
        )
  const flags = ([SEQUENCE_START, SEQUENCE_END] as const).map((name): PatchPoint => {
    const end = write(name, (parameter) => parameter.bool(Parameter.bool, false))
    return { offset: end - 1, length: 1, field: name === SEQUENCE_START ? 'start' : 'end', encoding: 'byte' }
  })
  return [point, ...flags]
}

function paddedPatch(end: number): PatchPoint {
  const length = PADDED_VARINT_BYTES
  return { offset: end - length, length, field: 'sequence', encoding: 'varint' }
}

function textPatch(end: number): PatchPoint {
  return sequenceTextPatch(end - ID_PLACEHOLDER.length)
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
