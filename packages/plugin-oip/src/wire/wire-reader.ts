import { ExitCode, ServebenchError } from 'servebench/plugin'
import { WireType } from './wire-writer.ts'

const decoder = new TextDecoder()

/**
 * Reads one protobuf message field by field: `while (reader.next()) switch (reader.field) …`; each branch calls the
 * method for the type that it expects, or `skip`.
 * Every method throws a {@link ServebenchError} `SERVEBENCH_PROTOBUF` for bytes that are no such message.
 */
export class WireReader {
  field = 0
  type = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Moves to the next field. */
  next(): boolean {
    if (this.#at === this.#bytes.length) return false
    const tag = this.#varint()
    this.field = Math.floor(tag / 8)
    this.type = tag % 8
    if (this.field === 0 || this.field > 536_870_911) throw malformed('a field number that does not exist')
    return true
  }

  skip(): void {
    if (this.type === WireType.varint) this.#wideVarint()
    else if (this.type === WireType.bytes) this.bytes()
    else this.#move(this.type === WireType.fixed64 ? 8 : this.type === WireType.fixed32 ? 4 : -1)
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    this.#expect(WireType.bytes)
    const length = this.#varint()
    const start = this.#move(length)
    return this.#bytes.subarray(start, this.#at)
  }

  string(): string {
    return decoder.decode(this.bytes())
  }

  bool(): boolean {
    this.#expect(WireType.varint)
    return this.#wideVarint() !== 0n
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64())
  }

  uint64(): bigint {
    this.#expect(WireType.varint)
    return this.#wideVarint()
  }

  /** A number that is not negative, exact below 2⁵³: for many of them, faster than {@link uint64}. */
  count(): number {
    this.#expect(WireType.varint)
    let value = 0
    let scale = 1
    for (let index = 0; index < 10; index++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    throw malformed('a number that is too large')
  }

  double(): number {
    this.#expect(WireType.fixed64)
    return this.#view.getFloat64(this.#move(8), true)
  }

  float(): number {
    this.#expect(WireType.fixed32)
    return this.#view.getFloat32(this.#move(4), true)
  }

  /**
   * One or more elements of a repeated field, packed or not.
   * @param type of a single element
   * @param read reads one element with the reader that it is given
   */
  repeated<T>(type: WireType, list: T[], read: (reader: WireReader) => T): void {
    if (this.type === type) {
      list.push(read(this))
      return
    }
    const packed = new WireReader(this.bytes())
    packed.type = type
    while (packed.#at < packed.#bytes.length) list.push(read(packed))
  }

  #expect(type: WireType): void {
    if (this.type !== type) throw malformed(`a field ${this.field} of an unexpected type`)
  }

  #move(count: number): number {
    const start = this.#at
    if (count < 0) throw malformed(`a field ${this.field} of an unknown type`)
    if (count > this.#bytes.length - start) throw malformed('fewer bytes than it announces')
    this.#at = start + count
    return start
  }

  /** Tags and lengths: at most 32 bits, so a double holds them. */
  #varint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 5; count++) {
      const byte = this.#byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    throw malformed('a length that is too large')
  }

  #wideVarint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return BigInt.asUintN(64, value)
    }
    throw malformed('an integer of more than ten bytes')
  }

  #byte(): number {
    return this.#bytes[this.#move(1)] as number
  }
}

function malformed(what: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_PROTOBUF', `A message of the server has ${what}.`, {
    advice:
      'Check that the server speaks this version of the protocol, and that nothing on the way cuts its answers.',
    exitCode: ExitCode.target,
  })
}
