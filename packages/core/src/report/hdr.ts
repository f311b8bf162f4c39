import { deflateSync, inflateSync } from 'node:zlib'
import { ServebenchError } from '../errors/servebench-error.ts'

/**
 * HdrHistogram V2 with three significant digits over whole nanoseconds, without a dependency: importing
 * hdr-histogram-js takes 50 ms, which every process that writes or pools a result would pay.
 *
 * Layout and encoding: HdrHistogram 2.1 (Java), `AbstractHistogram.encodeIntoByteBuffer`. Buckets below 2 048 are
 * exact, above they are at most 1/1 024 of their value wide.
 */
export class HdrHistogram {
  #counts: Float64Array = new Float64Array(4096)
  #total = 0
  #top = -1

  get count(): number {
    return this.#total
  }

  /** @param value in [0, 2^53); a fraction is dropped, a negative value counts as 0 */
  record(value: number, count: number = 1): void {
    this.addToBucket(indexOf(Math.min(Math.max(0, Math.floor(value)), Number.MAX_SAFE_INTEGER)), count)
  }

  /** @param index of a bucket of this layout, as the encoding numbers them */
  addToBucket(index: number, count: number): void {
    if (index >= this.#counts.length) {
      const grown = new Float64Array(Math.max(index + 1, this.#counts.length * 2))
      grown.set(this.#counts)
      this.#counts = grown
    }
    this.#counts[index] = (this.#counts[index] as number) + count
    this.#total += count
    if (index > this.#top) this.#top = index
  }

  /** Lowest value and count of each bucket that is not empty, in rising order. */
  *entries(): Generator<readonly [value: number, count: number]> {
    for (let index = 0; index <= this.#top; index++) {
      const count = this.#counts[index] as number
      if (count !== 0) yield [lowestOf(index), count]
    }
  }

  /** Buckets that are not empty, in rising order, with the whole numbers that they hold: from `low` to `last`. */
  *buckets(): Generator<{ readonly low: number; readonly last: number; readonly count: number }> {
    for (let index = 0; index <= this.#top; index++) {
      const count = this.#counts[index] as number
      if (count !== 0) yield { low: lowestOf(index), last: lowestOf(index + 1) - 1, count }
    }
  }

  /** The largest value of the bucket in which the sample of this rank lies; ranks start at 1. NaN beyond the last. */
  valueAtRank(rank: number): number {
    let seen = 0
    for (let index = 0; index <= this.#top; index++) {
      seen += this.#counts[index] as number
      if (seen >= rank) return lowestOf(index + 1) - 1
    }
    return NaN
  }

  /** Samples in buckets up to and including that of `value`. */
  countUpTo(value: number): number {
    const last = Math.min(this.#top, indexOf(Math.max(0, Math.floor(value))))
    let seen = 0
    for (let index = 0; index <= last; index++) seen += this.#counts[index] as number
    return seen
  }

  /** HdrHistogram V2, compressed, base64. */
  encode(): string {
    const payload = Buffer.alloc(HEADER_BYTES + (this.#top + 1) * MAX_VARINT)
    let length = HEADER_BYTES
    for (let index = 0; index <= this.#top; index++) {
      let zeros = 0
      while (index + zeros <= this.#top && this.#counts[index + zeros] === 0) zeros += 1
      if (zeros > 0) index += zeros - 1
      length = writeVarint(payload, length, zeros > 0 ? zeros * 2 - 1 : (this.#counts[index] as number) * 2)
    }
    payload.writeUInt32BE(COOKIE, 0)
    payload.writeUInt32BE(length - HEADER_BYTES, 4)
    payload.writeUInt32BE(0, 8)
    payload.writeUInt32BE(DIGITS, 12)
    payload.writeBigInt64BE(1n, 16)
    payload.writeBigInt64BE(BigInt(Math.max(2, lowestOf(this.#top + 1) - 1)), 24)
    payload.writeDoubleBE(1, 32)
    const body = deflateSync(payload.subarray(0, length))
    const head = Buffer.alloc(8)
    head.writeUInt32BE(COMPRESSED_COOKIE, 0)
    head.writeUInt32BE(body.byteLength, 4)
    return Buffer.concat([head, body]).toString('base64')
  }
}

/** Encodes what another histogram counted: pairs of value (ns) and count. `null` when there is nothing. */
export function encodeHdr(entries: Iterable<readonly [value: number, count: number]>): string | null {
  const histogram = new HdrHistogram()
  for (const [value, count] of entries) histogram.record(value, count)
  return histogram.count === 0 ? null : histogram.encode()
}

/**
 * Reads any compressed V2 histogram. One with another precision or unit is counted anew at its buckets' middles.
 * @throws {ServebenchError} `SERVEBENCH_HDR` when the text is something else, or unreasonably large.
 */
export function decodeHdr(text: string): HdrHistogram {
  return mergeHdr([text])
}

/** The union of encoded histograms; empty ones may be `null`. Throws as {@link decodeHdr} does. */
export function mergeHdr(texts: Iterable<string | null>): HdrHistogram {
  const union = new HdrHistogram()
  for (const text of texts) {
    if (text === null) continue
    try {
      decodeInto(union, Buffer.from(text, 'base64'))
    } catch (cause) {
      throw new ServebenchError(
        'SERVEBENCH_HDR',
        'A histogram in the result is not in the HdrHistogram V2 format.',
        {
          advice: 'The file is damaged, or another tool wrote it.',
          cause,
        },
      )
    }
  }
  return union
}

const DIGITS = 3
/** 2 048 sub-buckets, of which the upper half is new in each bucket but the first. */
const HALF = 1024
const HALF_BITS = 10
const COOKIE = 0x1c849313
const COMPRESSED_COOKIE = 0x1c849314
const HEADER_BYTES = 40
const MAX_VARINT = 9
const LARGEST_PAYLOAD = 16 * 1024 * 1024

function indexOf(value: number): number {
  if (value < HALF * 2) return value
  // The position of the leading bit: exact, because only `value >= 2^32` leaves the range of clz32.
  const high = Math.floor(value / 0x1_0000_0000)
  const bits = high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value)
  const shift = bits - HALF_BITS - 1
  return shift * HALF + Math.floor(value / powerOfTwo(shift))
}

function lowestOf(index: number): number {
  if (index < HALF * 2) return index
  const shift = Math.floor(index / HALF) - 1
  return ((index % HALF) + HALF) * powerOfTwo(shift)
}

const POWERS = Float64Array.from({ length: 64 })
POWERS[0] = 1
for (let exponent = 1; exponent < 64; exponent++) POWERS[exponent] = 2 * (POWERS[exponent - 1] as number)

function powerOfTwo(exponent: number): number {
  return POWERS[exponent] as number
}

/** LEB128 of a number that is already zigzag-coded; the ninth byte holds eight bits. */
function writeVarint(target: Buffer, offset: number, value: number): number {
  let rest = value
  let at = offset
  while (rest >= 128) {
    target[at] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
    at += 1
  }
  target[at] = rest
  return at + 1
}

function decodeInto(histogram: HdrHistogram, bytes: Buffer): void {
  if (bytes.readUInt32BE(0) !== COMPRESSED_COOKIE) throw new RangeError('Not a compressed V2 histogram.')
  const compressed = bytes.subarray(8, 8 + bytes.readUInt32BE(4))
  const payload = inflateSync(compressed, { maxOutputLength: LARGEST_PAYLOAD })
  if (payload.readUInt32BE(0) !== COOKIE) throw new RangeError('Not a V2 histogram.')
  const end = HEADER_BYTES + payload.readUInt32BE(4)
  const digits = payload.readUInt32BE(12)
  const lowest = Number(payload.readBigInt64BE(16))
  if (digits > 5 || lowest < 1 || end > payload.byteLength) {
    throw new RangeError('Unsupported histogram parameters.')
  }
  const unitBits = Math.floor(Math.log2(lowest))
  const halfBits = Math.max(1, Math.ceil(Math.log2(2 * Number(`1e${digits}`)))) - 1
  const half = powerOfTwo(halfBits)
  const same = unitBits === 0 && halfBits === HALF_BITS
  let index = 0
  for (let at = HEADER_BYTES; at < end;) {
    let value = 0
    let scale = 1
    let byte = 0
    let width = 0
    do {
      byte = payload.readUInt8(at)
      at += 1
      width += 1
      value += (width === MAX_VARINT ? byte : byte & 127) * scale
      scale *= 128
    } while (byte >= 128 && width < MAX_VARINT)
    if (value % 2 === 1) {
      index += (value + 1) / 2
      continue
    }
    if (value > 0) {
      const shift = index < half * 2 ? 0 : Math.floor(index / half) - 1
      const size = powerOfTwo(shift + unitBits)
      const low = (index < half * 2 ? index : (index % half) + half) * size
      if (!(low + size <= Number.MAX_SAFE_INTEGER + 1)) throw new RangeError('A value is too large.')
      if (same) histogram.addToBucket(index, value / 2)
      else histogram.record(low + Math.floor(size / 2), value / 2)
    }
    index += 1
  }
}
