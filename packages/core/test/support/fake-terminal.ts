import { EventEmitter } from 'node:events'

/** A control sequence, the end of a line, or text. */
// oxlint-disable-next-line no-control-regex
const TOKENS = /\u001b\[[?\d;]*[A-Za-z]|\n|\r|[^\u001b\n\r]+/g

/** A terminal that only remembers what was written to it. */
export class FakeTerminal extends EventEmitter {
  readonly isTTY = true
  columns: number
  rows: number
  written = ''

  constructor(columns = 80, rows = 24) {
    super()
    this.columns = columns
    this.rows = rows
  }

  write(chunk: string | Uint8Array): boolean {
    this.written += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }

  resize(columns: number): void {
    this.columns = columns
    this.emit('resize')
  }

  /** Whether the cursor can be seen after all that was written. */
  get showsCursor(): boolean {
    return this.written.lastIndexOf('\u001b[?25h') >= this.written.lastIndexOf('\u001b[?25l')
  }

  /** What a person would see, by playing the few control sequences that the display uses. */
  get screen(): string[] {
    const lines: string[] = ['']
    let row = 0
    let column = 0
    for (const [token] of this.written.matchAll(TOKENS)) {
      if (token === '\n') {
        row += 1
        column = 0
        lines[row] ??= ''
      } else if (token === '\r' || token === '\u001b[G') column = 0
      else if (token === '\u001b[2K') lines[row] = ''
      else if (token === '\u001b[J') lines.splice(row + 1)
      else if (token.startsWith('\u001b[') && token.endsWith('A'))
        row = Math.max(0, row - (Number(token.slice(2, -1)) || 1))
      else if (!token.startsWith('\u001b')) {
        const line = (lines[row] ?? '').padEnd(column)
        lines[row] = line.slice(0, column) + token + line.slice(column + token.length)
        column += token.length
      }
    }
    return lines.map((line) => line.trimEnd())
  }
}
