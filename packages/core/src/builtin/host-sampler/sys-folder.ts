import { readdirSync, readFileSync } from 'node:fs'

/** Names in a folder of /sys in the order of their numbers; none where there is no such folder. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  } catch {
    return []
  }
}

/** The text of a small file without its line end; empty when it cannot be read. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim()
  } catch {
    return ''
  }
}

/** The number in a small file; NaN when there is none. */
export function numberOf(path: string): number {
  const text = textOf(path)
  return text === '' ? NaN : Number(text)
}
