import { existsSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { relativePath } from './collect-problem.ts'
import { createMatcher } from './glob.ts'

export interface BenchFileSearch {
  /** Absolute. */
  readonly root: string
  /** Globs relative to the root. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** From the command line: a file as it is, or a part of the paths of those found; all without any. */
  readonly filters?: readonly string[]
  /** What paths on the command line are relative to; the root by default. */
  readonly directory?: string
}

/** The bench files of a project, absolute and sorted. */
export async function findBenchFiles(search: BenchFileSearch): Promise<readonly string[]> {
  const { root, filters = [], directory = root } = search
  const named = filters
    .map((filter) => resolve(directory, filter))
    .filter((path) => existsSync(path) && statSync(path).isFile())
  const parts = filters
    .filter((filter) => !named.includes(resolve(directory, filter)))
    .map((filter) => filter.replaceAll('\\', '/').replace(/^\.\//, ''))
  if (filters.length > 0 && parts.length === 0) return [...new Set(named)].toSorted()
  const included = createMatcher(search.include)
  const excluded = createMatcher(search.exclude)
  const found = await walk(
    root,
    '',
    (path) => included(path) && !excluded(path),
    (folder) => !excluded(`${folder}/-/-`),
  )
  const chosen =
    parts.length === 0 ? found : found.filter((path) => parts.some((part) => path.includes(part)))
  return [...new Set([...named, ...chosen.map((path) => join(root, path))])].toSorted((a, b) =>
    compare(relativePath(root, a), relativePath(root, b)),
  )
}

async function walk(
  root: string,
  folder: string,
  wanted: (path: string) => boolean,
  entered: (folder: string) => boolean,
): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return entered(path) ? await walk(root, path, wanted, entered) : []
      return entry.isFile() && wanted(path) ? [path] : []
    }),
  )
  return found.flat()
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
