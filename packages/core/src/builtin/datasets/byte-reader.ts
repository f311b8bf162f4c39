/** Reads a number of bytes at a time from chunks of any size. */
export class ByteReader implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Bytes that were read so far. */
  get position(): number {
    return this.#position
  }

  /** The next `length` bytes, in memory of their own; fewer at the end. */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(length)
    let filled = 0
    while (filled < length) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next()
        if (done === true) break
        this.#rest = value
        continue
      }
      const taken = this.#rest.copy(bytes, filled, 0, length - filled)
      this.#rest = this.#rest.subarray(taken)
      filled += taken
    }
    this.#position += filled
    return filled === length ? bytes : bytes.subarray(0, filled)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.()
  }
}
