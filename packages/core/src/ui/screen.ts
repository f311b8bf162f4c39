import { EventEmitter } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { displayWidth } from '../report/text-layout.ts'

/** The part of a terminal that a screen needs. */
export interface Terminal {
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  write(text: string): boolean
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

type Write = (chunk: string | Uint8Array, encodingOrCallback?: unknown, callback?: () => void) => boolean
export interface CapturedStream {
  write: Write
}

const SHOW_CURSOR = '\u001b[?25h'
const HIDE_CURSOR = '\u001b[?25l'
const ERASE_LINE = '\u001b[2K'
const CURSOR_UP = '\u001b[1A'

/**
 * What a drawing program writes to. Whatever else the process prints meanwhile goes to `onForeign` line by line: in the
 * middle of a drawing it would tear it apart.
 */
export class Screen extends EventEmitter {
  readonly isTTY = true
  readonly #terminal: Terminal
  readonly #write: (text: string) => boolean
  readonly #onResize = (): void => this.#resize()
  readonly #restore: (() => void)[] = []
  #rest = ''
  /** Widths of the lines that were drawn last. */
  #drawn: readonly number[] = []
  #lastColumns: number

  constructor(terminal: Terminal, captured: readonly CapturedStream[], onForeign: (line: string) => void) {
    super()
    this.#terminal = terminal
    this.#lastColumns = this.columns
    // Before its stream is captured.
    this.#write = terminal.write.bind(terminal)
    terminal.on('resize', this.#onResize)
    for (const stream of captured) this.#capture(stream, onForeign)
    this.#handleSuspension()
  }

  get columns(): number {
    return this.#terminal.columns ?? 80
  }

  get rows(): number {
    return this.#terminal.rows ?? 24
  }

  write(text: string, callback?: () => void): boolean {
    const plain = stripVTControlCharacters(text)
    if (plain !== '') this.#drawn = plain.split('\n').map(displayWidth)
    const isOpen = this.#write(text)
    callback?.()
    return isOpen
  }

  /** Gives the terminal back as it was. */
  release(onForeign: (line: string) => void): void {
    for (const restore of this.#restore.splice(0)) restore()
    this.#terminal.off('resize', this.#onResize)
    this.#write(SHOW_CURSOR)
    if (this.#rest !== '') onForeign(this.#rest)
    this.#rest = ''
  }

  /**
   * A terminal that becomes narrower breaks the lines of the drawing, which then has more of them than whoever drew it
   * knows: those are erased here, the rest by the drawer.
   */
  #resize(): void {
    const { columns } = this
    if (columns < this.#lastColumns) {
      const added = this.#drawn.reduce((sum, width) => sum + Math.max(0, Math.ceil(width / columns) - 1), 0)
      this.#write(`${ERASE_LINE}${CURSOR_UP}`.repeat(added))
    }
    this.#lastColumns = columns
    this.emit('resize')
  }

  #capture(stream: CapturedStream, onForeign: (line: string) => void): void {
    const { write } = stream
    const own = Object.hasOwn(stream, 'write')
    let isCaptured = true
    stream.write = (chunk, encodingOrCallback, callback) => {
      // Somebody has kept this function.
      if (!isCaptured) return write.call(stream, chunk, encodingOrCallback, callback)
      const lines = (this.#rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split(
        '\n',
      )
      this.#rest = lines.pop() as string
      for (const line of lines) onForeign(line)
      const done = typeof encodingOrCallback === 'function' ? (encodingOrCallback as () => void) : callback
      if (done !== undefined) queueMicrotask(done)
      return true
    }
    this.#restore.push(() => {
      isCaptured = false
      if (own) stream.write = write
      else delete (stream as { write?: Write }).write
    })
  }

  /** Ctrl-Z: the shell gets its cursor back, and the drawing hides it again when it goes on. */
  #handleSuspension(): void {
    if (process.platform === 'win32') return
    const suspend = (): void => {
      this.#write(SHOW_CURSOR)
      process.kill(process.pid, 'SIGSTOP')
    }
    const resume = (): void => void this.#write(HIDE_CURSOR)
    process.on('SIGTSTP', suspend).on('SIGCONT', resume)
    this.#restore.push(() => void process.off('SIGTSTP', suspend).off('SIGCONT', resume))
  }
}
