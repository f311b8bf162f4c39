import { fromBrain, fromHalf } from 'servebench/plugin'
import type { Datatype } from 'servebench/plugin'
import { splitElements } from './byte-elements.ts'
import { createArray } from './datatype.ts'
import type { OipData } from './datatype.ts'

/**
 * Elements from the protocol's raw bytes.
 * @returns `null` when the bytes are no whole number of elements
 */
export function decodeTensor(datatype: Datatype, bytes: Uint8Array): OipData | null {
  if (datatype === 'BYTES') return splitElements(bytes)
  if (datatype === 'FP16' || datatype === 'BF16')
    return decodeShort(bytes, datatype === 'FP16' ? fromHalf : fromBrain)
  const width = createArray(datatype, 0).BYTES_PER_ELEMENT
  if (bytes.length % width !== 0) return null
  // A copy: answers come at any offset, and typed arrays must be aligned.
  const array = createArray(datatype, bytes.length / width)
  new Uint8Array(array.buffer).set(bytes)
  return array
}

function decodeShort(bytes: Uint8Array, widen: (bits: number) => number): Float32Array | null {
  if (bytes.length % 2 !== 0) return null
  const array = new Float32Array(bytes.length / 2)
  for (let index = 0; index < array.length; index++) {
    array[index] = widen((bytes[2 * index] as number) | ((bytes[2 * index + 1] as number) << 8))
  }
  return array
}
