import { SECOND, type Nanos } from '../../units/nanos.ts'
import type { CasePlan } from '../case-plan.ts'
import { estimateTrial } from '../estimate.ts'
import type { TrialPlan } from '../trial-plan.ts'
import type { FindMaxPlan } from '../../dsl/find-max.ts'
import { boundsOf, probeSettings } from './search-planner.ts'

/** What a search may take, before it has begun. */
export interface SearchOutlook extends Pick<TrialPlan, 'file' | 'path' | 'case' | 'server'> {
  readonly vary: 'rate' | 'concurrency'
  readonly from: number
  readonly to: number
  readonly precision: number
  readonly confidence: number
  readonly atLeast: number | null
  /** Measurements up to the answer: as many as are usual. */
  readonly probes: number
  /** Length of a probe. */
  readonly duration: Nanos
  /** The most that is measured at one load before it counts as undecided. */
  readonly longest: Nanos
  /** Measurements of the answer and of the load just above; 0: it is not confirmed. */
  readonly confirmations: number
  readonly confirmation: Nanos
  /** Of all of them; `null` where the server decides how long one takes. */
  readonly estimate: Nanos | null
}

/** Steps up until one does not pass, of a search whose `from` is a sensible guess. */
const TYPICAL_STEPS = 4

/** @param planned a case that has a `search` */
export function outlookOf(planned: CasePlan): SearchOutlook {
  const { trial, repeats } = planned
  const search = planned.search as FindMaxPlan
  const { vary, from, to, precision, growth, patience, confirm } = boundsOf(search, trial.settings)
  const steps = Math.min(TYPICAL_STEPS, Math.ceil(Math.log(to / from) / Math.log(growth)) + 1)
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.log(growth) / Math.log1p(precision))))
  const probes = steps + (steps > 1 ? halvings : 0)
  const confirmations = confirm ? repeats + 1 : 0
  const probe = probeSettings(planned, { length: 1, confirm: false })
  const confirmation = probeSettings(planned, { length: 1, confirm: true })
  const one = estimateTrial({ settings: probe, streams: trial.streams })
  const last = estimateTrial({ settings: confirmation, streams: trial.streams })
  const duration = probe.duration ?? 10 * SECOND
  return {
    file: trial.file,
    path: trial.path,
    case: trial.case,
    server: trial.server,
    vary,
    from,
    to,
    precision,
    confidence: search.confidence,
    atLeast: search.atLeast,
    probes,
    duration,
    longest: patience * duration,
    confirmations,
    confirmation: confirmation.duration ?? duration,
    estimate: one === null || last === null ? null : probes * one + confirmations * last,
  }
}
