/** How a field's value is written (https://protobuf.dev/programming-guides/encoding). */
export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
export type WireType = (typeof WireType)[keyof typeof WireType]

const encoder = new TextEncoder()
const SEVEN_BITS = 128
/** The longest form of an integer, which all of 64 bits fit into. */
export const PADDED_VARINT_BYTES = 10

/** Writes one protobuf message. Fields with default values are the caller's to leave out. */
export class WireWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** A copy of what is written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  bytes(field: number, value: Uint8Array): this {
    this.bytesHead(field, value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  /** What stands before the value of a bytes field, for values that are not copied into this message. */
  bytesHead(field: number, length: number): this {
    return this.#tag(field, WireType.bytes).#varint(length)
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value))
  }

  /** A message in a message. */
  message(field: number, write: (writer: WireWriter) => void): this {
    const inner = new WireWriter()
    write(inner)
    return this.bytes(field, inner.#bytes.subarray(0, inner.#length))
  }

  bool(field: number, value: boolean): this {
    return this.#tag(field, WireType.varint).#varint(value ? 1 : 0)
  }

  /** A signed or unsigned integer of 64 bits: negative ones take ten bytes, as protobuf wants it. */
  integer(field: number, value: number | bigint): this {
    this.#tag(field, WireType.varint)
    return typeof value === 'number' && value >= 0 ? this.#varint(value) : this.#wideVarint(BigInt(value))
  }

  /** A zero of ten bytes, to be overwritten: readers accept the padding. */
  paddedInteger(field: number): this {
    this.#tag(field, WireType.varint).#reserve(PADDED_VARINT_BYTES)
    for (let count = 1; count < PADDED_VARINT_BYTES; count++) this.#bytes[this.#length++] = SEVEN_BITS
    this.#bytes[this.#length++] = 0
    return this
  }

  /** A packed list of 64-bit integers. */
  integers(field: number, values: readonly (number | bigint)[]): this {
    const inner = new WireWriter()
    for (const value of values) inner.#wideVarint(BigInt(value))
    return this.bytes(field, inner.#bytes.subarray(0, inner.#length))
  }

  double(field: number, value: number): this {
    this.#tag(field, WireType.fixed64).#reserve(8)
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true)
    this.#length += 8
    return this
  }

  #tag(field: number, type: WireType): this {
    return this.#varint(field * 8 + type)
  }

  /** @param value whole and not negative */
  #varint(value: number): this {
    this.#reserve(10)
    let rest = value
    while (rest >= SEVEN_BITS) {
      this.#bytes[this.#length++] = (rest % SEVEN_BITS) + SEVEN_BITS
      rest = Math.floor(rest / SEVEN_BITS)
    }
    this.#bytes[this.#length++] = rest
    return this
  }

  #wideVarint(value: bigint): this {
    this.#reserve(10)
    let rest = BigInt.asUintN(64, value)
    while (rest >= 128n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
    return this
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
