/** Counts the connections that are opened before a trial. */
export class Preparation {
  readonly finished: Promise<void>
  #resolve: () => void
  #reject: (error: Error) => void
  #toStart: number
  #underWay = 0
  #usable = 0
  #error: Error | undefined

  constructor(count: number) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.finished = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#toStart = count
  }

  get wantsMore(): boolean {
    return this.#toStart > 0
  }

  started(): void {
    this.#toStart -= 1
    this.#underWay += 1
  }

  succeeded(): void {
    this.#underWay -= 1
    this.#usable += 1
    this.#settle()
  }

  /** After a failure no further connection is tried: what refuses one refuses the next. */
  failed(error: Error): void {
    this.#underWay -= 1
    this.#toStart = 0
    this.#error ??= error
    this.#settle()
  }

  /** Time is up: what is usable by now has to do. */
  expire(error: Error): void {
    this.#toStart = 0
    this.#underWay = 0
    this.#error ??= error
    this.#settle()
  }

  #settle(): void {
    if (this.#underWay > 0 || this.#toStart > 0) return
    if (this.#usable > 0) this.#resolve()
    else this.#reject(this.#error as Error)
  }
}
