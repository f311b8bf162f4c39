import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Bytes that are looked at here and there, of which never more than a little is in memory. */
export interface ByteSource {
  readonly size: number
  /** The byte at an offset below `size`. */
  byte(at: number): number
  /** A copy of bytes that all lie below `size`. */
  slice(from: number, until: number): Uint8Array
}

export class MemorySource implements ByteSource {
  readonly size: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.size = bytes.byteLength
  }

  byte(at: number): number {
    return this.#bytes[at] as number
  }

  slice(from: number, until: number): Uint8Array {
    return this.#bytes.slice(from, until)
  }
}

/** A graph is read mostly forwards, with leaps over the weights between its parts. */
const WINDOW = 65_536

/** A file of any size through one window. */
export class FileSource implements ByteSource, Disposable {
  readonly size: number
  readonly #file: number
  readonly #window = new Uint8Array(WINDOW)
  #from = 0
  #until = 0

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    this.size = fstatSync(this.#file).size
  }

  byte(at: number): number {
    if (at < this.#from || at >= this.#until) this.#move(at)
    return this.#window[at - this.#from] as number
  }

  slice(from: number, until: number): Uint8Array {
    const bytes = new Uint8Array(until - from)
    if (from >= this.#from && until <= this.#until)
      bytes.set(this.#window.subarray(from - this.#from, until - this.#from))
    else this.#fill(bytes, from)
    return bytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #move(at: number): void {
    this.#from = at
    this.#until = at + this.#fill(this.#window, at)
  }

  /** A file that has become shorter reads as zeros: what follows is then refused as malformed. */
  #fill(target: Uint8Array, at: number): number {
    let filled = 0
    while (filled < target.byteLength) {
      const read = readSync(this.#file, target, filled, target.byteLength - filled, at + filled)
      if (read === 0) break
      filled += read
    }
    target.fill(0, filled)
    return Math.max(filled, 1)
  }
}
