import type { Exchange, Patch, Prepared, TargetSession } from 'servebench/session'

/** A closed loop in this process, as a worker of servebench would run it, without schedule and recorder. */
export class ClosedLoop implements Exchange {
  readonly capture: Uint8Array
  completed = 0
  failed = 0
  clock = 0
  readonly #prepared: Prepared
  readonly #patch: Patch = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 1, start: true, end: true }
  #session: TargetSession | null = null
  #open = 0
  #stopped: (() => void) | null = null

  constructor(slots: number, prepared: Prepared) {
    this.capture = new Uint8Array(slots)
    this.#prepared = prepared
  }

  start(session: TargetSession): void {
    this.#session = session
    this.#stopped = null
    for (let slot = 0; slot < this.capture.length; slot++) this.#next(slot)
  }

  /** Opens no further exchange. Resolves when none is open. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stopped = resolve
      if (this.#open === 0) resolve()
    })
  }

  sent(): void {
    this.clock = performance.now()
  }

  firstByte(): void {
    this.clock = performance.now()
  }

  done(slot: number): void {
    this.clock = performance.now()
    this.completed += 1
    this.#settled(slot)
  }

  fail(slot: number): void {
    this.failed += 1
    this.#settled(slot)
  }

  connected(): void {}
  message(): void {}
  serverStage(): void {}
  blocked(): void {}
  ready(): void {}
  head(): void {}
  body(): void {}

  #settled(slot: number): void {
    this.#open -= 1
    if (this.#stopped === null) this.#next(slot)
    else if (this.#open === 0) this.#stopped()
  }

  #next(slot: number): void {
    this.#open += 1
    this.#session?.open(slot, this.#prepared, this.#patch)
  }
}
