import { printable } from '../report/printable.ts'
import { displayWidth } from '../report/text-layout.ts'
import type { Key } from './keyboard.ts'

export interface LinePromptOptions {
  readonly label: string
  readonly initial: string
  readonly columns: () => number
  readonly write: (text: string) => void
  /** With the text, or `null` when it was given up. */
  readonly onDone: (text: string | null) => void
}

const CLEAR_LINE = '\r\u001b[2K'
const SEGMENTER = new Intl.Segmenter()

/** One line of text, edited at its end, on a terminal that gives single keys. */
export class LinePrompt {
  readonly #options: LinePromptOptions
  #text: string

  constructor(options: LinePromptOptions) {
    this.#options = options
    this.#text = options.initial
    this.#draw()
  }

  press(key: Key): void {
    const { name, ctrl, meta, text } = key
    if (name === 'return' || name === 'enter') this.#end(this.#text.trim())
    else if (name === 'escape' || (ctrl === true && name === 'c')) this.#end(null)
    else if (name === 'backspace') this.#edit(charactersOf(this.#text).slice(0, -1).join(''))
    else if (ctrl === true && name === 'u') this.#edit('')
    else if (ctrl !== true && meta !== true && text !== '' && printable(text) === text)
      this.#edit(this.#text + text)
  }

  #edit(text: string): void {
    this.#text = text
    this.#draw()
  }

  #end(text: string | null): void {
    this.#options.write(CLEAR_LINE)
    this.#options.onDone(text)
  }

  /** A text that is too long shows its end. */
  #draw(): void {
    const { label, columns, write } = this.#options
    const room = Math.max(1, columns() - displayWidth(label) - 1)
    let shown = charactersOf(this.#text)
    while (displayWidth(shown.join('')) > room) shown = shown.slice(1)
    write(`${CLEAR_LINE}${label}${shown.join('')}`)
  }
}

/** What people take for one character, whatever it is made of. */
function charactersOf(text: string): readonly string[] {
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
}
