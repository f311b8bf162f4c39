const GROWTH = 2
const FIRST_BYTES = 65_536

/** The entropy-coded part of a JPEG file: most significant bit first, a zero byte after each 0xff. */
export class BitWriter {
  #bytes: Uint8Array
  #length: number
  #buffer = 0
  #filled = 0

  constructor(head: Uint8Array) {
    this.#bytes = new Uint8Array(Math.max(FIRST_BYTES, head.length * GROWTH))
    this.#bytes.set(head)
    this.#length = head.length
  }

  /** @param size up to 16 */
  write(value: number, size: number): void {
    this.#buffer = (this.#buffer << size) | (value & ((1 << size) - 1))
    this.#filled += size
    while (this.#filled >= 8) {
      this.#filled -= 8
      this.#put((this.#buffer >>> this.#filled) & 255)
    }
    this.#buffer &= (1 << this.#filled) - 1
  }

  /** Fills the last byte with ones. */
  finish(tail: Uint8Array): Uint8Array {
    if (this.#filled > 0) this.write(0xff, 8 - this.#filled)
    const file = new Uint8Array(this.#length + tail.length)
    file.set(this.#bytes.subarray(0, this.#length))
    file.set(tail, this.#length)
    return file
  }

  #put(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * GROWTH)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = byte
    if (byte === 0xff) this.#bytes[this.#length++] = 0
  }
}
