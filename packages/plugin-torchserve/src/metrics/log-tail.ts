import { open } from 'node:fs/promises'

const CHUNK = 1 << 20

/** New lines of a file that grows; of one that has been replaced by a shorter one, all. */
export class LogTail {
  readonly #path: string
  #at: number
  #rest = ''

  /** @param from bytes that are passed over */
  constructor(path: string, from = 0) {
    this.#path = path
    this.#at = from
  }

  async read(): Promise<readonly string[]> {
    const file = await open(this.#path).catch(() => null)
    // It comes with the first line.
    if (file === null) return []
    try {
      const { size } = await file.stat()
      if (size < this.#at) {
        this.#at = 0
        this.#rest = ''
      }
      const decoder = new TextDecoder()
      let text = this.#rest
      const chunk = Buffer.alloc(CHUNK)
      while (this.#at < size) {
        const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK, size - this.#at), this.#at)
        if (bytesRead === 0) break
        this.#at += bytesRead
        text += decoder.decode(chunk.subarray(0, bytesRead), { stream: true })
      }
      const lines = text.split('\n')
      // The last one may not be complete.
      this.#rest = lines.pop() ?? ''
      return lines
    } finally {
      await file.close()
    }
  }
}
