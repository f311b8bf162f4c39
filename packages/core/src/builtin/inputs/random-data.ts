import { DATATYPE_BYTES, elementCount, type Datatype, type Tensor, type TensorData } from '../../plugin.ts'
import type { Random } from '../../plugin.ts'
import { randomWord } from './words.ts'

/** A tensor of random elements: N(0, 1) for floating point, 0–255 for integers, words for `BYTES`. */
export function randomTensor(datatype: Datatype, shape: readonly number[], random: Random): Tensor {
  return { datatype, shape, data: randomData(datatype, elementCount(shape), random) }
}

/** A tensor whose elements are all 0 or all 1; empty texts and `'1'` for `BYTES`. */
export function constantTensor(datatype: Datatype, shape: readonly number[], value: 0 | 1): Tensor {
  const count = elementCount(shape)
  if (datatype === 'BYTES')
    return { datatype, shape, data: Array.from({ length: count }, () => (value === 0 ? '' : '1')) }
  if (datatype === 'INT64') return { datatype, shape, data: new BigInt64Array(count).fill(BigInt(value)) }
  if (datatype === 'UINT64') return { datatype, shape, data: new BigUint64Array(count).fill(BigInt(value)) }
  return { datatype, shape, data: new Float32Array(count).fill(value) }
}

function randomData(datatype: Datatype, count: number, random: Random): TensorData {
  switch (datatype) {
    case 'BYTES':
      return Array.from({ length: count }, () => randomWord(random))
    case 'BOOL':
      return Uint8Array.from({ length: count }, () => random.int(2))
    case 'FP16':
    case 'BF16':
    case 'FP32':
    case 'FP64':
      return normals(count, random)
    case 'INT64':
      return BigInt64Array.from({ length: count }, () => BigInt(random.int(256)))
    case 'UINT64':
      return BigUint64Array.from({ length: count }, () => BigInt(random.int(256)))
    default:
      return Array.from({ length: count }, () => random.int(DATATYPE_BYTES[datatype] === 1 ? 128 : 256))
  }
}

/** Marsaglia's polar method, two at a time. */
export function normals(count: number, random: Random): Float32Array {
  const values = new Float32Array(count)
  for (let index = 0; index < count;) {
    const x = 2 * random.next() - 1
    const y = 2 * random.next() - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const scale = Math.sqrt((-2 * Math.log(square)) / square)
    values[index++] = x * scale
    if (index < count) values[index++] = y * scale
  }
  return values
}
