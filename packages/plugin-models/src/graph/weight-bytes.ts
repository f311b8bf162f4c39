import { countBytes, type ElementType, type Weight } from './graph.ts'
import { generateWeight } from './weight-values.ts'

/** The bytes of a weight, little-endian, block by block; a block is only valid until the next one is asked for. */
export interface WeightBytes {
  readonly byteLength: number
  blocks(): Iterable<Uint8Array>
}

export function bytesOf(weight: Weight, seed: number): WeightBytes {
  return {
    byteLength: countBytes(weight),
    *blocks() {
      for (const block of generateWeight(weight, seed)) yield encodeElements(block, weight.type)
    },
  }
}

/** Numbers as elements of a type: rounded to the nearest (ties to even), and no further than the type reaches. */
export function encodeElements(values: Float32Array, type: ElementType): Uint8Array {
  switch (type) {
    case 'float32':
      return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    case 'float16':
      return new Uint8Array(toFloat16(values).buffer)
    case 'bfloat16':
      return new Uint8Array(toBfloat16(values).buffer)
    case 'int8':
      return toInt8(values)
    case 'bool':
    case 'uint8':
      return Uint8Array.from(values)
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer)
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(values, BigInt)).buffer)
  }
}

const BITS = new Uint32Array(1)
const FLOAT = new Float32Array(BITS.buffer)

/** IEEE 754 binary16, as bits. */
export function toFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(values.length)
  for (let index = 0; index < result.length; index++) {
    const word = words[index] as number
    const sign = (word >>> 16) & 0x8000
    const magnitude = word & 0x7fff_ffff
    if (magnitude >= 0x4780_0000) {
      // 2^16 and beyond, or not a number: the largest number, infinity only when it was one.
      result[index] = sign | (magnitude > 0x7f80_0000 ? 0x7e00 : magnitude === 0x7f80_0000 ? 0x7c00 : 0x7bff)
    } else if (magnitude < 0x3880_0000) {
      // Below 2^-14 the result is denormal: adding 0.5 lines its bits up at the end, rounded by the addition itself.
      BITS[0] = magnitude
      FLOAT.set([0.5 + (FLOAT.at(0) ?? 0)])
      result[index] = sign | (BITS[0] - 0x3f00_0000)
    } else {
      const rounded = magnitude + 0xc800_0fff + ((magnitude >>> 13) & 1)
      result[index] = sign | Math.min(0x7bff, (rounded >>> 13) & 0x7fff)
    }
  }
  return result
}

/** The upper half of binary32, rounded. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const result = new Uint16Array(values.length)
  for (let index = 0; index < result.length; index++) {
    const word = words[index] as number
    result[index] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return result
}

function toInt8(values: Float32Array): Uint8Array {
  const result = new Int8Array(values.length)
  for (let index = 0; index < result.length; index++) {
    // Rounded up from the middle, as `Math.round` does it, in a third of its time.
    const raised = (values[index] as number) + 128.5
    result[index] = raised >= 256 ? 127 : raised < 0 ? -128 : (raised | 0) - 128
  }
  return new Uint8Array(result.buffer)
}
