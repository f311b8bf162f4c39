import { fromBrain, fromHalf, toBrain, toHalf, type Datatype, type TensorData } from '../../plugin.ts'
import { RowError } from './row-reader.ts'

/** Elements of one column, in order. */
export interface Elements {
  /** `null` for numbers, texts and lists of formats that have no datatypes. */
  readonly datatype: Datatype | null
  readonly data: ArrayLike<unknown>
}

type Whole = Exclude<Datatype, 'BYTES' | 'FP16' | 'BF16' | 'FP32' | 'FP64'>

const LIMITS: Readonly<Record<Whole, readonly [bigint, bigint]>> = {
  BOOL: [0n, 1n],
  UINT8: [0n, 255n],
  UINT16: [0n, 65_535n],
  UINT32: [0n, 4_294_967_295n],
  UINT64: [0n, (1n << 64n) - 1n],
  INT8: [-128n, 127n],
  INT16: [-32_768n, 32_767n],
  INT32: [-2_147_483_648n, 2_147_483_647n],
  INT64: [-(1n << 63n), (1n << 63n) - 1n],
}
const WHOLE_TEXT = /^[+-]?\d+$/
const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const SPECIAL_TEXT: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
}

/** The datatype of elements that nobody gives one: their own, or what JavaScript's types suggest. */
export function guessDatatype({ datatype, data }: Elements): Datatype {
  if (datatype !== null) return datatype
  const first = data[0]
  if (typeof first === 'bigint') return 'INT64'
  if (typeof first === 'boolean') return 'BOOL'
  if (typeof first === 'string' && !Number.isNaN(numberOf(first))) return 'FP32'
  return typeof first === 'string' || first instanceof Uint8Array ? 'BYTES' : 'FP32'
}

/**
 * Elements as a datatype. Floating point is rounded to the nearest, ties to even; whole numbers must fit, and numbers
 * with a fraction do not become whole ones.
 * @throws {RowError} with what an element is instead
 */
export function convertElements({ datatype: from, data }: Elements, to: Datatype): TensorData {
  if (from === to && to !== 'BYTES') return data as TensorData
  const { length } = data
  if (to === 'BYTES') return Array.from(data, (value) => toText(value))
  const read = reader(from)
  switch (to) {
    case 'FP16':
    case 'BF16': {
      const round = to === 'FP16' ? toHalf : toBrain
      return Uint16Array.from({ length }, (_, index) => round(floatOf(read(data[index]))))
    }
    case 'FP32':
      return Float32Array.from({ length }, (_, index) => floatOf(read(data[index])))
    case 'FP64':
      return Float64Array.from({ length }, (_, index) => floatOf(read(data[index])))
    case 'INT64':
    case 'UINT64': {
      const values = Array.from({ length }, (_, index) => wholeOf(read(data[index]), to))
      return to === 'INT64' ? BigInt64Array.from(values) : BigUint64Array.from(values)
    }
    default: {
      const values = Array.from({ length }, (_, index) => Number(wholeOf(read(data[index]), to)))
      return WHOLE_ARRAYS[to].from(values)
    }
  }
}

const WHOLE_ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
} as const

/** Bits of 16-bit floats as numbers; everything else as it is. */
function reader(from: Datatype | null): (value: unknown) => unknown {
  if (from === 'FP16') return (bits) => fromHalf(bits as number)
  return from === 'BF16' ? (bits) => fromBrain(bits as number) : (value) => value
}

function floatOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value)
  if (typeof value === 'string') {
    const number = numberOf(value)
    if (!Number.isNaN(number) || value.trim().toLowerCase() === 'nan') return number
  }
  throw new RowError(`has ${show(value)}, which is no number`)
}

/** NaN for text that is none. */
function numberOf(text: string): number {
  const trimmed = text.trim()
  return NUMBER_TEXT.test(trimmed) ? Number(trimmed) : (SPECIAL_TEXT[trimmed.toLowerCase()] ?? Number.NaN)
}

function wholeOf(value: unknown, to: Whole): bigint {
  const whole = toWhole(value)
  if (whole === null) throw new RowError(`has ${show(value)}, which is no whole number`)
  const [low, high] = LIMITS[to]
  if (whole < low || whole > high) throw new RowError(`has ${show(value)}, which is no ${to}`)
  return whole
}

function toWhole(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : null
  if (typeof value !== 'string') return null
  const text = value.trim()
  if (WHOLE_TEXT.test(text)) return BigInt(text.replace(/^\+/, ''))
  if (text === 'true') return 1n
  if (text === 'false') return 0n
  const number = numberOf(text)
  return Number.isInteger(number) ? BigInt(number) : null
}

function toText(value: unknown): string | Uint8Array {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  throw new RowError(`has ${show(value)}, which is no text`)
}

const SHOWN = 40

function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  if (typeof value === 'string')
    return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  return 'an object'
}
