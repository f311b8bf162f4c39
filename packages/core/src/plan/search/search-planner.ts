import type { FindMaxPlan } from '../../dsl/find-max.ts'
import { formatLoad } from '../../report/load-value.ts'
import { errorCount } from '../../slo/evaluate-slo.ts'
import type { Trial } from '../../report/result.ts'
import type { SearchProbe, SearchResult } from '../../report/search-result.ts'
import { SECOND, type Nanos } from '../../units/nanos.ts'
import type { CasePlan } from '../case-plan.ts'
import { trialId } from '../identity.ts'
import type { TrialPlan, TrialSettings } from '../trial-plan.ts'
import {
  findMaxWalk,
  type Conclusion,
  type FindMaxBounds,
  type Finding,
  type SearchStep,
} from './find-max.ts'
import { judgeLoad } from './judge-load.ts'
import { streamsAt } from './load-at.ts'

const HIGHEST_RATE = 1_000_000
/** A confirmation is this many times as long as a probe, unless the search says how long. */
const CONFIRMATION = 3
/** Between probes, unless the scenario says how long: a server that was overloaded comes to rest. */
const COOLDOWN: Nanos = SECOND

/** Plans the probes of one case's search, one by one. */
export class SearchPlanner {
  readonly #planned: CasePlan
  readonly #search: FindMaxPlan
  readonly #bounds: FindMaxBounds
  readonly #seed: string
  readonly #walk: Generator<SearchStep, Conclusion, Finding>
  readonly #probes: SearchProbe[] = []
  /** By load, what is judged together; and which of these are confirmations. */
  readonly #evidence = new Map<number, Trial[]>()
  #step: SearchStep | null = null
  #pending: TrialPlan | null = null
  /** Confirmations of the current step that are still to be measured before it is judged. */
  #repeats = 0
  #conclusion: Conclusion | null = null
  #result: SearchResult | null = null

  /** @param planned a case that has a `search` */
  constructor(planned: CasePlan, seed: string) {
    this.#planned = planned
    this.#search = planned.search as FindMaxPlan
    this.#bounds = boundsOf(this.#search, planned.trial.settings)
    this.#seed = seed
    this.#walk = findMaxWalk(this.#bounds)
    const first = this.#walk.next()
    if (!first.done) this.#begin(first.value)
  }

