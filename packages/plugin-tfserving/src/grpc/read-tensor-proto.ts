import {
  createArray,
  decodeTensor,
  fromBrain,
  fromHalf,
  OipOutput,
  WireReader,
  WireType,
} from '@servebench/plugin-oip/protocol'
import type { OipData } from '@servebench/plugin-oip/protocol'
import { DATATYPE_BYTES, elementCount } from 'servebench/plugin'
import type { Datatype } from 'servebench/plugin'
import { answerError } from '../answer-error.ts'
import { datatypeOf, dataTypeName } from '../model/data-type.ts'
import { ShapeField, STRING_VAL, TensorField, VALUE_FIELDS } from './tensor-proto.ts'

/** A tensor may take this much memory, whatever its shape claims: a single element can stand for all. */
const LARGEST_BYTES = 1024 * 1024 * 1024
/** What an element of text counts for. */
const TEXT_BYTES = 64

type Numbers = Exclude<Datatype, 'BYTES'>

/**
 * Reads a `TensorProto` as TensorFlow does: `tensor_content` where there is some, else the list of its type, whose last
 * element stands for all that are missing; no elements at all are zeros.
 * @throws {ServebenchError} `SERVEBENCH_TFSERVING_ANSWER` or `SERVEBENCH_PROTOBUF`
 */
export function readTensorProto(name: string, message: Uint8Array): OipOutput {
  const what = `The output '${name}'`
  let type = 0
  let shape: number[] = []
  let content: Uint8Array | null = null
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === TensorField.dtype) type = Number(reader.int64())
    else if (reader.field === TensorField.shape) shape = readShape(what, reader.bytes())
    else if (reader.field === TensorField.content) content = reader.bytes()
    else reader.skip()
  }
  const typeName = dataTypeName(type)
  const datatype = datatypeOf(typeName)
  if (datatype === undefined) throw answerError(`${what} is ${typeName}, which cannot be read.`)
  const count = elementCount(shape)
  if (count * (DATATYPE_BYTES[datatype] ?? TEXT_BYTES) > LARGEST_BYTES)
    throw answerError(`${what} claims the shape [${shape.join(', ')}], which is too large.`)
  const fail = (found: string): never => {
    throw answerError(`${what} of shape [${shape.join(', ')}] has ${found} of ${datatype}.`)
  }
  if (content !== null && content.length > 0) {
    const data = datatype === 'BYTES' ? splitStrings(content, count) : decodeTensor(datatype, content)
    if (data === null || data.length !== count) return fail(`${content.length} bytes`)
    return new OipOutput(name, datatype, shape, data)
  }
  const data = datatype === 'BYTES' ? readStrings(message, count) : readNumbers(message, datatype, count)
  return new OipOutput(name, datatype, shape, data)
}

function readShape(what: string, message: Uint8Array): number[] {
  const shape: number[] = []
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === ShapeField.dim) shape.push(readSize(reader.bytes()))
    else reader.skip()
  }
  if (shape.some((size) => size < 0)) throw answerError(`${what} has the shape [${shape.join(', ')}].`)
  return shape
}

function readSize(dim: Uint8Array): number {
  let size = 0
  const reader = new WireReader(dim)
  while (reader.next()) {
    if (reader.field === 1) size = Number(reader.int64())
    else reader.skip()
  }
  return size
}

function readStrings(message: Uint8Array, count: number): readonly Uint8Array[] {
  const strings: Uint8Array[] = []
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field !== STRING_VAL) reader.skip()
    else if (strings.length < count) strings.push(reader.bytes())
    else reader.skip()
  }
  const last = strings.at(-1) ?? new Uint8Array()
  while (strings.length < count) strings.push(last)
  return strings
}

/** `tensor_content` of text: the length of each element as a varint, then the bytes of all. */
function splitStrings(content: Uint8Array, count: number): readonly Uint8Array[] | null {
  let at = 0
  const lengths: number[] = []
  for (let index = 0; index < count; index++) {
    let length = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = content[at++]
      if (byte === undefined || scale > 128 ** 4) return null
      length += (byte & 127) * scale
      if (byte < 128) break
    }
    lengths.push(length)
  }
  const strings = lengths.map((length) => content.subarray(at, (at += length)))
  return at === content.length ? strings : null
}

function readNumbers(message: Uint8Array, datatype: Numbers, count: number): OipData {
  const array = createArray(datatype, count)
  const field = VALUE_FIELDS[datatype]
  const isFloat = datatype === 'FP32' || datatype === 'FP64'
  const type =
    datatype === 'FP32' ? WireType.fixed32 : datatype === 'FP64' ? WireType.fixed64 : WireType.varint
  const read = isFloat ? null : integerReader(datatype)
  const elements: (number | bigint)[] = []
  let filled = 0
  const append = (values: ArrayLike<number | bigint>): void => {
    for (let index = 0; index < values.length && filled < count; index++)
      array[filled++] = values[index] as never
  }
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field !== field) {
      reader.skip()
    } else if (isFloat && reader.type === WireType.bytes) {
      const packed = decodeTensor(datatype, reader.bytes())
      if (packed === null) throw answerError(`A list of ${datatype} has a part of an element.`)
      append(packed as Float32Array)
    } else {
      elements.length = 0
      reader.repeated(type, elements, (one) =>
        read !== null ? read(one) : datatype === 'FP32' ? one.float() : one.double(),
      )
      append(elements)
    }
  }
  if (filled > 0) array.fill(array[filled - 1] as never, filled)
  return array
}

function integerReader(datatype: Numbers): (reader: WireReader) => number | bigint {
  switch (datatype) {
    case 'INT64':
      return (reader) => reader.int64()
    case 'UINT64':
      return (reader) => reader.uint64()
    case 'BOOL':
      return (reader) => Number(reader.bool())
    case 'FP16':
      return (reader) => fromHalf(Number(BigInt.asUintN(16, reader.uint64())))
    case 'BF16':
      return (reader) => fromBrain(Number(BigInt.asUintN(16, reader.uint64())))
    default:
      return (reader) => Number(reader.int64())
  }
}
