import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A larger file counts as changed whenever it was written: reading it would push the models out of memory. */
const LARGEST = 1024 * 1024 * 1024
const MOST_FILES = 1000

interface Known {
  readonly size: number
  readonly mtimeMs: number
  readonly digest: string
}

/** Tells whether files that were written have another content. */
export class ContentHashes {
  readonly #known = new Map<string, Known>()

  /** Reads what is not known or was written since; folders with all that they hold. Ends early on `signal`. */
  async remember(paths: Iterable<string>, signal: AbortSignal): Promise<void> {
    for (const path of paths) {
      for (const file of await filesOf(path)) {
        if (signal.aborted) return
        await this.#remember(file, signal)
      }
    }
  }

  /** A file that was not remembered counts as changed. */
  async hasChanged(path: string): Promise<boolean> {
    const known = this.#known.get(path)
    const stats = await statOf(path)
    if (known === undefined || stats === null || stats.size !== known.size) return true
    if (stats.mtimeMs === known.mtimeMs) return false
    const digest = await digestOf(path)
    if (digest !== known.digest) return true
    this.#known.set(path, { ...known, mtimeMs: stats.mtimeMs })
    return false
  }

  async #remember(path: string, signal: AbortSignal): Promise<void> {
    const stats = await statOf(path)
    if (stats === null || stats.size > LARGEST) {
      this.#known.delete(path)
      return
    }
    const known = this.#known.get(path)
    if (known?.size === stats.size && known.mtimeMs === stats.mtimeMs) return
    const digest = await digestOf(path, signal)
    if (digest === null) this.#known.delete(path)
    else this.#known.set(path, { size: stats.size, mtimeMs: stats.mtimeMs, digest })
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const stats = await statOf(path)
  if (stats?.isDirectory() !== true) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .slice(0, MOST_FILES)
    .map((entry) => join(entry.parentPath, entry.name))
}

async function statOf(path: string): Promise<Stats | null> {
  return await stat(path).catch(() => null)
}

/** SHA-256; `null` when the file cannot be read, or not to its end. */
async function digestOf(path: string, signal?: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    const stream = createReadStream(path, signal === undefined ? {} : { signal })
    for await (const chunk of stream) hash.update(chunk as Buffer)
    return hash.digest('hex')
  } catch {
    return null
  }
}
