import { execFile } from 'node:child_process'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The files that a server is about to read for its models. */
export interface ModelFiles {
  /** Of all of them together. */
  readonly bytes: number
  /** Share of these bytes that is in the page cache, 0 to 1; `null` where the system does not tell. */
  readonly cached: number | null
}

/** Files at most that are looked at: a folder with more is no model. */
const MOST_FILES = 10_000
const PATIENCE_MS = 10_000

/**
 * How large model files are, and how much of them is in memory. Folders stand for all files below them; a file that
 * several paths lead to counts once.
 * @param drop takes them out of the page cache before, as far as the system lets us
 */
export async function examineModelFiles(paths: readonly string[], drop: boolean): Promise<ModelFiles> {
  const files = new Map<string, number>()
  for (const path of paths) await collect(path, files)
  const names = [...files.keys()]
  if (drop) for (const name of names) await dropFromCache(name)
  return {
    bytes: [...files.values()].reduce((sum, bytes) => sum + bytes, 0),
    cached: await residentShare(names),
  }
}

/** By `dd` of coreutils, which gives posix_fadvise(DONTNEED): Node.js has no way to. */
async function dropFromCache(path: string): Promise<void> {
  // Pages that have not been written yet stay.
  const file = await open(path).catch(() => null)
  await file?.sync().catch(() => {})
  await file?.close()
  await run('dd', [`if=${path}`, 'iflag=nocache', 'count=0'])
}

async function collect(path: string, files: Map<string, number>): Promise<void> {
  if (files.size >= MOST_FILES) return
  const real = await realpath(path).catch(() => null)
  const found = real === null ? null : await stat(real).catch(() => null)
  if (real === null || found === null) return
  if (found.isFile()) files.set(real, found.size)
  else if (found.isDirectory())
    for (const name of await readdir(real).catch(() => [])) await collect(join(real, name), files)
}

/** By `fincore` of util-linux: Node.js has no way to ask. */
async function residentShare(files: readonly string[]): Promise<number | null> {
  if (files.length === 0) return null
  const output = await run('fincore', ['-b', '-n', '-r', '-o', 'RES,SIZE', '--', ...files])
  return output === null ? null : parseResident(output)
}

/** The share that lines of `RES SIZE`, both in bytes, come to; pages at the end of a file reach beyond it. */
export function parseResident(output: string): number | null {
  let resident = 0
  let total = 0
  for (const line of output.trim().split('\n')) {
    const [bytes, size] = line.trim().split(/\s+/).map(Number)
    if (!Number.isFinite(bytes) || !Number.isFinite(size)) return null
    resident += Math.min(bytes as number, size as number)
    total += size as number
  }
  return total === 0 ? null : resident / total
}

/** What a program prints; `null` where it is missing or fails. */
function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) =>
      resolve(error === null ? stdout : null),
    )
  })
}
