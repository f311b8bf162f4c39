import type { Schedule } from '../../arrival/schedule.ts'
import type { ThinkTime } from '../../arrival/think-time.ts'
import type { VirtualClock } from '../../clock/virtual-clock.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { SimulatedServer } from './server.ts'

export interface Window {
  readonly from: Nanos
  readonly until: Nanos
}

/** What a simulated load saw of a server; counts and response times are of requests that were due in the window. */
export interface Observation {
  readonly due: number
  readonly refused: number
  /** Of served requests, in the order of their intended starts, ns. */
  readonly responseTimes: Float64Array
  /** Settled inside the window as served, per second, whenever they were due. */
  readonly throughput: number
  /** Average over the window. */
  readonly meanInFlight: number
}

/** Sends what a schedule says and looks at a window of it; runs on until all of the window is settled. */
export function observeOpenLoop(
  clock: VirtualClock,
  server: SimulatedServer,
  schedule: Schedule,
  window: Window,
): Observation {
  const watch = new Watch(clock, window)
  const arrive = (): void => {
    const intended = schedule.peek()
    schedule.advance()
    const settle = watch.begin(intended)
    if (schedule.peek() < window.until) clock.at(schedule.peek(), arrive)
    server.submit(settle)
  }
  if (schedule.peek() < window.until) clock.at(schedule.peek(), arrive)
  clock.run()
  return watch.result()
}

/** Users who each send, wait for the answer, think, and go on until the window ends. */
export function observeClosedLoop(
  clock: VirtualClock,
  server: SimulatedServer,
  users: { readonly count: number; readonly thinkTime: ThinkTime },
  window: Window,
): Observation {
  const watch = new Watch(clock, window)
  const send = (): void => {
    if (clock.now() >= window.until) return
    const settle = watch.begin(clock.now())
    server.submit((served) => {
      settle(served)
      clock.after(users.thinkTime.next(), send)
    })
  }
  for (let user = 0; user < users.count; user++) clock.at(clock.now(), send)
  clock.run()
  return watch.result()
}

class Watch {
  readonly #clock: VirtualClock
  readonly #window: Window
  readonly #responseTimes: number[] = []
  #due = 0
  #refused = 0
  #served = 0
  #inFlight = 0
  #area = 0
  #areaAt: Nanos

  constructor(clock: VirtualClock, window: Window) {
    this.#clock = clock
    this.#window = window
    this.#areaAt = window.from
  }

  begin(intended: Nanos): (served: boolean) => void {
    const { from, until } = this.#window
    const counts = intended >= from && intended < until
    const index = this.#responseTimes.length
    if (counts) {
      this.#due += 1
      this.#responseTimes.push(Infinity)
    }
    this.#change(1)
    return (served) => {
      this.#change(-1)
      const now = this.#clock.now()
      if (served && now >= from && now < until) this.#served += 1
      if (!counts) return
      if (served) this.#responseTimes[index] = now - intended
      else this.#refused += 1
    }
  }

  result(): Observation {
    this.#change(0)
    const length = this.#window.until - this.#window.from
    return {
      due: this.#due,
      refused: this.#refused,
      responseTimes: Float64Array.from(this.#responseTimes.filter((time) => time < Infinity)),
      throughput: (this.#served * 1e9) / length,
      meanInFlight: this.#area / length,
    }
  }

  #change(by: number): void {
    const now = Math.min(Math.max(this.#clock.now(), this.#window.from), this.#window.until)
    this.#area += this.#inFlight * (now - this.#areaAt)
    this.#areaAt = now
    this.#inFlight += by
  }
}
