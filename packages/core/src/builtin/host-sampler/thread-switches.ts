import { readdirSync } from 'node:fs'
import { ProcFile } from './proc-file.ts'

/** Context switches of threads since the last look; those of threads that have ended in between are lost. */
export class ThreadSwitches {
  readonly #proc: string
  readonly #file = new ProcFile()
  #known: Map<string, readonly [voluntary: number, involuntary: number]> | null = null

  threads = 0
  /** NaN at first. */
  voluntary: number = NaN
  involuntary: number = NaN

  constructor(proc = '/proc') {
    this.#proc = proc
  }

  refresh(pids: readonly number[]): void {
    const before = this.#known
    const known = new Map<string, readonly [number, number]>()
    this.threads = 0
    this.voluntary = before === null ? NaN : 0
    this.involuntary = before === null ? NaN : 0
    for (const path of pids.flatMap((pid) => this.#threadsOf(pid))) {
      const counts = this.#countsOf(path)
      if (counts === null) continue
      this.threads += 1
      known.set(path, counts)
      // A thread that was not there before has begun since.
      const [voluntary, involuntary] = before?.get(path) ?? [0, 0]
      this.voluntary += Math.max(0, counts[0] - voluntary)
      this.involuntary += Math.max(0, counts[1] - involuntary)
    }
    this.#known = known
  }

  #threadsOf(pid: number): readonly string[] {
    try {
      return readdirSync(`${this.#proc}/${pid}/task`).map((tid) => `${this.#proc}/${pid}/task/${tid}/status`)
    } catch {
      return []
    }
  }

  #countsOf(path: string): readonly [number, number] | null {
    const text = this.#file.read(path)
    const [, voluntary] = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text ?? '') ?? []
    const [, involuntary] = /^nonvoluntary_ctxt_switches:\s+(\d+)$/m.exec(text ?? '') ?? []
    return voluntary === undefined || involuntary === undefined
      ? null
      : [Number(voluntary), Number(involuntary)]
  }
}
