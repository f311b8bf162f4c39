import { printable } from 'servebench/curves'

/** Words of others, harmless and at most so long. */
export function shorten(text: string, most: number): string {
  const line = printable(text)
  const letters = Array.from(line)
  return letters.length <= most ? line : `${letters.slice(0, most - 1).join('')}…`
}
