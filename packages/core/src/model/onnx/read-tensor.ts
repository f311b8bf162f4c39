import type { ElementType } from '../datatype.ts'
import type { Constant } from '../graph.ts'
import { malformed } from '../unreadable.ts'
import { decodeValues } from '../wire/decode-values.ts'
import type { MessageReader } from '../wire/message-reader.ts'

/** `TensorProto.DataType`, by its number. */
const TYPES: readonly (ElementType | null)[] = [
  null,
  ...([
    'FP32',
    'UINT8',
    'INT8',
    'UINT16',
    'INT16',
    'INT32',
    'INT64',
    'BYTES',
    'BOOL',
    'FP16',
    'FP64',
  ] as const),
  ...([
    'UINT32',
    'UINT64',
    'COMPLEX64',
    'COMPLEX128',
    'BF16',
    'FP8',
    'FP8',
    'FP8',
    'FP8',
    'UINT4',
    'INT4',
  ] as const),
  ...(['FP4', 'FP8', 'UINT2', 'INT2'] as const),
]

export function elementType(code: number): ElementType | null {
  return TYPES[code] ?? null
}

/** Constants up to this size are looked into: they may be shapes, axes or scales. */
export const MOST_VALUES = 16_384
const MOST_REALS = 64
const HIGHEST_RANK = 64

/** Where each kind of number is stored, when it is not `raw_data`. */
const FLOATS = 4
const DOUBLES = 10
const INTEGERS: readonly number[] = [5, 7, 11]

/** A `TensorProto`: its header, and its values when there are few. */
export function readTensor(reader: MessageReader, name = ''): Constant {
  const shape: number[] = []
  let code = 0
  let isExternal = false
  let external: string | null = null
  let values: number[] = []
  let raw: Uint8Array | null = null
  while (reader.next()) {
    if (reader.field === 1) reader.integers(shape, HIGHEST_RANK)
    else if (reader.field === 2) code = reader.integer()
    else if (reader.field === 8) name = reader.text()
    else if (reader.field === 9) raw = reader.length <= 8 * MOST_VALUES ? reader.bytes(8 * MOST_VALUES) : null
    else if (reader.field === FLOATS) reader.reals(values, 4, MOST_REALS)
    else if (reader.field === DOUBLES) reader.reals(values, 8, MOST_REALS)
    else if (INTEGERS.includes(reader.field)) reader.integers(values, MOST_VALUES)
    else if (reader.field === 13) external = readLocation(reader.message()) ?? external
    else if (reader.field === 14) isExternal = reader.integer() === 1
  }
  const type = elementType(code)
  if (type === null) throw malformed(`its constant '${name}' has the unknown element type ${code}`)
  if (shape.some((size) => !(size >= 0))) throw malformed(`its constant '${name}' has a negative size`)
  const elements = shape.reduce((product, size) => product * size, 1)
  if (raw !== null) values = decodeValues(raw, type, type.startsWith('FP') ? MOST_REALS : MOST_VALUES)
  return {
    name,
    type,
    shape,
    values: !isExternal && values.length === elements ? values : null,
    external: isExternal ? (external ?? '') : null,
  }
}

/** An entry of `external_data` says where, at which offset, or how long. */
function readLocation(reader: MessageReader): string | null {
  let key = ''
  let value = ''
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) value = reader.text()
  }
  return key === 'location' ? value : null
}
