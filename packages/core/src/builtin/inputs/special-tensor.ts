import {
  DATATYPE_BYTES,
  elementCount,
  RAW_ARRAYS,
  type Datatype,
  type Tensor,
  type TensorArray,
} from '../../plugin.ts'
import type { SpecialValues } from './values.ts'

/** Bits of an element; two in turn. */
type Pattern = readonly [bigint, bigint]

/** Fraction and exponent bits of the floating-point formats (IEEE 754 §3.6; bfloat16 is the upper half of binary32). */
const FORMATS: Readonly<Partial<Record<Datatype, readonly [fraction: number, exponent: number]>>> = {
  FP16: [10, 5],
  BF16: [7, 8],
  FP32: [23, 8],
  FP64: [52, 11],
}
/** Subnormal in all formats: about 1e-40 in `FP32`; in the others at the same place of their range. */
const DENORMAL_SHIFT = 7n

/** A tensor whose elements are all the same special value; `null` where the datatype has no such value. */
export function specialTensor(
  datatype: Datatype,
  shape: readonly number[],
  values: SpecialValues,
): Tensor | null {
  const count = elementCount(shape)
  if (datatype === 'BYTES') {
    if (values !== 'zeros' && values !== 'ones') return null
    return { datatype, shape, data: Array.from({ length: count }, () => (values === 'ones' ? '1' : '')) }
  }
  const pattern = patternOf(datatype, values)
  return pattern === null ? null : { datatype, shape, data: fillPattern(datatype, count, pattern) }
}

function patternOf(datatype: Exclude<Datatype, 'BYTES'>, values: SpecialValues): Pattern | null {
  const bits = BigInt(DATATYPE_BYTES[datatype] as number) * 8n
  const all = (1n << bits) - 1n
  const format = FORMATS[datatype]
  const one =
    format === undefined
      ? integerBits(datatype, values, bits)
      : floatBits(values, BigInt(format[0]), BigInt(format[1]))
  if (one !== null) return [one, one]
  if (values !== 'alternating-bits') return null
  if (datatype === 'BOOL') return [0n, 1n]
  return [all / 3n, all - all / 3n]
}

function floatBits(values: SpecialValues, fraction: bigint, exponent: bigint): bigint | null {
  const sign = 1n << (fraction + exponent)
  const infinity = ((1n << exponent) - 1n) << fraction
  switch (values) {
    case 'zeros':
      return 0n
    case 'negative-zeros':
      return sign
    case 'ones':
      return ((1n << (exponent - 1n)) - 1n) << fraction
    case 'max':
      return infinity - 1n
    case 'min':
      return sign | (infinity - 1n)
    case 'denormals':
      return (1n << fraction) >> (fraction > DENORMAL_SHIFT ? DENORMAL_SHIFT : 1n)
    case 'nan':
      return infinity | (1n << (fraction - 1n))
    case 'infinity':
      return infinity
    case 'negative-infinity':
      return sign | infinity
    case 'alternating-bits':
      return null
  }
}

function integerBits(datatype: Datatype, values: SpecialValues, bits: bigint): bigint | null {
  const signed = datatype.startsWith('INT')
  switch (values) {
    case 'zeros':
      return 0n
    case 'ones':
      return 1n
    case 'max':
      return datatype === 'BOOL' ? 1n : (1n << (signed ? bits - 1n : bits)) - 1n
    case 'min':
      return signed ? 1n << (bits - 1n) : 0n
    default:
      return null
  }
}

function fillPattern(datatype: Exclude<Datatype, 'BYTES'>, count: number, [even, odd]: Pattern): TensorArray {
  const width = DATATYPE_BYTES[datatype] as number
  const buffer = new ArrayBuffer(count * width)
  if (width === 8) fillTwo(new BigUint64Array(buffer), even, odd)
  else {
    const words =
      width === 4 ? new Uint32Array(buffer) : width === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer)
    fillTwo(words, Number(even) as never, Number(odd) as never)
  }
  return new RAW_ARRAYS[datatype](buffer)
}

function fillTwo<T extends { fill(value: never): T; length: number }>(
  array: T & Record<number, unknown>,
  even: unknown,
  odd: unknown,
): void {
  array.fill(even as never)
  if (even !== odd) for (let index = 1; index < array.length; index += 2) array[index] = odd
}
