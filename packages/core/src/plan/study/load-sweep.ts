export interface SweepOptions {
  /** Ascending. */
  readonly values: readonly number[]
  /** Loads are whole numbers. */
  readonly whole: boolean
  /** Halvings between the highest load that keeps the constraints and the lowest that does not. */
  readonly refine: number
  /** The sweep ends when the throughput of the best of the last four loads is less than this share above the first of them. */
  readonly gain: number
}

/** What one load has shown. */
export interface LoadFinding {
  readonly throughput: number | null
  /** It misses a constraint in a way that more load makes worse: a latency, errors. */
  readonly overloaded: boolean
}

/** Loads whose throughput is compared for the end of a sweep. */
const PLATEAU = 4

/** Two loads that are closer are not parted. */
const CLOSE = 1.05

/**
 * The loads of one configuration, from the lowest up. It ends early where more load brings no more throughput, and where a
 * constraint is missed: then the boundary is looked for by halving. Model Analyzer's rules and constants.
 */
export class LoadSweep {
  readonly #options: SweepOptions
  readonly #found: { readonly value: number; readonly finding: LoadFinding }[] = []
  #index = 0
  #low: number | null = null
  #high: number | null = null
  #halvings = 0
  /** Why the sweep ended before its last load. */
  #reason: string | null = null

  constructor(options: SweepOptions) {
    this.#options = options
  }

  /** Why it ended before its last load; `null` otherwise. */
  get reason(): string | null {
    return this.#reason
  }

  /** The next load; `null` when the sweep has ended. */
  next(): number | null {
    const { values, refine } = this.#options
    if (this.#high === null) return this.#reason === null ? (values[this.#index] ?? null) : null
    if (this.#low === null || this.#halvings >= refine) return null
    const middle = this.#between(this.#low, this.#high)
    return middle === null || this.#found.some(({ value }) => value === middle) ? null : middle
  }

  tell(value: number, finding: LoadFinding): void {
    this.#found.push({ value, finding })
    if (this.#high !== null) this.#halvings += 1
    else this.#index += 1
    if (finding.throughput === null) {
      this.#reason ??= 'nothing was completed'
      return
    }
    if (finding.overloaded) {
      this.#high = value
      this.#reason ??= 'a constraint is missed'
    } else {
      this.#low = value
      if (this.#high === null && this.#isFlat()) this.#reason = 'more load brings no more throughput'
    }
  }

  #between(low: number, high: number): number | null {
    if (high / low <= CLOSE) return null
    const middle = Math.sqrt(low * high)
    if (!this.#options.whole) return middle
    const whole = Math.min(high - 1, Math.max(low + 1, Math.round(middle)))
    return whole > low && whole < high ? whole : null
  }

  #isFlat(): boolean {
    const last = this.#found.slice(-PLATEAU).map(({ finding }) => finding.throughput ?? 0)
    const [first = 0] = last
    return last.length === PLATEAU && Math.max(...last) < first * (1 + this.#options.gain)
  }
}
