import type { Datatype } from 'servebench/plugin'

/** `tensorflow.DataType` by number. */
export const DATA_TYPE_NAMES: readonly string[] = [
  'DT_INVALID',
  'DT_FLOAT',
  'DT_DOUBLE',
  'DT_INT32',
  'DT_UINT8',
  'DT_INT16',
  'DT_INT8',
  'DT_STRING',
  'DT_COMPLEX64',
  'DT_INT64',
  'DT_BOOL',
  'DT_QINT8',
  'DT_QUINT8',
  'DT_QINT32',
  'DT_BFLOAT16',
  'DT_QINT16',
  'DT_QUINT16',
  'DT_UINT16',
  'DT_COMPLEX128',
  'DT_HALF',
  'DT_RESOURCE',
  'DT_VARIANT',
  'DT_UINT32',
  'DT_UINT64',
]

/** Those that tensors of requests and answers may have. */
const DATATYPES: Readonly<Record<string, Datatype>> = {
  DT_FLOAT: 'FP32',
  DT_DOUBLE: 'FP64',
  DT_INT32: 'INT32',
  DT_UINT8: 'UINT8',
  DT_INT16: 'INT16',
  DT_INT8: 'INT8',
  DT_STRING: 'BYTES',
  DT_INT64: 'INT64',
  DT_BOOL: 'BOOL',
  DT_BFLOAT16: 'BF16',
  DT_UINT16: 'UINT16',
  DT_HALF: 'FP16',
  DT_UINT32: 'UINT32',
  DT_UINT64: 'UINT64',
}
const NUMBERS = new Map(
  Object.entries(DATATYPES).map(([name, datatype]) => [datatype, DATA_TYPE_NAMES.indexOf(name)]),
)

/** `undefined` for types that are not sent, such as complex numbers. */
export function datatypeOf(name: string): Datatype | undefined {
  return Object.hasOwn(DATATYPES, name) ? DATATYPES[name] : undefined
}

export function dataTypeNumber(datatype: Datatype): number {
  return NUMBERS.get(datatype) as number
}

/** For messages: types that this package does not know have only a number. */
export function dataTypeName(number: number): string {
  return DATA_TYPE_NAMES[number] ?? `data type ${number}`
}
