import type { ElementType } from '../datatype.ts'
import type { Constant, Dimension, TensorType } from '../graph.ts'
import { MOST_VALUES } from '../onnx/read-tensor.ts'
import { malformed } from '../unreadable.ts'
import { decodeValues } from '../wire/decode-values.ts'
import type { MessageReader } from '../wire/message-reader.ts'

/** `DataType` of types.proto, by its number; references are 100 higher. */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'FP32',
  2: 'FP64',
  3: 'INT32',
  4: 'UINT8',
  5: 'INT16',
  6: 'INT8',
  7: 'BYTES',
  8: 'COMPLEX64',
  9: 'INT64',
  10: 'BOOL',
  11: 'INT8',
  12: 'UINT8',
  13: 'INT32',
  14: 'BF16',
  15: 'INT16',
  16: 'UINT16',
  17: 'UINT16',
  18: 'COMPLEX128',
  19: 'FP16',
  22: 'UINT32',
  23: 'UINT64',
  24: 'FP8',
  25: 'FP8',
  29: 'INT4',
  30: 'UINT4',
}

export function tensorflowType(code: number): ElementType | null {
  return TYPES[code > 100 ? code - 100 : code] ?? null
}

/** A `TensorShapeProto`; a size of −1 is chosen at run time. */
export function readShape(reader: MessageReader): TensorType['shape'] {
  const shape: Dimension[] = []
  let isOpen = false
  while (reader.next()) {
    if (reader.field === 3) isOpen = reader.integer() === 1
    if (reader.field !== 2) continue
    const dimension = reader.message()
    let size = 0
    while (dimension.next()) if (dimension.field === 1) size = dimension.integer()
    shape.push(size < 0 ? null : size)
  }
  return isOpen ? null : shape
}

const INTEGERS: readonly number[] = [7, 10, 11, 16, 17]

/** A `TensorProto` of TensorFlow: where values are missing the last one is repeated, and without any
 * all are 0. */
export function readTensor(reader: MessageReader, name: string): Constant {
  let type: ElementType | null = null
  let shape: TensorType['shape'] = []
  let content: Uint8Array | null = null
  let isLarge = false
  const values: number[] = []
  while (reader.next()) {
    if (reader.field === 1) type = tensorflowType(reader.integer())
    else if (reader.field === 2) shape = readShape(reader.message())
    else if (reader.field === 4) {
      isLarge = reader.length > 8 * MOST_VALUES
      if (!isLarge) content = reader.bytes(8 * MOST_VALUES)
    } else if (reader.field === 5) reader.reals(values, 4, MOST_VALUES)
    else if (reader.field === 6) reader.reals(values, 8, MOST_VALUES)
    else if (INTEGERS.includes(reader.field)) reader.integers(values, MOST_VALUES)
  }
  if (shape === null || shape.some((size) => typeof size !== 'number'))
    throw malformed(`its constant '${name}' has no definite size`)
  const sizes = shape as readonly number[]
  const elements = sizes.reduce((product, size) => product * size, 1)
  const held = type ?? 'BYTES'
  const given = content !== null && content.byteLength > 0 ? decodeValues(content, held, MOST_VALUES) : values
  const isKnown = !isLarge && held !== 'BYTES' && elements <= MOST_VALUES
  return {
    name,
    type: held,
    shape: sizes,
    values: isKnown
      ? Array.from({ length: elements }, (_, index) => given[Math.min(index, given.length - 1)] ?? 0)
      : null,
    external: null,
  }
}
