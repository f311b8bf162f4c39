import { fileURLToPath } from 'node:url'

/** As it is built, and as its source maps say: in a workspace both lie outside of `node_modules`. */
const CORE = ['../../dist/', '../../src/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)).replaceAll('\\', '/'),
)

/**
 * The path of a module that belongs to the user's project: a file that is neither in `node_modules` nor a part of
 * servebench itself, which must not be loaded a second time.
 */
export function userFile(url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith('file:')) return undefined
  const path = fileURLToPath(url.replace(/[?#].*$/, ''))
  return isUserPath(path) ? path : undefined
}

export function isUserPath(path: string): boolean {
  const slashed = path.replaceAll('\\', '/')
  return !slashed.includes('/node_modules/') && !CORE.some((folder) => slashed.startsWith(folder))
}
