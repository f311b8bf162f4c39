import { elementCount, type Datatype } from '../../plugin.ts'
import { convertElements, type Elements } from './convert-elements.ts'
import { CellArray, RowError } from './row-reader.ts'

/** Elements of a row's column, and their shape. */
export interface Cell extends Elements {
  readonly shape: readonly number[]
}

/** @throws {RowError} for lists that are not rectangular */
export function cellOf(column: string, value: unknown): Cell {
  if (value instanceof CellArray) return value
  if (value instanceof Uint8Array) return { datatype: 'BYTES', shape: [], data: [value] }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = value as unknown as ArrayLike<number>
    return { datatype: null, shape: [data.length], data }
  }
  if (Array.isArray(value)) {
    const shape: number[] = []
    for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length)
    const data = value.flat(shape.length - 1) as unknown[]
    if (data.length !== elementCount(shape) || data.some(Array.isArray))
      throw new RowError(`'${column}' has lists of different lengths`)
    return { datatype: null, shape, data }
  }
  return { datatype: null, shape: [], data: [value] }
}

/** 16-bit floats as numbers, so that they can stand beside others. */
export function widen(datatype: Datatype | null): (value: unknown) => unknown {
  if (datatype !== 'FP16' && datatype !== 'BF16') return (value) => value
  return (bits) => (convertElements({ datatype, data: [bits] }, 'FP64') as Float64Array)[0]
}

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  if (value instanceof CellArray && value.data.length === 1) return textOf(value.data[0])
  throw new RowError('has no text where it is asked for')
}

export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof CellArray) {
    const { data } = value
    if (value.datatype === 'BYTES' && data.length === 1) return bytesOf(data[0])
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
  throw new RowError('has no bytes where they are asked for')
}

/** Arrays become nested lists; bytes, text. */
export function plainJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (!(value instanceof CellArray)) return value
  const { datatype, data, shape } = value
  const list = Array.from(data as ArrayLike<unknown>, widen(datatype)).map(plainJson)
  const nest = (axis: number, from: number, size: number): unknown => {
    if (axis === shape.length) return list[from]
    const step = size / (shape[axis] as number)
    return Array.from({ length: shape[axis] as number }, (_, index) =>
      nest(axis + 1, from + index * step, step),
    )
  }
  return nest(0, 0, list.length)
}
