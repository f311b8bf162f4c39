import { toBrain, toHalf } from 'servebench/plugin'
import type { Datatype, TensorArray, TensorData } from 'servebench/plugin'
import { joinElements } from './byte-elements.ts'
import { createArray, rangeOf } from './datatype.ts'

/** Values that do not fit their datatype; the message continues "the tensor 'x' ". */
export class ElementError extends Error {}

/**
 * The elements as the protocol's raw bytes: little-endian, without padding. A typed array of the datatype's own kind is
 * not copied.
 * @throws {ElementError} when an element does not fit the datatype
 */
export function encodeTensor(datatype: Datatype, data: TensorData): Uint8Array {
  if (datatype === 'BYTES') return joinElements(byteElements(data))
  if (isOwnArray(datatype, data)) {
    if (datatype === 'BOOL') checkElements(datatype, data)
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
  if (datatype === 'FP16' || datatype === 'BF16') {
    const round = datatype === 'FP16' ? toHalf : toBrain
    const bits = new Uint16Array(data.length)
    for (let index = 0; index < data.length; index++)
      bits[index] = round(floatOf(data[index], index, datatype))
    return new Uint8Array(bits.buffer)
  }
  const array = createArray(datatype, data.length)
  const read = elementReader(datatype)
  for (let index = 0; index < data.length; index++) array[index] = read(data[index], index) as never
  return new Uint8Array(array.buffer)
}

/** The elements of a BYTES tensor, text as UTF-8. @throws {ElementError} when one is neither text nor bytes */
export function byteElements(data: TensorData): Uint8Array[] {
  return Array.from(data as ArrayLike<unknown>, (element, index) => {
    if (typeof element === 'string') return Buffer.from(element)
    if (element instanceof Uint8Array) return element
    throw new ElementError(`has ${show(element)} at ${index}, which is neither text nor bytes.`)
  })
}

/** Reads single elements as numbers of the datatype: `bigint`s for 64-bit integers. */
export function elementReader(
  datatype: Exclude<Datatype, 'BYTES'>,
): (element: unknown, index: number) => number | bigint {
  const range = rangeOf(datatype)
  if (range === null) return (element, index) => floatOf(element, index, datatype)
  const wide = datatype === 'INT64' || datatype === 'UINT64'
  const { low, high } = range
  return (element, index) => {
    const value = typeof element === 'boolean' && datatype === 'BOOL' ? Number(element) : element
    const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
    if (!whole || value < low || value > high)
      throw new ElementError(`has ${show(element)} at ${index}, which is no ${datatype}.`)
    if (wide) return BigInt(value)
    return Number(value)
  }
}

/** Whether a typed array's bytes are the tensor's bytes: for the 16-bit floats, raw bits. */
function isOwnArray(datatype: Datatype, data: TensorData): data is TensorArray {
  if (!ArrayBuffer.isView(data)) return false
  if (datatype === 'FP16' || datatype === 'BF16') return data instanceof Uint16Array
  return data.constructor === createArray(datatype as Exclude<Datatype, 'BYTES'>, 0).constructor
}

function checkElements(datatype: 'BOOL', data: TensorArray): void {
  const read = elementReader(datatype)
  for (let index = 0; index < data.length; index++) read(data[index], index)
}

function floatOf(element: unknown, index: number, datatype: Datatype): number {
  if (typeof element === 'number') return element
  if (typeof element === 'bigint') return Number(element)
  throw new ElementError(`has ${show(element)} at ${index}, which is no ${datatype}.`)
}

function show(element: unknown): string {
  if (typeof element === 'bigint' || typeof element === 'number') return String(element)
  return typeof element === 'string'
    ? JSON.stringify(element.slice(0, 40))
    : element === null
      ? 'null'
      : `a value of type ${typeof element}`
}
