import type {
  Counts,
  Distribution,
  GaugeSummary,
  Interval,
  Metrics,
  SloResult,
  SloTermResult,
} from '../report/result.ts'
import { shareInterval } from '../stats/special/binomial.ts'
import { formatDuration } from '../units/duration.ts'
import { isFarWithin } from './far-limit.ts'
import { largestResponseTime, sloTermName } from './parse-slo.ts'
import type { SloPlan, SloTerm } from './slo-plan.ts'

/** What an SLO is judged by: the metrics of a trial, or of the pooled population of a case. */
export interface SloEvidence {
  readonly metrics: Metrics
  readonly gauges?: Readonly<Record<string, GaugeSummary>>
  /**
   * Distributions in which what did not complete counts as +∞. For `responseTime` the metrics have it; for another
   * latency it is needed as soon as a request is lost, else the percentile is that of the completed requests.
   */
  readonly withFailures?: { readonly [Metric in LatencyTerm['metric']]?: Distribution }
}

type LatencyTerm = Extract<
  SloTerm,
  { readonly metric: 'responseTime' | 'serviceTime' | 'firstByte' | 'messageGap' }
>
type GaugeTerm = Extract<SloTerm, { readonly metric: 'gauge' }>

const LEVEL = 0.95
const TOO_FEW = 'too few samples to bound the percentile'
const FAR = 'the limit is far from all that was measured'

/**
 * Judges measured metrics by an SLO.
 *
 * A term passes when its whole interval is inside the limit, fails when none of it is, and is undecided when the
 * interval covers the limit or nothing was measured. The SLO fails when a term fails, and passes when all pass.
 *
 * - Percentiles count every request that did not complete as +∞. A mean or a maximum is over completed requests: one
 *   lost request would make it infinite, and `errorRate` already judges the lost ones.
 * - A percentile also passes where its limit is far from all that was measured: see {@link isFarWithin}.
 * - An error rate has the exact binomial interval, as if errors did not come in bursts. Without any error it passes at
 *   every limit, also at 0.
 * - A scenario without an `errorRate` term allows no error; that is judged with the exit code, by {@link allowsErrors}
 *   and {@link errorCount}.
 */
export function evaluateSlo(plan: SloPlan, evidence: SloEvidence): SloResult {
  const terms = plan.terms.map((term) => evaluateTerm(term, plan, evidence))
  const verdict = terms.some((term) => term.verdict === 'fail')
    ? 'fail'
    : terms.every((term) => term.verdict === 'pass')
      ? 'pass'
      : 'undecided'
  return { verdict, terms, deadline: plan.deadline }
}

/** Requests of the population that did not complete correctly. */
export function errorCount(counts: Counts): number {
  return counts.due - counts.completed + counts.incorrect
}

/** Whether a plan says how many errors are allowed; if not, none are. */
export function allowsErrors(plan: SloPlan | null): boolean {
  return plan !== null && plan.terms.some((term) => term.metric === 'errorRate')
}

function evaluateTerm(term: SloTerm, plan: SloPlan, evidence: SloEvidence): SloTermResult {
  const { metrics } = evidence
  switch (term.metric) {
    case 'errorRate':
      return evaluateErrorRate(term, metrics.counts)
    case 'throughput':
      return judge(term, metrics.throughput, metrics.rateIntervals.throughput, 'at-least', null)
    case 'goodput':
      return judge(term, metrics.goodput, metrics.rateIntervals.goodput, 'at-least', goodputNote(plan))
    case 'gauge':
      return evaluateGauge(term, evidence.gauges?.[term.gauge])
    default:
      return evaluateLatency(term, evidence)
  }
}

