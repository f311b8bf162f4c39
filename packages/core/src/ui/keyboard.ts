import { emitKeypressEvents } from 'node:readline'
import type { Readable } from 'node:stream'

export interface Key {
  /** `return`, `escape`, `backspace`, a letter; `undefined` for other characters. */
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly meta?: boolean | undefined
  /** What was typed. */
  readonly text: string
}

/** A terminal to read from. */
export interface KeyInput extends Readable {
  setRawMode(isRaw: boolean): unknown
  ref?(): unknown
  unref?(): unknown
}

/** Single keys, as they are pressed. Ctrl-C is a key too while this is open; `close` gives the terminal back. */
export class Keyboard {
  readonly #input: KeyInput
  readonly #onKeypress: (text: string | undefined, key: Omit<Key, 'text'>) => void
  #isOpen = true

  constructor(input: KeyInput, onKey: (key: Key) => void) {
    this.#input = input
    this.#onKeypress = (text, { name, ctrl, meta }) => onKey({ name, ctrl, meta, text: text ?? '' })
    emitKeypressEvents(input)
    input.setRawMode(true)
    input.on('keypress', this.#onKeypress)
    input.resume()
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#input.off('keypress', this.#onKeypress)
    this.#input.setRawMode(false)
    this.#input.pause()
  }
}
