import type { Datatype, TensorData } from 'servebench/plugin'
import { createArray } from '../tensor/datatype.ts'
import type { OipData } from '../tensor/datatype.ts'
import { byteElements, ElementError, elementReader, encodeTensor } from '../tensor/encode-tensor.ts'
import { WireReader } from '../wire/wire-reader.ts'
import { WireType, WireWriter } from '../wire/wire-writer.ts'

/** A serialised `InferTensorContents`. */
export type TensorContents = Uint8Array

interface List {
  readonly field: number
  readonly type: WireType
  readonly read: (reader: WireReader) => unknown
}

const BOOL: List = { field: 1, type: WireType.varint, read: (reader) => Number(reader.bool()) }
const INT: List = {
  field: 2,
  type: WireType.varint,
  read: (reader) => Number(BigInt.asIntN(32, reader.uint64())),
}
const INT64: List = { field: 3, type: WireType.varint, read: (reader) => reader.int64() }
const UINT: List = {
  field: 4,
  type: WireType.varint,
  read: (reader) => Number(BigInt.asUintN(32, reader.uint64())),
}
const UINT64: List = { field: 5, type: WireType.varint, read: (reader) => reader.uint64() }
const FP32: List = { field: 6, type: WireType.fixed32, read: (reader) => reader.float() }
const FP64: List = { field: 7, type: WireType.fixed64, read: (reader) => reader.double() }
const BYTES: List = { field: 8, type: WireType.bytes, read: (reader) => reader.bytes() }

/** In which list the elements of a datatype are; the protocol has none for the 16-bit floats, but servers use `fp32_contents`. */
const LISTS: Readonly<Record<Datatype, List>> = {
  BOOL,
  INT8: INT,
  INT16: INT,
  INT32: INT,
  INT64,
  UINT8: UINT,
  UINT16: UINT,
  UINT32: UINT,
  UINT64,
  FP16: FP32,
  BF16: FP32,
  FP32,
  FP64,
  BYTES,
}

/**
 * Elements from typed contents.
 * @throws {ElementError} when they are in the list of another datatype, or out of range
 */
export function readContents(contents: TensorContents, datatype: Datatype): OipData {
  const { field, type, read } = LISTS[datatype]
  const elements: unknown[] = []
  const reader = new WireReader(contents)
  while (reader.next()) {
    if (reader.field !== field)
      throw new ElementError(`is ${datatype}, but has the contents of another datatype.`)
    reader.repeated(type, elements, read)
  }
  if (datatype === 'BYTES') return elements as Uint8Array[]
  const array = createArray(datatype, elements.length)
  const check = elementReader(datatype)
  for (let index = 0; index < elements.length; index++) array[index] = check(elements[index], index) as never
  return array
}

/**
 * Elements as typed contents.
 * @throws {ElementError} when they do not fit the datatype, or the protocol has no list for it
 */
export function writeContents(datatype: Datatype, data: TensorData): TensorContents {
  const writer = new WireWriter()
  const { field } = LISTS[datatype]
  if (data.length === 0) return writer.finish()
  switch (datatype) {
    case 'FP16':
    case 'BF16':
      throw new ElementError(`is ${datatype}, which has no typed contents; use the protocol 'grpc'.`)
    case 'BYTES':
      for (const element of byteElements(data)) writer.bytes(field, element)
      break
    case 'FP32':
    case 'FP64':
      // A packed list of floats has the bytes that they have in memory.
      writer.bytes(field, encodeTensor(datatype, data))
      break
    default:
      writer.integers(field, Array.from(data as ArrayLike<unknown>, elementReader(datatype)))
  }
  return writer.finish()
}
