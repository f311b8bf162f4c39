/**
 * Advances of the letters from space to tilde in hundredths of their size, of DejaVu Sans: the widest of the usual fonts
 * without serifs, so that words fit in whichever of them a picture is looked at.
 */
const ADVANCES = [
  32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34,
  34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73,
  68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63,
  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
]
const OTHERS = 64
/** From here on most letters are as wide as they are high. */
const IDEOGRAPHS = 0x2e80
/** How much wider bold letters are. */
const BOLD = 1.16

/** Pixels that words take at most, without a browser to ask. */
export function textWidth(text: string, size: number, bold: boolean = false): number {
  let sum = 0
  for (const letter of text) {
    const code = letter.codePointAt(0) as number
    sum += code >= IDEOGRAPHS ? 100 : (ADVANCES[code - 32] ?? OTHERS)
  }
  return ((sum * size) / 100) * (bold ? BOLD : 1)
}

/** Lines of at most so many pixels; a word that is longer is cut. */
export function wrapText(
  text: string,
  width: number,
  size: number,
  bold: boolean = false,
): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const longer = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && textWidth(longer, size, bold) <= width) lines[lines.length - 1] = longer
    else lines.push(cutText(word, width, size, bold))
  }
  return lines
}

/** At most so many pixels of it. */
export function cutText(text: string, width: number, size: number, bold: boolean = false): string {
  if (textWidth(text, size, bold) <= width) return text
  const letters = Array.from(text)
  while (letters.length > 0 && textWidth(`${letters.join('')}…`, size, bold) > width) letters.pop()
  return `${letters.join('')}…`
}

/** At most so many pixels, without its middle: names of cases differ at their ends. */
export function cutMiddle(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text
  const letters = Array.from(text)
  for (let kept = letters.length - 1; kept > 1; kept--) {
    const end = Math.ceil(kept * 0.6)
    const short = `${letters.slice(0, kept - end).join('')}…${letters.slice(letters.length - end).join('')}`
    if (textWidth(short, size) <= width) return short
  }
  return '…'
}
