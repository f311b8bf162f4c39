import type { Tensor } from 'onnxruntime-node'

type NumberArrayConstructor =
  | typeof BigInt64Array
  | typeof BigUint64Array
  | typeof Float32Array
  | typeof Float64Array
  | typeof Int16Array
  | typeof Int32Array
  | typeof Int8Array
  | typeof Uint16Array
  | typeof Uint32Array
  | typeof Uint8Array

/** A tensor element's type under its names in the protocol, in ONNX Runtime and in a model configuration. */
export interface Datatype {
  readonly name: string
  readonly runtime: Tensor.Type
  readonly config: string
  /** Bytes of an element; 0 for BYTES, whose elements are 4 bytes of length and that many bytes. */
  readonly size: number
  /** What the runtime's tensors hold; unused for BYTES. */
  readonly array: NumberArrayConstructor
  /** Whether JSON can carry it. */
  readonly json: boolean
}

function datatype(
  name: string,
  runtime: Tensor.Type,
  config: string,
  size: number,
  array: NumberArrayConstructor,
  json = true,
): Datatype {
  return { name, runtime, config, size, array, json }
}

/** What ONNX Runtime's CPU provider takes through its Node.js binding; BF16 is not among it. */
export const DATATYPES: readonly Datatype[] = [
  datatype('BOOL', 'bool', 'TYPE_BOOL', 1, Uint8Array),
  datatype('UINT8', 'uint8', 'TYPE_UINT8', 1, Uint8Array),
  datatype('UINT16', 'uint16', 'TYPE_UINT16', 2, Uint16Array),
  datatype('UINT32', 'uint32', 'TYPE_UINT32', 4, Uint32Array),
  datatype('UINT64', 'uint64', 'TYPE_UINT64', 8, BigUint64Array),
  datatype('INT8', 'int8', 'TYPE_INT8', 1, Int8Array),
  datatype('INT16', 'int16', 'TYPE_INT16', 2, Int16Array),
  datatype('INT32', 'int32', 'TYPE_INT32', 4, Int32Array),
  datatype('INT64', 'int64', 'TYPE_INT64', 8, BigInt64Array),
  datatype('FP16', 'float16', 'TYPE_FP16', 2, Uint16Array, false),
  datatype('FP32', 'float32', 'TYPE_FP32', 4, Float32Array),
  datatype('FP64', 'float64', 'TYPE_FP64', 8, Float64Array),
  datatype('BYTES', 'string', 'TYPE_STRING', 0, Uint8Array),
]

const BY_NAME = new Map(DATATYPES.map((type) => [type.name, type]))
const BY_RUNTIME = new Map<string, Datatype>(DATATYPES.map((type) => [type.runtime, type]))

export function datatypeOfRuntime(name: string): Datatype | undefined {
  return BY_RUNTIME.get(name)
}

export function datatypeNamed(name: string): Datatype | undefined {
  return BY_NAME.get(name)
}
