/** What became of a write. */
export const Written = {
  /** Something is left on this side of the operating system; `drained` is called when it is gone. */
  later: 0,
  /** The operating system has everything, but the memory is free only after `drained`. */
  handedOver: 1,
  /** The operating system has everything, and the memory may be used again. */
  done: 2,
} as const
export type Written = (typeof Written)[keyof typeof Written]

/** Where an {@link Outbox} empties itself to: a socket, or a test's memory. */
export interface ByteSink {
  /** Takes chunks, in order. */
  write(chunks: readonly Uint8Array[]): Written
}

const BUFFER_BYTES = 65_536
const MAX_FREE_BUFFERS = 4

/**
 * Collects the frames of one turn, so that they leave in one write. Frames are written into a buffer that is used again
 * as soon as it was sent; large bodies are passed on as views. At most one write is under way.
 */
export class Outbox {
  /** Where `reserve` made room; changes with each call. */
  buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #start = 0
  #end = 0
  #chunks: Uint8Array[] = []
  /** Buffers that are full, and those that belong to the write under way. */
  #full: Buffer[] = []
  #writing: Buffer[] = []
  readonly #free: Buffer[] = []
  readonly #sink: ByteSink
  /** Whether the last write is under way. */
  busy = false
  bytesOut = 0

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  get empty(): boolean {
    return this.#end === this.#start && this.#chunks.length === 0
  }

  /** Makes room for `bytes` in a row in `buffer` and returns where. */
  reserve(bytes: number): number {
    if (this.#end + bytes > this.buffer.length) this.#change(bytes)
    const at = this.#end
    this.#end += bytes
    return at
  }

  /** Adds bytes without copying them: they must not change until they are sent. */
  append(bytes: Uint8Array): void {
    this.#seal()
    this.#chunks.push(bytes)
    this.bytesOut += bytes.length
  }

  /** Writes what was collected. Not while `busy`. */
  flush(): Written {
    this.#seal()
    const written = this.#sink.write(this.#chunks)
    if (written === Written.done) {
      this.#chunks.length = 0
      this.#recycle(this.#full)
      this.#start = 0
      this.#end = 0
      return written
    }
    this.busy = true
    this.#chunks = []
    const free = this.#writing
    this.#writing = this.#full
    this.#writing.push(this.buffer)
    this.#full = free
    this.#takeBuffer(BUFFER_BYTES)
    return written
  }

  /** The write that `flush` began is complete. */
  drained(): void {
    this.busy = false
    this.#recycle(this.#writing)
  }

  #change(bytes: number): void {
    this.#seal()
    this.#full.push(this.buffer)
    this.#takeBuffer(Math.max(bytes, BUFFER_BYTES))
  }

  #seal(): void {
    if (this.#end === this.#start) return
    this.#chunks.push(this.buffer.subarray(this.#start, this.#end))
    this.bytesOut += this.#end - this.#start
    this.#start = this.#end
  }

  #takeBuffer(bytes: number): void {
    this.buffer = (bytes <= BUFFER_BYTES ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes)
    this.#start = 0
    this.#end = 0
  }

  #recycle(buffers: Buffer[]): void {
    for (const buffer of buffers) {
      if (this.#free.length < MAX_FREE_BUFFERS && buffer.length === BUFFER_BYTES) this.#free.push(buffer)
    }
    buffers.length = 0
  }
}
