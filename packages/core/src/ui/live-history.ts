import type { LiveTrial } from '../hooks/contexts.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'

const STEP: Nanos = 500 * MILLISECOND
const MOST = 120

/** How the numbers of the current trial have developed: two values a second, the newest last. */
export class LiveHistory {
  readonly throughput: (number | null)[] = []
  readonly p99: (number | null)[] = []
  #trial = ''
  #step = -1

  add(trial: LiveTrial): void {
    if (trial.phase === 'preparing' || trial.phase === 'finishing') return
    if (trial.id !== this.#trial || trial.elapsed < this.#step * STEP) this.#restart(trial.id)
    const step = Math.floor(trial.elapsed / STEP)
    if (step === this.#step) {
      this.throughput.pop()
      this.p99.pop()
    }
    this.#step = step
    this.throughput.push(trial.throughput)
    this.p99.push(trial.p99)
    if (this.throughput.length > MOST) {
      this.throughput.shift()
      this.p99.shift()
    }
  }

  #restart(trial: string): void {
    this.#trial = trial
    this.#step = -1
    this.throughput.length = 0
    this.p99.length = 0
  }
}