  /** The next probe; `null` when the search has ended. */
  next(done: readonly Trial[]): TrialPlan | null {
    if (this.#pending !== null) {
      const { id } = this.#pending
      const trial = done.findLast((one) => one.id === id)
      if (trial === undefined) return this.#pending
      this.#take(trial)
    }
    if (this.#step === null) return null
    this.#pending = this.#plan(this.#step)
    return this.#pending
  }

  /** Probes that are still to be expected. */
  remaining(): number {
    if (this.#step === null) return 0
    const { low, high } = this.#step
    const { precision, confirm } = this.#bounds
    const halvings =
      high === null || low === null ? 6 : Math.log2(Math.log(high / low) / Math.log1p(precision))
    return Math.max(0, Math.ceil(halvings)) + (confirm ? this.#planned.repeats + 1 : 0)
  }

  /** All that is known now; the same object while nothing changes. */
  result(): SearchResult {
    this.#result ??= this.#summarise()
    return this.#result
  }

  #begin(step: SearchStep): void {
    this.#step = step
    if (step.fresh) this.#evidence.delete(step.value)
    this.#repeats = step.purpose === 'confirm' ? this.#planned.repeats : 1
  }

  #take(trial: Trial): void {
    const step = this.#step as SearchStep
    this.#pending = null
    this.#result = null
    const evidence = this.#evidence.get(step.value) ?? []
    evidence.push(trial)
    this.#evidence.set(step.value, evidence)
    const finding = judgeLoad(evidence, this.#search.confidence)
    this.#probes.push(probeOf(trial, step, finding))
    this.#repeats -= 1
    if (this.#repeats > 0 && finding.verdict !== 'broken' && finding.verdict !== 'generator-limited') return
    const next = this.#walk.next(finding)
    if (next.done) {
      this.#step = null
      this.#conclusion = next.value
    } else this.#begin(next.value)
  }

  #plan(step: SearchStep): TrialPlan {
    const { caseId, ...trial } = this.#planned.trial
    const repeat = this.#probes.length
    const key = { file: trial.file, path: trial.path, case: trial.case, role: 'probe' } as const
    const { value, purpose, low, high } = step
    const { vary } = this.#search
    return {
      id: trialId(key, repeat),
      caseId,
      ...trial,
      ...key,
      probe: { vary, value, purpose, low, high },
      repeat,
      seed: this.#seed,
      settings: probeSettings(this.#planned, step),
      streams: streamsAt(trial.streams, vary, value),
    }
  }

  #summarise(): SearchResult {
    const { trial } = this.#planned
    const { vary, precision, confidence, atLeast, plan } = this.#search
    return {
      id: trial.caseId,
      kind: 'findMax',
      file: trial.file,
      path: trial.path,
      case: trial.case,
      vary,
      from: this.#bounds.from,
      to: this.#bounds.to,
      precision,
      confidence,
      atLeast,
      ...(plan === undefined ? {} : { plan }),
      outcome: this.#conclusion?.outcome ?? 'running',
      message: this.#conclusion?.message ?? `So far ${this.#probes.length} probes.`,
      answer: this.#answer(),
      notes: this.#conclusion?.notes ?? [],
      probes: [...this.#probes],
    }
  }

  #answer(): SearchResult['answer'] {
    const value = this.#conclusion?.value ?? null
    if (value === null) return null
    const usable = (this.#evidence.get(value) ?? []).filter((trial) => trial.verdict.validity !== 'invalid')
    const trials = usable.length > 0 ? usable : (this.#evidence.get(value) ?? [])
    const seconds = trials.map(({ phases }) => phases.measurement.until - phases.measurement.from)
    const total = seconds.reduce((sum, one) => sum + one, 0)
    const completed = trials.reduce(
      (sum, { throughput }, index) => sum + (throughput ?? 0) * (seconds[index] as number),
      0,
    )
    return {
      value,
      interval: [value, this.#conclusion?.ceiling ?? null],
      throughput: total > 0 ? completed / total : null,
      trials: trials.map(({ id }) => id),
    }
  }
}

/** How a probe is run; `length` is in lengths of a probe, or of a confirmation. */
export function probeSettings(
  { trial, search }: CasePlan,
  { length, confirm }: Pick<SearchStep, 'length' | 'confirm'>,
): TrialSettings {
  const { settings, origins } = trial
  const probe = settings.duration ?? 10 * SECOND
  const own = search?.confirm
  const duration = !confirm ? probe : typeof own === 'number' ? own : CONFIRMATION * probe
  return {
    ...settings,
    duration: duration * length,
    cooldown: origins['cooldown'] === undefined ? Math.max(COOLDOWN, settings.cooldown) : settings.cooldown,
  }
}

/** A search with everything decided, as far as its settings say. */
export function boundsOf(search: FindMaxPlan, settings: TrialSettings): FindMaxBounds {
  const { vary, from, precision, growth, patience, confirm } = search
  const most = vary === 'rate' ? HIGHEST_RATE : settings.maxInFlight
  const to = search.to ?? Math.max(from, most)
  return { vary, from, to, precision, growth, patience, confirm: confirm !== false }
}

function probeOf(trial: Trial, { value, purpose }: SearchStep, { verdict, reason }: Finding): SearchProbe {
  const { counts, phases, responseTime } = trial
  return {
    trial: trial.id,
    value,
    purpose,
    verdict,
    reason,
    validity: trial.verdict.validity,
    duration: phases.measurement.until - phases.measurement.from,
    offeredLoad: trial.offeredLoad,
    throughput: trial.throughput,
    errorRate: counts.due === 0 ? null : errorCount(counts) / counts.due,
    p50: responseTime.p50,
    p99: responseTime.p99,
    terms: trial.slo?.terms ?? [],
  }
}

/** What a probe is for, in a few words: `120/s, between 100/s and 150/s`. */
export function describeProbe({ vary, value, purpose, low, high }: NonNullable<TrialPlan['probe']>): string {
  const at = formatLoad(vary, value)
  switch (purpose) {
    case 'bisect':
      return low === null || high === null
        ? at
        : `${at}, between ${formatLoad(vary, low)} and ${formatLoad(vary, high)}`
    case 'raise':
      return `${at}, a step up`
    case 'lowest':
      return `${at}, the lowest load`
    case 'recheck':
      return `${at}, once more`
    case 'extend':
      return `${at}, longer`
    case 'retry':
      return `${at}, again`
    case 'look-above':
      return `${at}, above a load that failed`
    case 'confirm':
      return `${at}, confirming the answer`
    case 'above':
      return `${at}, just above the answer`
  }
}
