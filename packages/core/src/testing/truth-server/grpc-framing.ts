/** A gRPC message with its five-byte prefix, uncompressed. */
export function frameMessage(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(5 + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  message.copy(framed, 5)
  return framed
}

/** A status message as gRPC wants it in its header: bytes outside printable ASCII, and `%`, in percent encoding. */
export function encodeStatusMessage(message: string): string {
  let encoded = ''
  for (const byte of Buffer.from(message)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

/** Takes gRPC messages out of a byte stream cut anywhere. */
export class MessageReader {
  readonly #message: (message: Buffer, compressed: boolean) => void
  #chunks: Buffer[] = []
  #bytes = 0
  /** Bytes needed before the next look. */
  #wanted = 5

  constructor(message: (message: Buffer, compressed: boolean) => void) {
    this.#message = message
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes >= this.#wanted) {
      const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
      this.#chunks = [all]
      const length = all.readUInt32BE(1)
      this.#wanted = 5 + length
      if (all.length < this.#wanted) return
      this.#message(all.subarray(5, 5 + length), all[0] === 1)
      this.#chunks = [all.subarray(5 + length)]
      this.#bytes -= 5 + length
      this.#wanted = 5
    }
  }

  /** Bytes of a message that has begun and not ended. */
  get pending(): number {
    return this.#bytes
  }
}
