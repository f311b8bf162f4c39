import type { Stats } from 'node:fs'
import { digestOf, filesOf, statOf } from './file-digest.ts'

/** A larger file counts as changed whenever it was written: reading it would push the models out of memory. */
const LARGEST = 1024 * 1024 * 1024
const MOST_FILES = 1000

interface Version {
  readonly size: number
  readonly mtimeMs: number
}

/**
 * Tells whether files that were written have another content. A file is noted before a run uses it, and read after it,
 * when there is time: what was written in between was not noted and counts as changed.
 */
export class ContentHashes {
  readonly #noted = new Map<string, Version>()
  readonly #digests = new Map<string, string>()

  /** These files, and all that these folders hold, are about to be used as they are now. */
  async note(paths: Iterable<string>): Promise<void> {
    for (const path of paths) {
      for (const file of await filesOf(path, MOST_FILES)) {
        const stats = await statOf(file)
        const noted = this.#noted.get(file)
        if (stats !== null && noted !== undefined && isVersion(stats, noted)) continue
        this.#digests.delete(file)
        if (stats === null) this.#noted.delete(file)
        else this.#noted.set(file, { size: stats.size, mtimeMs: stats.mtimeMs })
      }
    }
  }

  /** Reads what is noted and not known yet. Ends early on `signal`. */
  async read(signal: AbortSignal): Promise<void> {
    for (const [path, noted] of this.#noted) {
      if (this.#digests.has(path) || noted.size > LARGEST) continue
      const digest = await digestOf(path, signal)
      const stats = await statOf(path)
      if (signal.aborted) return
      if (digest !== null && stats !== null && isVersion(stats, noted)) this.#digests.set(path, digest)
    }
  }

  /** A file that is not known counts as changed. */
  async hasChanged(path: string): Promise<boolean> {
    const noted = this.#noted.get(path)
    const stats = await statOf(path)
    if (noted === undefined || stats === null || stats.size !== noted.size) return true
    if (stats.mtimeMs === noted.mtimeMs) return false
    const digest = this.#digests.get(path)
    if (digest === undefined || (await digestOf(path)) !== digest) return true
    this.#noted.set(path, { size: stats.size, mtimeMs: stats.mtimeMs })
    return false
  }
}

function isVersion(stats: Stats, { size, mtimeMs }: Version): boolean {
  return stats.size === size && stats.mtimeMs === mtimeMs
}
