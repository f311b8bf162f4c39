import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** SHA-256 of a file; `null` when it cannot be read, or not to its end. */
export async function digestOf(path: string, signal?: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    const stream = createReadStream(path, signal === undefined ? {} : { signal })
    for await (const chunk of stream) hash.update(chunk as Buffer)
    return hash.digest('hex')
  } catch {
    return null
  }
}

const SAMPLES = 64
const SAMPLE_BYTES = 64 * 1024

/**
 * Digest of a file that is too large to be read: of pieces all over it, with its size and the time of its last change, so
 * that a change between the pieces counts as one. `null` when it cannot be read.
 */
export async function sampledDigestOf(path: string, { size, mtimeMs }: Stats): Promise<string | null> {
  const hash = createHash('sha256').update(`${size} ${mtimeMs}\n`)
  const piece = Buffer.alloc(SAMPLE_BYTES)
  try {
    await using file = await open(path)
    for (let index = 0; index < SAMPLES; index++) {
      const at = Math.floor((Math.max(0, size - SAMPLE_BYTES) * index) / (SAMPLES - 1))
      const { bytesRead } = await file.read(piece, 0, SAMPLE_BYTES, at)
      hash.update(piece.subarray(0, bytesRead))
    }
    return hash.digest('hex')
  } catch {
    return null
  }
}

/** A folder stands for the files below it, `most` of them; anything else for itself, whether it exists or not. */
export async function filesOf(path: string, most: number): Promise<readonly string[]> {
  const stats = await statOf(path)
  if (stats?.isDirectory() !== true) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .slice(0, most)
    .map((entry) => join(entry.parentPath, entry.name))
}

export async function statOf(path: string): Promise<Stats | null> {
  return await stat(path).catch(() => null)
}
