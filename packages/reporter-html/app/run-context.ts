import type { CaseResult, RunResult, Trial } from 'servebench/plugin'
import { caseName, type CaseSummary } from 'servebench/report'
import type { Curves, RunData } from '../src/page/page-data.ts'
import { readEmbedded } from './embedded.ts'

/** A run with what its sections look up in it. */
export class RunContext {
  readonly data: RunData
  /** What the paths of its places begin with: nothing where it is the only run. */
  readonly prefix: string
  readonly #index: number
  readonly #trials: ReadonlyMap<string, Trial>
  readonly #summaries: ReadonlyMap<string, CaseSummary>
  #curves: Curves | null = null
  #unpacking: Promise<Curves | null> | null = null

  constructor(data: RunData, index: number, isOnly: boolean) {
    this.data = data
    this.prefix = isOnly ? '' : `/${data.key}`
    this.#index = index
    this.#trials = new Map(data.result.trials.map((trial) => [trial.id, trial]))
    this.#summaries = new Map(data.summaries.map((one) => [one.id, one]))
  }

  get result(): RunResult {
    return this.data.result
  }

  path(kind: string, name: string): string {
    return `${this.prefix}/${kind}/${name}`
  }

  trialsOf(one: CaseResult): readonly Trial[] {
    return one.trials.flatMap((id) => this.#trials.get(id) ?? [])
  }

  summary(id: string): CaseSummary | null {
    return this.#summaries.get(id) ?? null
  }

  /** Calls back at once when they are unpacked: before printing nobody waits. */
  withCurves(use: (curves: Curves) => void): void {
    if (this.#curves !== null) use(this.#curves)
    else void this.unpackCurves().then(use)
  }

  async unpackCurves(): Promise<Curves> {
    this.#unpacking ??= readEmbedded<Curves>(`curves-${this.#index}`)
    this.#curves = (await this.#unpacking) ?? {}
    return this.#curves
  }
}

/** `instances=1, batch=8`; the scenario's name without a matrix. */
export function nameOf(one: Pick<CaseResult, 'path' | 'case'>): string {
  return caseName(one.case).replaceAll(',', ', ') || (one.path.at(-1) ?? '')
}
