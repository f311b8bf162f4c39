/** Ideographs, full-width forms and emoji take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Marks that combine with what stands before them, and joiners. */
const NARROW = /[\p{Mark}\p{Join_Control}]/u

const ASCII = /^[ -~]*$/

/** Columns that a line takes in a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  let width = 0
  for (const character of text) width += NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

/** Shortens to `width` columns; what is left out shows as `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 1
  for (const character of text) {
    used += displayWidth(character)
    if (used > width) break
    kept += character
  }
  return width > 0 ? `${kept}…` : ''
}

/** Shortens to `width` columns in the middle, keeping more of the end: names of cases differ there. */
export function truncateMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  const start = truncate(text, Math.floor((width - 1) / 3) + 1)
  let kept = ''
  let room = width - displayWidth(start)
  for (const character of Array.from(text).toReversed()) {
    room -= displayWidth(character)
    if (room < 0) break
    kept = character + kept
  }
  return start + kept
}

/**
 * Lays items out in lines of at most `width` columns, breaking only between items where possible.
 * @param separator between items of one line
 */
export function flow(items: readonly string[], width: number, separator: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const item of items.flatMap((one) => splitLong(one, width))) {
    if (line === '') line = item
    else if (displayWidth(line) + displayWidth(separator) + displayWidth(item) <= width)
      line += separator + item
    else {
      lines.push(line)
      line = item
    }
  }
  if (line !== '') lines.push(line)
  return lines
}

/** Breaks a sentence into lines. */
export function wrap(text: string, width: number): readonly string[] {
  return flow(text.split(' '), width, ' ')
}

/** An item longer than a line is broken at its spaces, and a longer word anywhere. */
function splitLong(text: string, width: number): readonly string[] {
  if (displayWidth(text) <= width) return [text]
  const parts: string[] = []
  let part = ''
  for (const word of text.split(' ')) {
    const joined = part === '' ? word : `${part} ${word}`
    if (displayWidth(joined) <= width) {
      part = joined
      continue
    }
    if (part !== '') parts.push(part)
    part = ''
    for (const character of word) {
      if (displayWidth(part + character) > width) {
        parts.push(part)
        part = ''
      }
      part += character
    }
  }
  return part === '' ? parts : [...parts, part]
}
