import { readFileSync } from 'node:fs'

/** The content of a small system file, trimmed; `null` when it is not there or empty. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null
  } catch {
    return null
  }
}
