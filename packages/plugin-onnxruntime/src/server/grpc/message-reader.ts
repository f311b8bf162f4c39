const HEAD = 5

/** Takes gRPC messages (a flag, 4 bytes of length, the message) out of chunks that are cut anywhere. */
export class MessageReader {
  readonly #limit: number
  readonly #receive: (message: Uint8Array, compressed: boolean) => void
  readonly #refuse: (length: number) => void
  #chunks: Buffer[] = []
  #size = 0
  #refused = false

  /**
   * @param limit bytes of the largest message
   * @param refuse called once with the announced length of a larger one; nothing is received after it
   */
  constructor(
    limit: number,
    receive: (message: Uint8Array, compressed: boolean) => void,
    refuse: (length: number) => void,
  ) {
    this.#limit = limit
    this.#receive = receive
    this.#refuse = refuse
  }

  /** Whether a message has begun but is not complete. */
  get partial(): boolean {
    return this.#size > 0
  }

  push(chunk: Buffer): void {
    if (this.#refused) return
    this.#chunks.push(chunk)
    this.#size += chunk.byteLength
    while (this.#size >= HEAD) {
      const head = this.#first(HEAD)
      const length = head.readUInt32BE(1)
      if (length > this.#limit) {
        this.#refused = true
        this.#chunks = []
        this.#refuse(length)
        return
      }
      if (this.#size < HEAD + length) return
      const whole = this.#first(HEAD + length)
      this.#drop(HEAD + length)
      this.#receive(whole.subarray(HEAD, HEAD + length), head[0] === 1)
    }
  }

  /** A buffer that begins with at least `bytes` bytes; chunks are joined only when the first is too short. */
  #first(bytes: number): Buffer {
    const first = this.#chunks[0] as Buffer
    if (first.byteLength >= bytes) return first
    const joined = Buffer.concat(this.#chunks, this.#size)
    this.#chunks = [joined]
    return joined
  }

  #drop(bytes: number): void {
    const first = this.#chunks[0] as Buffer
    this.#size -= bytes
    if (first.byteLength === bytes) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(bytes)
  }
}
