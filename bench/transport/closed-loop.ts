import type { Exchange, Patch, Prepared, TargetSession } from 'servebench/session'

/** A closed loop in this process, as a worker of servebench would run it, without schedule and recorder. */
export class ClosedLoop implements Exchange {
  readonly capture: Uint8Array
  completed = 0
  failed = 0
  stopped = false
  clock = 0
  readonly #prepared: Prepared
  readonly #patch: Patch = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 1, start: true, end: true }
  #session: TargetSession | null = null

  constructor(slots: number, prepared: Prepared) {
    this.capture = new Uint8Array(slots)
    this.#prepared = prepared
  }

  start(session: TargetSession): void {
    this.#session = session
    for (let slot = 0; slot < this.capture.length; slot++) this.#next(slot)
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
    this.#next(slot)
  }

  fail(slot: number): void {
    this.failed += 1
    this.#next(slot)
  }

  connected(): void {}
  message(): void {}
  serverStage(): void {}
  blocked(): void {}
  ready(): void {}
  head(): void {}
  body(): void {}

  #next(slot: number): void {
    if (!this.stopped) this.#session?.open(slot, this.#prepared, this.#patch)
  }
}
