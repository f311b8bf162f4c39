import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createWriteError } from './write-error.ts'

let sequence = 0

/**
 * Writes a file so that a reader sees either the old content or the whole new one, even after a power failure.
 * @throws {ServebenchError} `SERVEBENCH_WRITE`; the old file is then untouched.
 */
export function writeFileAtomically(path: string, body: string | Uint8Array): void {
  sequence += 1
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${sequence}.tmp`)
  try {
    const file = openSync(temporary, 'wx')
    try {
      writeFully(file, typeof body === 'string' ? Buffer.from(body) : body)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (cause) {
    removeQuietly(temporary)
    throw createWriteError(path, cause)
  }
}

/** `writeSync` may take only a part, for example just before the disk is full. */
export function writeFully(file: number, bytes: Uint8Array): void {
  let offset = 0
  while (offset < bytes.byteLength) offset += writeSync(file, bytes, offset)
}

/** A file or folder that is not needed any more: what cannot be removed is no reason to fail. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // `force` covers a missing file only.
  }
}
