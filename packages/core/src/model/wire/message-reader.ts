import { malformed } from '../unreadable.ts'
import type { ByteSource } from './byte-source.ts'

const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const

/** Deeper nesting than any model has: attributes hold graphs, graphs hold nodes, and so on. */
const DEEPEST = 96
/** Longer than any name or small constant that is looked at. */
const LONGEST_TEXT = 65_536
const TWO_32 = 4_294_967_296

const decoder = new TextDecoder()
const scratch = new DataView(new ArrayBuffer(8))

/**
 * Walks over the fields of a protobuf message (https://protobuf.dev/programming-guides/encoding), without reading what
 * is not asked for: a weight of gigabytes costs as much as its header. Nothing that a file says is believed before it
 * is checked: lengths stay inside the message, nesting is bounded.
 */
export class MessageReader {
  /** Number of the current field. */
  field = 0
  readonly #source: ByteSource
  readonly #until: number
  readonly #depth: number
  #type: number = WIRE.varint
  #at: number
  /** Where the content of the current field is. */
  #from = 0
  #end = 0
  /** Of a varint: its lower and upper 32 bits. */
  #low = 0
  #high = 0

  constructor(source: ByteSource, from = 0, until: number = source.size, depth = 0) {
    if (depth > DEEPEST) throw malformed('its messages are nested too deeply')
    this.#source = source
    this.#at = from
    this.#until = until
    this.#depth = depth
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#until) return false
    this.#varint()
    this.#type = this.#low & 7
    this.field = (this.#low >>> 3) + (this.#high >>> 0) * 536_870_912
    if (this.field === 0) throw malformed(`there is no field 0, as at byte ${this.#at}`)
    this.#from = this.#at
    switch (this.#type) {
      case WIRE.varint:
        this.#varint()
        this.#end = this.#at
        return true
      case WIRE.fixed64:
        return this.#skip(8)
      case WIRE.fixed32:
        return this.#skip(4)
      case WIRE.delimited: {
        this.#varint()
        const length = (this.#high >>> 0) * TWO_32 + this.#low
        this.#from = this.#at
        return this.#skip(length)
      }
      default:
        throw malformed(`byte ${this.#at} has the unknown wire type ${this.#type}`)
    }
  }

  get isDelimited(): boolean {
    return this.#type === WIRE.delimited
  }

  /** Bytes of the current field's content. */
  get length(): number {
    return this.#end - this.#from
  }

  /** As a signed number; what is beyond 2⁵³ is rounded. 0 where the field is no integer. */
  integer(): number {
    return this.#type === WIRE.varint ? this.#high * TWO_32 + this.#low : 0
  }

  /** A `float` or a `double`. */
  real(): number {
    if (this.#type === WIRE.fixed32) return this.#fixed(4).getFloat32(0, true)
    return this.#type === WIRE.fixed64 ? this.#fixed(8).getFloat64(0, true) : Number.NaN
  }

  text(): string {
    if (!this.isDelimited) return ''
    if (this.length > LONGEST_TEXT) throw malformed(`a name has ${this.length} bytes`)
    return decoder.decode(this.#source.slice(this.#from, this.#end))
  }

  message(): MessageReader {
    if (!this.isDelimited) throw malformed(`field ${this.field} at byte ${this.#from} is no message`)
    return new MessageReader(this.#source, this.#from, this.#end, this.#depth + 1)
  }

  /** The content, or as much of it as `most` bytes. */
  bytes(most: number): Uint8Array {
    return this.#source.slice(this.#from, Math.min(this.#end, this.#from + most))
  }

  /** Adds the integers of a repeated field, packed or not, until there are `most`. */
  integers(into: number[], most: number): void {
    if (this.#type === WIRE.varint) {
      if (into.length < most) into.push(this.integer())
      return
    }
    if (!this.isDelimited) return
    const packed = new MessageReader(this.#source, this.#from, this.#end, this.#depth + 1)
    while (packed.#at < packed.#until && into.length < most) {
      packed.#varint()
      into.push(packed.#high * TWO_32 + packed.#low)
    }
  }

  /** Adds the numbers of a repeated `float` (`size` 4) or `double` (8), packed or not, until there are `most`. */
  reals(into: number[], size: 4 | 8, most: number): void {
    if (!this.isDelimited) {
      if (into.length < most) into.push(this.real())
      return
    }
    const bytes = this.bytes((most - into.length) * size)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at + size <= bytes.byteLength; at += size)
      into.push(size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true))
  }

  #fixed(size: number): DataView {
    for (let index = 0; index < size; index++) scratch.setUint8(index, this.#source.byte(this.#from + index))
    return scratch
  }

  #skip(length: number): true {
    this.#end = this.#at + length
    if (this.#end > this.#until)
      throw malformed(
        `it is cut off, or no model at all: a field at byte ${this.#at} ends ${this.#end - this.#until} bytes behind its message`,
      )
    this.#at = this.#end
    return true
  }

  #varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#until) throw malformed(`it is cut off at byte ${this.#at}`)
      const byte = this.#source.byte(this.#at++)
      const bits = byte & 127
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >> 4
      } else high |= bits << (shift - 32)
      if (byte < 128) {
        this.#low = low >>> 0
        this.#high = high | 0
        return
      }
    }
    throw malformed(`a number at byte ${this.#at} does not end`)
  }
}
