/** Element types, named as in the Open Inference Protocol. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'BF16'
  | 'FP32'
  | 'FP64'
  | 'BYTES'

/** Bytes per element; `null` for `BYTES`, whose elements have lengths of their own. */
export const DATATYPE_BYTES: Readonly<Record<Datatype, number | null>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: null,
}

/** A typed array whose elements have the datatype's width. */
export type TensorArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array

/** A class of typed arrays. */
export interface TensorArrayClass {
  new (length: number): TensorArray
  new (buffer: ArrayBuffer): TensorArray
}

/** The array that the bytes of a tensor are; 16-bit floats as their bits. */
export const RAW_ARRAYS: Readonly<Record<Exclude<Datatype, 'BYTES'>, TensorArrayClass>> = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
}

/**
 * The elements of a tensor in row-major order. A typed array is taken as it is: `FP16` and `BF16` as the raw 16 bits in
 * a `Uint16Array`, or as numbers to be rounded in a `Float32Array`. `BYTES` elements are strings (UTF-8) or byte arrays.
 */
export type TensorData =
  | TensorArray
  | readonly number[]
  | readonly bigint[]
  | readonly boolean[]
  | readonly (string | Uint8Array)[]

/** A dense tensor. */
export interface Tensor {
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: TensorData
}

/** The number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
