import type { Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { HEADER_BYTES, type ArrivalFileHeader } from './arrival-format.ts'

const BLOCK = 65_536

/** The values of a file of arrivals, block by block; a block is valid until the next one is asked for. */
export function* readBlocks(path: string, values: number): Generator<Float64Array> {
  const file = openSync(path, 'r')
  const block = new Float64Array(BLOCK)
  try {
    for (let done = 0; done < values;) {
      const bytes = new Uint8Array(block.buffer, 0, Math.min(BLOCK, values - done) * 8)
      const read = readSync(file, bytes, 0, bytes.length, HEADER_BYTES + done * 8)
      const count = Math.floor(read / 8)
      if (count === 0) return
      yield block.subarray(0, count)
      done += count
    }
  } finally {
    closeSync(file)
  }
}

/** All counts of a file of arrivals. */
export function readCounts(path: string, header: ArrivalFileHeader, hash?: Hash): Float64Array {
  const counts = new Float64Array(header.values)
  let done = 0
  for (const block of readBlocks(path, header.values)) {
    hash?.update(block)
    counts.set(block, done)
    done += block.length
  }
  return counts
}
