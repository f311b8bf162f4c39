import { writeFile } from 'node:fs/promises'

const NAME: Uint8Array = Buffer.from('x-request-id: ')
const LF = 10
const UPPER_TO_LOWER = 0x20
const DASH = 45
/** Of a UUID, as the server writes it. */
const LENGTH = 36
const BLOCK = 8192
/** 9 MB. */
const MOST = 200_000

interface Block {
  readonly units: Float64Array
  readonly ids: Uint8Array
}

/**
 * Which id the server has given to which unit of load. TorchServe makes an id of its own for each request, takes none,
 * and tells it in the answer's head over HTTP.
 */
export class RequestIds {
  /** By slot. */
  readonly #open: Float64Array
  readonly #blocks: Block[] = []
  #count = 0

  constructor(slots: number) {
    this.#open = new Float64Array(slots)
  }

  opened(slot: number, unit: number): void {
    this.#open[slot] = unit
  }

  /** The header lines of an answer. */
  head(slot: number, buffer: Uint8Array, start: number, end: number): void {
    const at = findId(buffer, start, end)
    if (at === -1 || this.#count === MOST) return
    const place = this.#count % BLOCK
    if (place === 0)
      this.#blocks.push({ units: new Float64Array(BLOCK), ids: new Uint8Array(BLOCK * LENGTH) })
    const block = this.#blocks[this.#blocks.length - 1] as Block
    block.units[place] = this.#open[slot] as number
    for (let index = 0; index < LENGTH; index++)
      block.ids[place * LENGTH + index] = buffer[at + index] as number
    this.#count += 1
  }

  /** A line for each answer: unit and id. */
  async write(path: string): Promise<void> {
    const lines: string[] = []
    for (let index = 0; index < this.#count; index++) {
      const { units, ids } = this.#blocks[Math.floor(index / BLOCK)] as Block
      const from = (index % BLOCK) * LENGTH
      const id = Buffer.from(ids.buffer, ids.byteOffset + from, LENGTH).toString('latin1')
      lines.push(`${units[index % BLOCK]} ${id}\n`)
    }
    await writeFile(path, lines.join(''))
  }
}

/** Where the id begins; −1 without one that looks as TorchServe's do. */
function findId(buffer: Uint8Array, start: number, end: number): number {
  for (let line = start; line < end;) {
    let at = 0
    while (at < NAME.length && isSameLetter(buffer[line + at] as number, NAME[at] as number)) at += 1
    if (at === NAME.length) {
      const found = line + at
      return found + LENGTH <= end && buffer[found + 8] === DASH && buffer[found + 23] === DASH ? found : -1
    }
    while (line < end && buffer[line] !== LF) line += 1
    line += 1
  }
  return -1
}

/** @param lower what is compared with, in lower case */
function isSameLetter(byte: number, lower: number): boolean {
  return byte === lower || (byte >= 65 && byte <= 90 && (byte | UPPER_TO_LOWER) === lower)
}
