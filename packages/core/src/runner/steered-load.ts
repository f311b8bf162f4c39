import { setTimeout as sleep } from 'node:timers/promises'
import type { MonotonicClock } from '../clock/monotonic-clock.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { MILLISECOND } from '../units/nanos.ts'
import type { LiveControl } from '../hooks/contexts.ts'
import { LoadControl, type LoadControlParts } from './load-control.ts'
import type { LoadSteering } from './trial-timeline.ts'

/** Drives the control of a load in real time, in the main thread. */
export class SteeredLoad {
  readonly load: LoadControl
  readonly #cut = new AbortController()
  readonly #end = new AbortController()
  readonly #ready = Promise.withResolvers<void>()
  #clock: MonotonicClock | null = null

  constructor(parts: LoadControlParts) {
    this.load = new LoadControl(parts)
  }

  get view(): LiveControl {
    return this.load.view
  }

  /** For the timeline of the trial whose clock this is. */
  on(clock: MonotonicClock): LoadSteering {
    this.#clock = clock
    return { settle: (stop) => this.#settle(clock, stop), cut: this.#cut.signal }
  }

  /** The gauge's sampler has ended: nothing is waited for any more. */
  lose(problem: string): void {
    if (this.#clock === null || this.load.begunAt === null || this.#end.signal.aborted) return
    this.load.lose(this.#clock.now(), problem)
    this.#look()
  }

  /** The trial is over: the load is not moved any more. */
  end(): void {
    this.#end.abort()
  }

  /** @throws {ServebenchError} `SERVEBENCH_GAUGE_LOST` */
  async #settle(clock: MonotonicClock, stop: AbortSignal): Promise<void> {
    this.load.begin(clock.now())
    void this.#run(clock, AbortSignal.any([stop, this.#end.signal]))
    const stopped = new Promise<void>((resolve) =>
      stop.addEventListener('abort', () => resolve(), { once: true, signal: this.#end.signal }),
    )
    await Promise.race([this.#ready.promise, stopped])
    if (this.load.problem !== null) throw lost(this.load)
  }

  async #run(clock: MonotonicClock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.load.problem === null) {
      const wait = Math.max(0, this.load.dueAt - clock.now()) / MILLISECOND
      await sleep(wait, undefined, { signal }).catch(() => {})
      if (signal.aborted || this.load.problem !== null) return
      this.load.tick(clock.now())
      this.#look()
    }
  }

  #look(): void {
    if (this.load.problem !== null) this.#cut.abort()
    if (this.load.problem !== null || this.load.isReady) this.#ready.resolve()
  }
}

function lost({ parts, problem }: LoadControl): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_GAUGE_LOST',
    `'${parts.gauge.name}', which the load follows, was lost before its target was held: ${problem}.`,
    {
      advice:
        'Look at the sampler: the events of the trial tell when it ended, and how the load had been moved.',
    },
  )
}
