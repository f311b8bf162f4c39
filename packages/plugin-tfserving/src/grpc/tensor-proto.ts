import {
  byteElements,
  elementReader,
  ElementError,
  encodeTensor,
  toBrain,
  toHalf,
} from '@servebench/plugin-oip/protocol'
import type { WireWriter } from '@servebench/plugin-oip/protocol'
import { elementCount } from 'servebench/plugin'
import type { Datatype, TensorData } from 'servebench/plugin'
import { dataTypeNumber } from '../model/data-type.ts'

/** Field numbers of `TensorProto`. */
export const TensorField = { dtype: 1, shape: 2, content: 4 } as const
export const ShapeField = { dim: 2, unknownRank: 3 } as const
export const STRING_VAL = 8

/** Which list of a `TensorProto` has the elements of a datatype. */
export const VALUE_FIELDS: Readonly<Record<Datatype, number>> = {
  FP32: 5,
  FP64: 6,
  INT32: 7,
  INT16: 7,
  INT8: 7,
  UINT16: 7,
  UINT8: 7,
  BYTES: STRING_VAL,
  INT64: 10,
  BOOL: 11,
  FP16: 13,
  BF16: 13,
  UINT32: 16,
  UINT64: 17,
}

/** How elements are written: as they are in memory, or in the list of their type. `BYTES` are always in their list. */
export type TensorEncoding = 'content' | 'typed'

/**
 * Writes a `TensorProto`. Servers repeat the last element of a list that is too short and cut off one that is too long,
 * so the number of elements is checked here.
 * @throws {ElementError} when the elements do not fit the datatype or the shape
 */
export function writeTensorProto(
  writer: WireWriter,
  tensor: { readonly datatype: Datatype; readonly shape: readonly number[]; readonly data: TensorData },
  encoding: TensorEncoding,
): void {
  const { datatype, shape, data } = tensor
  const count = elementCount(shape)
  if (data.length !== count)
    throw new ElementError(`has ${data.length} elements; its shape [${shape.join(', ')}] needs ${count}.`)
  writer.integer(TensorField.dtype, dataTypeNumber(datatype)).message(TensorField.shape, (inner) => {
    for (const size of shape)
      inner.message(ShapeField.dim, (dim) => void (size === 0 || dim.integer(1, size)))
  })
  if (count === 0) return
  if (datatype === 'BYTES') {
    for (const element of byteElements(data)) writer.bytes(STRING_VAL, element)
  } else if (encoding === 'content') {
    writer.bytes(TensorField.content, encodeTensor(datatype, data))
  } else if (datatype === 'FP32' || datatype === 'FP64') {
    // A packed list of floats has the bytes that they have in memory.
    writer.bytes(VALUE_FIELDS[datatype], encodeTensor(datatype, data))
  } else {
    writer.integers(VALUE_FIELDS[datatype], integersOf(datatype, data))
  }
}

/** The 16-bit floats go as their bits. */
function integersOf(datatype: Exclude<Datatype, 'BYTES'>, data: TensorData): (number | bigint)[] {
  const elements = data as ArrayLike<unknown>
  const isShort = datatype === 'FP16' || datatype === 'BF16'
  if (isShort && data instanceof Uint16Array) return [...data]
  const read = elementReader(datatype)
  const round = datatype === 'FP16' ? toHalf : toBrain
  return Array.from(elements, (element, index) => {
    const value = read(element, index)
    return isShort ? round(Number(value)) : value
  })
}
