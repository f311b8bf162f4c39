import type { Log } from '../hooks/plugin.ts'

/** Messages from before there is a progress display: kept, then passed on to it. */
export class LateLog implements Log {
  #target: Log | null = null
  #waiting: ((log: Log) => void)[] = []

  info(message: string): void {
    this.#say((log) => log.info(message))
  }

  warn(message: string): void {
    this.#say((log) => log.warn(message))
  }

  attach(target: Log): void {
    this.#target = target
    for (const say of this.#waiting) say(target)
    this.#waiting = []
  }

  #say(say: (log: Log) => void): void {
    if (this.#target === null) this.#waiting.push(say)
    else say(this.#target)
  }
}
