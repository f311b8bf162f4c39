/** Element types by the names of the Open Inference Protocol, and those that it has no name for. */
export const DATATYPE_BITS = {
  BOOL: 8,
  UINT2: 2,
  INT2: 2,
  UINT4: 4,
  INT4: 4,
  UINT8: 8,
  INT8: 8,
  UINT16: 16,
  INT16: 16,
  UINT32: 32,
  INT32: 32,
  UINT64: 64,
  INT64: 64,
  FP4: 4,
  FP8: 8,
  FP16: 16,
  BF16: 16,
  FP32: 32,
  FP64: 64,
  COMPLEX64: 64,
  COMPLEX128: 128,
  /** Of any length: counted as nothing. */
  BYTES: 0,
} as const
export type ElementType = keyof typeof DATATYPE_BITS

/** Bytes of so many elements; packed where several fit a byte. An unknown type counts as float32. */
export function bytesOf(elements: number, type: ElementType | null): number {
  return Math.ceil((elements * DATATYPE_BITS[type ?? 'FP32']) / 8)
}

export function isFloat(type: ElementType | null): boolean {
  return type === null || type.startsWith('FP') || type.startsWith('BF') || type.startsWith('COMPLEX')
}
