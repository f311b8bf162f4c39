import type { FieldBlock } from './field-block.ts'

const LONGEST = 512
/** Blocks remembered per length: servers whose answers carry times or ids must not fill the memory. */
const WAYS = 4

/**
 * Decoded header blocks by their bytes. Servers send the same few blocks with every answer, and while no dynamic table
 * is in use equal bytes mean equal fields: most blocks cost a comparison instead of a decoding.
 */
export class BlockCache<Meaning> {
  readonly #sets: (BlockSet<Meaning> | undefined)[] = Array.from({ length: LONGEST + 1 }, () => undefined)

  find(source: Uint8Array, start: number, end: number): FieldBlock<Meaning> | undefined {
    const length = end - start
    const set = length <= LONGEST ? this.#sets[length] : undefined
    if (set === undefined) return undefined
    for (let way = 0; way < set.bytes.length; way++) {
      const bytes = set.bytes[way] as Uint8Array
      // From the end, where blocks of equal length differ most often.
      let index = length - 1
      while (index >= 0 && bytes[index] === source[start + index]) index -= 1
      if (index < 0) return set.blocks[way]
    }
    return undefined
  }

  add(source: Uint8Array, start: number, end: number, block: FieldBlock<Meaning>): void {
    const length = end - start
    if (length > LONGEST) return
    const set = (this.#sets[length] ??= { bytes: [], blocks: [], next: 0 })
    // A copy: `slice` of a Buffer would be a view of memory that the next read overwrites.
    set.bytes[set.next] = Uint8Array.from(source.subarray(start, end))
    set.blocks[set.next] = block
    set.next = (set.next + 1) % WAYS
  }
}

interface BlockSet<Meaning> {
  readonly bytes: Uint8Array[]
  readonly blocks: FieldBlock<Meaning>[]
  next: number
}
