import { fromHalf } from '../../units/float16.ts'
import { DATATYPE_BITS, type ElementType } from '../datatype.ts'

/** Little-endian elements as numbers, `most` at most; none of types that shapes and scales do not have. */
export function decodeValues(bytes: Uint8Array, type: ElementType, most: number): number[] {
  const read = READERS[type]
  const size = DATATYPE_BITS[type] / 8
  if (read === undefined || bytes.byteLength / size > most) return []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, index) => read(view, index * size))
}

const READERS: Readonly<Partial<Record<ElementType, (view: DataView, at: number) => number>>> = {
  BOOL: (view, at) => view.getUint8(at),
  UINT8: (view, at) => view.getUint8(at),
  INT8: (view, at) => view.getInt8(at),
  UINT16: (view, at) => view.getUint16(at, true),
  INT16: (view, at) => view.getInt16(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  UINT64: (view, at) => Number(view.getBigUint64(at, true)),
  INT64: (view, at) => Number(view.getBigInt64(at, true)),
  FP32: (view, at) => view.getFloat32(at, true),
  FP64: (view, at) => view.getFloat64(at, true),
  FP16: (view, at) => fromHalf(view.getUint16(at, true)),
}
