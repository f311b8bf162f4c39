import { ExitCode } from '../errors/servebench-error.ts'
import type { RunError } from './journal-line.ts'
import { allowsErrors, errorCount } from '../slo/evaluate-slo.ts'
import { fullName } from './case-name.ts'
import { formatLoad } from './load-value.ts'
import { sumCounts } from './pool-metrics.ts'
import type { CaseResult, Counts, Trial } from './result.ts'
import type { SearchResult } from './search-result.ts'
import type { StudyResult } from './study/study-result.ts'

export interface ExitOptions {
  /** A suspect measurement counts as invalid, an undecided SLO as failed. */
  readonly strict?: boolean
  readonly interrupted?: boolean
  /** What ended the run before its plan was done. */
  readonly error?: RunError | null
  /** Sentences about metrics that got worse than a baseline allows. */
  readonly regressions?: readonly string[]
  /** Sentences about cases whose baseline was measured under other conditions. */
  readonly refusals?: readonly string[]
}

export interface Exit {
  readonly code: ExitCode
  /** One sentence per cause, the one that decided first. */
  readonly reasons: readonly string[]
}

/** Of several causes the first of these decides. */
const PRECEDENCE: readonly ExitCode[] = [
  ExitCode.interrupted,
  ExitCode.usage,
  ExitCode.target,
  ExitCode.failed,
  ExitCode.invalid,
]

/** The exit code of a run, and why. Probes of a search may fail: only measurements, and what a search found, count. */
export function exitCodeOf(
  result: {
    readonly trials: readonly Trial[]
    readonly cases: readonly CaseResult[]
    readonly searches?: readonly SearchResult[]
    readonly studies?: readonly StudyResult[]
  },
  options: ExitOptions = {},
): Exit {
  const causes: (readonly [code: ExitCode, reason: string])[] = []
  if (options.interrupted) causes.push([ExitCode.interrupted, 'The run was interrupted.'])
  if (options.error) causes.push([knownCode(options.error.exitCode), options.error.message])
  for (const reason of options.regressions ?? []) causes.push([ExitCode.failed, reason])
  for (const reason of options.refusals ?? []) causes.push([ExitCode.usage, reason])
  const trials = result.trials.filter((trial) => trial.role === 'measurement')
  for (const trial of trials) {
    if (trial.state === 'failed') {
      causes.push([
        knownCode(trial.error?.exitCode ?? ExitCode.target),
        `${fullName(trial)}: ${trial.error?.message ?? 'failed'}`,
      ])
    }
  }
  const studied = new Set(result.trials.filter(({ role }) => role === 'study').map(({ id }) => id))
  for (const one of result.cases) {
    // Configurations of a study may fail: that is what it looks for.
    if (one.trials.some((id) => studied.has(id))) continue
    causes.push(
      ...causesOf(
        one,
        result.trials.filter((trial) => one.trials.includes(trial.id)),
        options.strict ?? false,
      ),
    )
  }
  for (const study of result.studies ?? []) causes.push(...studyCauses(study))
  for (const search of result.searches ?? []) causes.push(...searchCauses(search, result.trials))
  const code = PRECEDENCE.find((candidate) => causes.some(([cause]) => cause === candidate)) ?? ExitCode.ok
  causes.sort(([a], [b]) => PRECEDENCE.indexOf(a) - PRECEDENCE.indexOf(b))
  return { code, reasons: [...new Set(causes.map(([, reason]) => reason))] }
}

function studyCauses({ outcome, message, path }: StudyResult): (readonly [ExitCode, string])[] {
  const reason = `${path.join(' > ')}: ${message}`
  if (outcome === 'infeasible') return [[ExitCode.failed, reason]]
  return outcome === 'failed' ? [[ExitCode.target, reason]] : []
}

function searchCauses(search: SearchResult, trials: readonly Trial[]): (readonly [ExitCode, string])[] {
  const { outcome, answer, atLeast, vary } = search
  const name = fullName(search)
  const reason = `${name}: ${search.message}`
  switch (outcome) {
    case 'failed': {
      const last = trials.find((trial) => trial.id === search.probes.at(-1)?.trial)
      return [[knownCode(last?.error?.exitCode ?? ExitCode.target), reason]]
    }
    case 'below-range':
    case 'error-prone':
      return [[ExitCode.failed, reason]]
    case 'non-monotone':
    case 'undecided':
    case 'unconfirmed':
      return [[ExitCode.invalid, reason]]
    case 'generator-limited':
      if (answer !== null && atLeast !== null && answer.value >= atLeast) return []
      return [[ExitCode.invalid, reason]]
    case 'found':
    case 'above-range':
      if (answer === null || atLeast === null || answer.value >= atLeast) return []
      return [
        [
          ExitCode.failed,
          `${name}: the answer, ${formatLoad(vary, answer.value)}, is below ${formatLoad(vary, atLeast)}.`,
        ],
      ]
    default:
      return []
  }
}

function causesOf(
  one: CaseResult,
  trials: readonly Trial[],
  strict: boolean,
): (readonly [ExitCode, string])[] {
  const ran = trials.filter((trial) => trial.state === 'completed')
  if (ran.length === 0) return []
  const causes: (readonly [ExitCode, string])[] = []
  const name = fullName(one)
  const counts = one.pooled?.counts ?? sumCounts(ran.map((trial) => trial.counts))
  if (counts.due > 0 && counts.completed === 0) {
    causes.push([ExitCode.target, `${name}: nothing was completed.`])
  }
  if (counts.due === 0) {
    // Users only stop asking when nobody answers them; a schedule may simply have had nothing for this window.
    const loops = ran.flatMap((trial) => Object.values(trial.plan.streams).map((stream) => stream.load.loop))
    const code = loops.includes('closed') ? ExitCode.target : ExitCode.invalid
    causes.push([code, `${name}: no request became due in the measurement.`])
  }
  for (const term of one.slo?.terms ?? []) {
    if (term.verdict === 'fail') causes.push([ExitCode.failed, `${name}: ${term.term} misses its limit.`])
    if (term.verdict === 'undecided' && strict) {
      causes.push([ExitCode.failed, `${name}: ${term.term} is undecided, which --strict does not accept.`])
    }
  }
  const errors = forbiddenErrors(ran, counts)
  if (errors > 0) {
    const reason = `${errors} of ${counts.due} requests did not complete correctly, and no errorRate allows that.`
    causes.push([ExitCode.failed, `${name}: ${reason}`])
  }
  if (one.verdict.validity === 'invalid') {
    causes.push([ExitCode.invalid, `${name}: the measurement is invalid.`])
  }
  if (one.verdict.validity === 'suspect' && strict) {
    causes.push([ExitCode.invalid, `${name}: the measurement is suspect, which --strict does not accept.`])
  }
  return causes
}

/** Errors in streams whose SLO has no `errorRate` term: its limit is then 0. */
function forbiddenErrors(trials: readonly Trial[], counts: Counts): number {
  const streams = Object.entries((trials[0] as Trial).plan.streams)
  if (streams.length === 1) return allowsErrors(streams[0]?.[1].slo ?? null) ? 0 : errorCount(counts)
  return streams
    .filter(([, stream]) => !allowsErrors(stream.slo))
    .flatMap(([name]) => trials.flatMap((trial) => trial.streams[name]?.counts ?? []))
    .reduce((sum, stream) => sum + errorCount(stream), 0)
}

function knownCode(code: number): ExitCode {
  return PRECEDENCE.find((candidate) => candidate === code) ?? ExitCode.usage
}
