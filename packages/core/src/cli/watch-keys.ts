import { Keyboard, type Key, type KeyInput } from '../ui/keyboard.ts'
import { LinePrompt } from '../ui/line-prompt.ts'

/** What keys can ask for. */
export interface WatchKeyActions {
  rerun(): void
  /** Takes nothing over that is known. */
  rerunAnew(): void
  rerunFailed(): void
  /** An empty text chooses everything. */
  filter(pattern: string): void
  stop(): void
  interrupt(): void
  quit(): void
  help(): void
  /** Whether something is being measured: then no key starts anything else. */
  isBusy(): boolean
  /** The filter of the moment. */
  pattern(): string
  /** After a prompt that was given up. */
  resume(): void
}

export const IDLE_KEYS: Readonly<Record<'scenarios' | 'studies', readonly string[]>> = {
  scenarios: ['r run all', 'f filter', 'l last failed', 'h help', 'q quit'],
  studies: ['r run all', 'a all anew', 'f filter', 'l last failed', 'h help', 'q quit'],
}
export const BUSY_KEYS = 's stop · q quit · h help'
/** The keys of a watch session. */
export class WatchKeys {
  readonly #actions: WatchKeyActions
  readonly #keyboard: Keyboard
  #prompt: LinePrompt | null = null

  constructor(input: KeyInput, actions: WatchKeyActions) {
    this.#actions = actions
    this.#keyboard = new Keyboard(input, (key) => this.#press(key))
  }

  /** Whether a line is being written: a run would write over it. */
  get isPrompting(): boolean {
    return this.#prompt !== null
  }

  /** Gives up a line that is being written. */
  cancelPrompt(): void {
    this.#prompt?.press({ name: 'escape', text: '' })
  }

  close(): void {
    this.#keyboard.close()
  }

  #press(key: Key): void {
    const actions = this.#actions
    if (this.#prompt !== null) {
      this.#prompt.press(key)
      return
    }
    if (key.ctrl === true) {
      if (key.name === 'c') actions.interrupt()
      return
    }
    if (key.name === 'q') actions.quit()
    else if (key.name === 'h' || key.text === '?') actions.help()
    else if (key.name === 's') actions.stop()
    else if (!actions.isBusy()) this.#pressIdle(key)
  }

  #pressIdle({ name }: Key): void {
    if (name === 'r' || name === 'return' || name === 'enter') this.#actions.rerun()
    else if (name === 'a') this.#actions.rerunAnew()
    else if (name === 'l') this.#actions.rerunFailed()
    else if (name === 'f') this.#ask()
  }

  #ask(): void {
    this.#prompt = new LinePrompt({
      label: 'only what matches: ',
      initial: this.#actions.pattern(),
      columns: () => process.stderr.columns ?? 80,
      write: (text) => void process.stderr.write(text),
      onDone: (text) => {
        this.#prompt = null
        if (text === null) this.#actions.resume()
        else this.#actions.filter(text)
      },
    })
  }
}
