const CONTEXT = 2
const WIDEST = 160

/**
 * The lines around a place of a text, with a mark under the column:
 *
 * ```
 *   11 | scenario('x', {
 * > 12 |   load: boom(),
 *      |         ^
 *   13 | })
 * ```
 */
export function codeFrame(text: string, line: number, column: number): string {
  const lines = text.split(/\r?\n/)
  const first = Math.max(1, line - CONTEXT)
  const last = Math.min(lines.length, line + CONTEXT)
  const width = String(last).length
  const frame: string[] = []
  for (let number = first; number <= last; number++) {
    const content = (lines[number - 1] as string).slice(0, WIDEST)
    frame.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${content}`.trimEnd())
    if (number === line && column <= WIDEST) {
      const indent = content.slice(0, column - 1).replace(/[^\t]/g, ' ')
      frame.push(`  ${' '.repeat(width)} | ${indent.padEnd(column - 1)}^`)
    }
  }
  return frame.join('\n')
}

/** Line and column (from 1) of an offset in a text. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}
