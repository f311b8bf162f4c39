import { ConnectionError, ErrorCode } from './frame.ts'
import { huffmanDecode } from './huffman.ts'
import { STATIC_TABLE } from './static-table.ts'
import type { Field } from './static-table.ts'

/** What an entry costs beside its name and value (RFC 7541, section 4.1). */
const ENTRY_OVERHEAD = 32
const DEFAULT_TABLE_SIZE = 4096

/** Decodes header blocks (RFC 7541). One per connection: the dynamic table is the connection's state. */
export class HpackDecoder {
  /** Oldest first. */
  readonly #entries: Field[] = []
  #size = 0
  /** What the peer's encoder uses now. */
  #capacity = DEFAULT_TABLE_SIZE
  /** What the peer's encoder may use. */
  #limit = DEFAULT_TABLE_SIZE
  #mustShrink = false
  #text: Buffer = Buffer.allocUnsafe(256)
  #at = 0
  /** Whether the last block exceeded `maxListSize`; its fields beyond that are left out. */
  oversized = false

  /** Whether blocks mean the same whenever they come, so that decoded ones can be remembered. */
  get stateless(): boolean {
    return this.#capacity === 0 && !this.#mustShrink
  }

  /** The peer acknowledged our SETTINGS_HEADER_TABLE_SIZE. */
  setLimit(limit: number): void {
    this.#limit = limit
    if (this.#capacity <= limit) return
    // RFC 9113, section 4.3.1: an encoder whose table must shrink says so at the start of its next block.
    if (this.#size > limit) this.#mustShrink = true
    else this.#capacity = limit
  }

  /**
   * @param maxListSize the size of the fields (names, values and 32 each) above which they are dropped
   * @throws {ConnectionError} COMPRESSION_ERROR
   */
  decode(block: Buffer, start: number, end: number, maxListSize: number): Field[] {
    const fields: Field[] = []
    let listSize = 0
    let updatesAllowed = true
    this.oversized = false
    this.#at = start
    while (this.#at < end) {
      const first = block[this.#at] as number
      if (first >= 0x20 && first < 0x40) {
        if (!updatesAllowed) fail('a table size update inside a header block')
        this.#resize(this.#integer(block, end, 5))
        continue
      }
      updatesAllowed = false
      if (this.#mustShrink) fail('no table size update after the table had to shrink')
      const field =
        first >= 0x80 ? this.#entry(this.#integer(block, end, 7)) : this.#literal(block, end, first)
      listSize += fieldSize(field)
      if (listSize > maxListSize) this.oversized = true
      else fields.push(field)
    }
    return fields
  }

  #literal(block: Buffer, end: number, first: number): Field {
    const indexed = first >= 0x40
    const nameIndex = this.#integer(block, end, indexed ? 6 : 4)
    const name = nameIndex === 0 ? this.#string(block, end) : this.#entry(nameIndex).name
    const field = { name, value: this.#string(block, end) }
    if (indexed) this.#insert(field)
    return field
  }

  #entry(index: number): Field {
    if (index >= 1 && index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1] as Field
    const field = this.#entries[this.#entries.length - (index - STATIC_TABLE.length)]
    if (index === 0 || field === undefined) return fail(`no entry ${index} in the header tables`)
    return field
  }

  #insert(field: Field): void {
    this.#evict(this.#capacity - fieldSize(field))
    if (fieldSize(field) > this.#capacity) return
    this.#entries.push(field)
    this.#size += fieldSize(field)
  }

  #resize(capacity: number): void {
    if (capacity > this.#limit) fail(`a header table of ${capacity} bytes, but ${this.#limit} were allowed`)
    this.#capacity = capacity
    this.#mustShrink = false
    this.#evict(capacity)
  }

  #evict(target: number): void {
    while (this.#size > target && this.#entries.length > 0)
      this.#size -= fieldSize(this.#entries.shift() as Field)
  }

  #integer(block: Buffer, end: number, prefixBits: number): number {
    const mask = (1 << prefixBits) - 1
    let value = (block[this.#at++] as number) & mask
    if (value < mask) return value
    for (let shift = 0; this.#at < end; shift += 7) {
      const byte = block[this.#at++] as number
      // Four further bytes are 28 bits: more than any index, length or table size here.
      if (shift > 21) fail('an integer that is too large')
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return fail('a header block that ends inside an integer')
  }

  #string(block: Buffer, end: number): string {
    if (this.#at >= end) fail('a header block that ends before a string')
    const huffman = (block[this.#at] as number) >= 0x80
    const length = this.#integer(block, end, 7)
    const start = this.#at
    if (length > end - start) fail('a header block that ends inside a string')
    this.#at += length
    if (!huffman) return block.toString('latin1', start, start + length)
    if (this.#text.length < length * 2) this.#text = Buffer.allocUnsafe(length * 2)
    const decoded = huffmanDecode(block, start, start + length, this.#text)
    if (decoded < 0) fail('an invalid Huffman code')
    return this.#text.toString('latin1', 0, decoded)
  }
}

function fieldSize(field: Field): number {
  return field.name.length + field.value.length + ENTRY_OVERHEAD
}

function fail(what: string): never {
  throw new ConnectionError(ErrorCode.compressionError, `The peer sent ${what}.`)
}
