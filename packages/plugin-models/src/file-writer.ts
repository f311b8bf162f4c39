import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'

export interface WrittenFile {
  readonly name: string
  readonly size: number
  readonly digest: string
}

const BUFFER_BYTES = 1_048_576

/** Writes blocks to a new file, front to back with two buffers: one is filled while the other is on its way. */
export async function writeBlocks(path: string, blocks: Iterable<Uint8Array>): Promise<WrittenFile> {
  const digest = createHash('sha256')
  const file = await open(path, 'wx')
  const buffers = [Buffer.allocUnsafe(BUFFER_BYTES), Buffer.allocUnsafe(BUFFER_BYTES)] as const
  let [filling, other] = buffers
  let used = 0
  let size = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async (): Promise<void> => {
    const full = filling.subarray(0, used)
    await writing
    writing = write(file, full)
    // Awaited by the next flush, or at the end.
    writing.catch(() => undefined)
    digest.update(full)
    ;[filling, other] = [other, filling]
    size += used
    used = 0
  }
  try {
    for (const block of blocks) {
      for (let start = 0; start < block.byteLength;) {
        const taken = Math.min(BUFFER_BYTES - used, block.byteLength - start)
        filling.set(block.subarray(start, start + taken), used)
        used += taken
        start += taken
        if (used === BUFFER_BYTES) await flush()
      }
    }
    await flush()
    await writing
  } finally {
    await writing.catch(() => undefined)
    await file.close()
  }
  return { name: basename(path), size, digest: digest.digest('hex') }
}

async function write(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.byteLength;) {
    start += (await file.write(bytes, start)).bytesWritten
  }
}
