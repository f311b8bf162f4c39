import { CellArray, type Row } from './row-reader.ts'

/** Field numbers of `tf.train.Example`, `Features`, its map's entries, and `Feature`. */
const FEATURES = 1
const KEY = 1
const VALUE = 2
const BYTES_LIST = 1
const FLOAT_LIST = 2
const INT64_LIST = 3
const ITEMS = 1

const VARINT = 0
const FIXED_64 = 1
const LENGTH = 2
const FIXED_32 = 5

/** One field of a protocol buffer. */
interface Field {
  readonly number: number
  readonly wire: number
  readonly bytes: Buffer
  readonly value: bigint
}

/** The features of an example, each a list; `null` when it is none. */
export function readExample(message: Buffer): Row | null {
  try {
    const row = new Map<string, CellArray>()
    let isExample = message.length === 0
    for (const features of fields(message)) {
      if (features.number !== FEATURES || features.wire !== LENGTH) continue
      isExample = true
      for (const entry of fields(features.bytes)) {
        if (entry.number !== FEATURES || entry.wire !== LENGTH) continue
        let name = ''
        let feature: Buffer = Buffer.alloc(0)
        for (const part of fields(entry.bytes)) {
          if (part.number === KEY) name = part.bytes.toString('utf8')
          if (part.number === VALUE) feature = part.bytes
        }
        row.set(name, readFeature(feature))
      }
    }
    return isExample ? Object.fromEntries(row) : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function readFeature(message: Buffer): CellArray {
  const texts: Uint8Array[] = []
  const floats: number[] = []
  const integers: bigint[] = []
  for (const { number: kind, bytes } of fields(message)) {
    for (const item of fields(bytes)) {
      if (item.number !== ITEMS) continue
      if (kind === BYTES_LIST) texts.push(Uint8Array.from(item.bytes))
      else if (kind === FLOAT_LIST && item.wire === LENGTH)
        for (let at = 0; at < item.bytes.length; at += 4) floats.push(item.bytes.readFloatLE(at))
      else if (kind === FLOAT_LIST) floats.push(item.bytes.readFloatLE(0))
      else if (kind === INT64_LIST && item.wire === LENGTH)
        for (let at = 0; at < item.bytes.length;) {
          const { value, end } = varint(item.bytes, at)
          integers.push(BigInt.asIntN(64, value))
          at = end
        }
      else if (kind === INT64_LIST) integers.push(BigInt.asIntN(64, item.value))
    }
  }
  if (texts.length > 0) return new CellArray('BYTES', [texts.length], texts)
  if (integers.length > 0) return new CellArray('INT64', [integers.length], BigInt64Array.from(integers))
  return new CellArray('FP32', [floats.length], Float32Array.from(floats))
}

/** @throws {RangeError} when the message is torn */
function* fields(message: Buffer): Generator<Field> {
  for (let at = 0; at < message.length;) {
    const tag = varint(message, at)
    const number = Number(tag.value >> 3n)
    const wire = Number(tag.value & 7n)
    at = tag.end
    let bytes: Buffer = message.subarray(at, at)
    let value = 0n
    if (wire === VARINT) ({ value, end: at } = varint(message, at))
    else {
      let length = wire === FIXED_64 ? 8 : wire === FIXED_32 ? 4 : -1
      if (wire === LENGTH) {
        const size = varint(message, at)
        length = Number(size.value)
        at = size.end
      }
      if (length < 0 || at + length > message.length) throw new RangeError('The message is torn.')
      bytes = message.subarray(at, at + length)
      at += length
    }
    yield { number, wire, bytes, value }
  }
}

function varint(bytes: Buffer, from: number): { readonly value: bigint; readonly end: number } {
  let value = 0n
  for (let at = from, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    const byte = bytes[at] as number
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return { value: BigInt.asUintN(64, value), end: at + 1 }
  }
  throw new RangeError('A number is torn.')
}