function evaluateLatency(term: LatencyTerm, evidence: SloEvidence): SloTermResult {
  const { statistic, limit } = term
  const { counts } = evidence.metrics
  const completed = evidence.metrics[term.metric]
  const lost = counts.due - counts.completed
  if (typeof statistic === 'string') {
    const note = lost > 0 ? `over completed requests; ${lost} did not complete` : null
    const interval = statistic === 'mean' ? (completed.intervals.mean ?? null) : null
    return judge(term, completed[statistic], interval, 'at-most', note)
  }
  const { percentile } = statistic
  const key = `p${percentile}` as const
  const distribution = withFailures(term.metric, evidence)
  const value = distribution[key] ?? null
  const interval = distribution.intervals[key] ?? null
  const why = distribution.why[key]
  if (why === 'failures' || why === 'censored') {
    const certain = shareInterval(lost, counts.due, LEVEL)[0] > 1 - percentile / 100
    const missed = certain || (value !== null && value > limit) || (interval !== null && interval[0] > limit)
    const what = why === 'failures' ? 'did not complete' : 'were still open at the end'
    const reason = `so many requests ${what} that the percentile is infinite`
    return resultOf(term, null, interval, missed ? 'fail' : 'undecided', reason)
  }
  if (value !== null && value <= limit && (interval?.[1] ?? Infinity) > limit) {
    if (isFarWithin(distribution, percentile, limit)) return resultOf(term, value, interval, 'pass', FAR)
  }
  if (value !== null && interval === null) return resultOf(term, value, null, 'undecided', TOO_FEW)
  return judge(term, value, interval, 'at-most', interval?.[1] === null ? TOO_FEW : null)
}

function withFailures(metric: LatencyTerm['metric'], evidence: SloEvidence): Distribution {
  const given = evidence.withFailures?.[metric]
  if (given !== undefined) return given
  return metric === 'responseTime' ? evidence.metrics.responseTimeWithFailures : evidence.metrics[metric]
}

function evaluateErrorRate(term: SloTerm, counts: Counts): SloTermResult {
  if (counts.due === 0) return judge(term, null, null, 'at-most', null)
  const errors = errorCount(counts)
  const share = shareInterval(errors, counts.due, LEVEL)
  if (errors === 0) return resultOf(term, 0, share, 'pass', null)
  return judge(term, errors / counts.due, share, 'at-most', null)
}

function evaluateGauge(term: GaugeTerm, gauge: GaugeSummary | undefined): SloTermResult {
  const side = term.side === 'max' ? 'at-most' : 'at-least'
  if (gauge === undefined) return judge(term, null, null, side, `no sampler gave '${term.gauge}'`)
  return judge(term, gauge[term.statistic], null, side, null)
}

/** By the interval where there is one, else by the value. */
function judge(
  term: SloTerm,
  measured: number | null,
  interval: Interval | null,
  side: 'at-most' | 'at-least',
  reason: string | null,
): SloTermResult {
  if (measured === null) return resultOf(term, null, interval, 'undecided', reason ?? 'nothing was measured')
  const [low, high] = interval ?? [measured, measured]
  const { limit } = term
  const inside = side === 'at-most' ? high !== null && high <= limit : low >= limit
  const outside = side === 'at-most' ? low > limit : high !== null && high < limit
  if (inside) return resultOf(term, measured, interval, 'pass', reason)
  if (outside) return resultOf(term, measured, interval, 'fail', reason)
  return resultOf(term, measured, interval, 'undecided', reason ?? 'the interval covers the limit')
}

function resultOf(
  term: SloTerm,
  measured: number | null,
  interval: Interval | null,
  verdict: SloTermResult['verdict'],
  reason: string | null,
): SloTermResult {
  return { term: sloTermName(term), limit: term.limit, measured, interval, verdict, reason }
}

function goodputNote(plan: SloPlan): string {
  if (plan.deadline === null) return 'no deadline: every correct completion counts'
  const length = formatDuration(plan.deadline)
  const source = plan.deadline === largestResponseTime(plan.terms) ? ', the largest response-time limit' : ''
  return `deadline ${length}${source}`
}
