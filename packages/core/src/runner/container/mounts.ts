import { lstat, readdir, readlink } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'

/** Entries at most that are looked at: a folder with more is mounted, but where its links lead is not followed. */
const MOST_ENTRIES = 10_000

/** A path of this machine as a container sees it. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/**
 * All that has to be mounted, each where it is on this machine, so that these paths can be read: they themselves, and
 * what symbolic links in them lead to.
 */
export async function followLinks(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  const waiting = [...new Set(paths)]
  let entries = 0
  const isCovered = (path: string): boolean =>
    found.some((known) => path === known || path.startsWith(known + sep))
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (isCovered(path)) continue
    found.push(path)
    const folders = [path]
    for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
      const info = await lstat(current).catch(() => null)
      if (info === null || ++entries > MOST_ENTRIES) continue
      if (info.isSymbolicLink()) {
        const target = resolve(dirname(current), await readlink(current))
        // A link to nowhere is one there too.
        if (await lstat(target).catch(() => null)) waiting.push(target)
      }
      if (info.isDirectory())
        for (const name of await readdir(current).catch(() => [])) folders.push(join(current, name))
    }
  }
  // A folder makes what lies below it superfluous, also when it has come later.
  return found.filter((path) => !found.some((other) => other !== path && path.startsWith(other + sep)))
}
