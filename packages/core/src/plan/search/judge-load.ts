import { lostOf, sumCounts } from '../../report/pool-metrics.ts'
import { mergeHdr } from '../../report/hdr.ts'
import { formatCount, formatShare } from '../../report/quantity.ts'
import type { Counts, Distribution, Metrics, Trial } from '../../report/result.ts'
import { allowsErrors, errorCount } from '../../slo/evaluate-slo.ts'
import { sloTermName } from '../../slo/parse-slo.ts'
import type { SloPlan, SloTerm } from '../../slo/slo-plan.ts'
import { judgeShare } from '../../stats/certify/judge-share.ts'
import { formatDuration } from '../../units/duration.ts'
import type { Finding } from './find-max.ts'

/** Reasons of an invalid measurement that lie with the generator or its machine. */
const GENERATOR: ReadonlySet<string> = new Set([
  'dispatch-lag',
  'dispatched',
  'load-thread-cpu',
  'accounting',
  'foreign-cpu',
  'steal-cpu',
  'clock-drift',
])
/** What waits at the cap on requests in flight waits for the target. */
const AT_THE_CAP: ReadonlySet<string> = new Set(['dispatch-lag', 'dispatched'])

/** A target that completes less than this share of what was offered does not keep up. */
const KEPT_UP = 0.98

type Decision = 'pass' | 'fail' | 'undecided'
interface Judgement {
  readonly decision: Decision
  readonly reason: string
  readonly kind: 'error' | 'saturation' | 'limit'
}

/**
 * What all measurements at one load (at least one, the newest last) say about its SLO.
 *
 * - A percentile limit is a limit on the share of requests beyond it. Passed and failed are decided by the exact binomial
 *   test on that share, pooled over the measurements, each at its effective sample size: neighbours in a queue are not
 *   independent (MLPerf's early stopping has the same test for independent ones, after MLCommons inference rules).
 * - So is the share of errors. Where the SLO allows none, one error decides.
 * - Means, maxima and gauges are judged as in any trial, by the newest measurement.
 * - An open load that completes less than 98 % of what is offered is not kept up with, whatever the limits say.
 * - A measurement that the generator spoilt is left out; when it is the newest, that is the finding.
 */
export function judgeLoad(trials: readonly Trial[], confidence: number): Finding {
  const newest = trials.at(-1) as Trial
  if (newest.state === 'failed') return finding('broken', newest.error?.message ?? 'the trial failed.')
  const spoilt = spoiltBy(newest)
  if (spoilt !== null) return finding('generator-limited', spoilt)
  const usable = trials.filter((trial) => trial.state !== 'failed' && spoiltBy(trial) === null)
  const judgements = judgeAll(usable, newest, confidence)
  const failed = judgements.filter(({ decision }) => decision === 'fail')
  const open = judgements.filter(({ decision }) => decision === 'undecided')
  const verdict = failed.length > 0 ? 'fail' : open.length > 0 ? 'undecided' : 'pass'
  const telling = verdict === 'fail' ? failed : verdict === 'undecided' ? open : []
  return {
    verdict,
    reason: telling.map(({ reason }) => reason).join('; '),
    saturated: failed.some(({ kind }) => kind === 'saturation'),
    errorsOnly: failed.length > 0 && failed.every(({ kind }) => kind === 'error'),
  }
}

function finding(verdict: 'broken' | 'generator-limited', reason: string): Finding {
  return { verdict, reason, saturated: false, errorsOnly: false }
}

/** Why a measurement is no evidence; `null` when it is. */
function spoiltBy(trial: Trial): string | null {
  if (trial.verdict.validity !== 'invalid') return null
  const full = (trial.inFlight.max ?? 0) >= trial.plan.settings.maxInFlight
  const reason = trial.verdict.reasons.find(
    ({ code, severity }) => severity === 'invalid' && GENERATOR.has(code) && !(full && AT_THE_CAP.has(code)),
  )
  return reason?.message ?? null
}

function judgeAll(usable: readonly Trial[], newest: Trial, confidence: number): readonly Judgement[] {
  const streams = Object.entries(newest.plan.streams)
  const several = streams.length > 1
  const judgements = streams.flatMap(([name, stream]) => {
    const prefix = several ? `${name}.` : ''
    const parts = several
      ? usable.flatMap((trial) => trial.streams[name] ?? [])
      : (usable as readonly Metrics[])
    const counts = sumCounts(parts.map((part) => part.counts))
    return [
      ...(stream.load.loop === 'open' ? keepingUp(usable, parts, prefix) : []),
      ...judgeErrors(stream.slo, counts, confidence, prefix),
      ...(stream.slo?.terms ?? []).flatMap((term) => judgeTerm(term, parts, newest, confidence, prefix)),
    ]
  })
  if (newest.counts.due > 0) return judgements
  const waiting = streams.some(([, { load }]) => load.loop === 'closed')
  return [
    {
      decision: waiting ? 'fail' : 'undecided',
      kind: 'limit',
      reason: waiting ? 'no user ever got an answer' : 'no request became due',
    },
  ]
}

function judgeTerm(
  term: SloTerm,
  parts: readonly Metrics[],
  newest: Trial,
  confidence: number,
  prefix: string,
): readonly Judgement[] {
  if (term.metric === 'errorRate') return []
  const name = `${prefix}${sloTermName(term)}`
  if ('statistic' in term && typeof term.statistic === 'object') {
    const { metric, limit, statistic } = term
    const allowed = 1 - statistic.percentile / 100
    const beyond = parts.map((part) => exceedances(part, metric, limit, statistic.percentile))
    const worth = beyond.reduce((sum, { count }) => sum + count, 0)
    const { verdict, needed } = judgeShare({
      over: beyond.reduce((sum, { over }) => sum + over, 0),
      count: worth,
      allowed,
      confidence,
    })
    const seen = beyond.reduce((sum, { raw }) => sum + raw, 0)
    const all = beyond.reduce((sum, { all: count }) => sum + count, 0)
    return [
      {
        decision: verdict,
        kind: 'limit',
        reason: `${name}: ${formatShare(all === 0 ? null : seen / all)} of ${all} were beyond ${formatDuration(limit)}${verdict === 'undecided' ? tooFew(needed, worth === 0 ? 1 : all / worth) : ''}`,
      },
    ]
  }
  const judged = newest.slo?.terms.find((one) => one.term === name)
  const decision = judged?.verdict ?? 'undecided'
  return [{ decision, kind: 'limit', reason: `${name}: ${judged?.reason ?? 'misses its limit'}` }]
}

/** What it would take: requests, where each is worth 1 ÷ inflation independent ones. */
function tooFew(needed: number | null, inflation: number): string {
  return needed === null
    ? ', too close to what is allowed to say'
    : `; it takes about ${formatCount(needed * inflation)} requests like these to say`
}

/** Requests beyond a limit, at the effective sample size; what did not complete is beyond every limit. */
function exceedances(
  metrics: Metrics,
  metric: 'responseTime' | 'serviceTime' | 'firstByte' | 'messageGap',
  limit: number,
  percentile: number,
): { readonly over: number; readonly count: number; readonly raw: number; readonly all: number } {
  const distribution: Distribution = metrics[metric]
  const { failures, censored } =
    metric === 'messageGap' ? { failures: 0, censored: 0 } : lostOf(metrics.counts)
  const finite = mergeHdr([distribution.hdr])
  const all = finite.count + failures + censored
  if (all === 0) return { over: 0, count: 0, raw: 0, all: 0 }
  const raw = all - finite.countUpTo(limit)
  const judged = metric === 'responseTime' ? metrics.responseTimeWithFailures : distribution
  const effective = effectiveCount(judged, limit, percentile)
  const weight = effective === null || judged.count === 0 ? 1 : Math.min(1, effective / judged.count)
  return { over: raw * weight, count: all * weight, raw, all }
}

/**
 * What the samples are worth where the limit lies: neighbours that depend on each other at a percentile far below the
 * limit say little about those that exceed it.
 */
function effectiveCount(distribution: Distribution, limit: number, percentile: number): number | null {
  const counts = Object.entries(distribution.effectiveCounts ?? {}).flatMap(([key, count]) => {
    const level = Number(key.slice(1))
    const value = distribution[`p${level}`] ?? Infinity
    return level === percentile || (level > percentile && value <= limit) ? [{ level, count }] : []
  })
  const [nearest] = counts.sort((a, b) => b.level - a.level)
  return nearest?.count ?? null
}

function judgeErrors(
  slo: SloPlan | null,
  counts: Counts,
  confidence: number,
  prefix: string,
): readonly Judgement[] {
  const errors = errorCount(counts)
  const term = slo?.terms.find((one) => one.metric === 'errorRate')
  const limit = term?.limit ?? 0
  const reason = `${prefix}errors: ${formatShare(counts.due === 0 ? null : errors / counts.due)} of ${counts.due}${allowsErrors(slo) ? '' : ', and the SLO has no errorRate that allows any'}`
  if (errors === 0) return []
  const decision = judgeShare({ over: errors, count: counts.due, allowed: limit, confidence }).verdict
  return [{ decision, kind: 'error', reason }]
}

/**
 * Compares what settled with what was due, as far as it is more than requests in flight at both ends of the measurement
 * explain (three standard deviations of a difference of two such counts).
 */
function keepingUp(
  usable: readonly Trial[],
  parts: readonly Metrics[],
  prefix: string,
): readonly Judgement[] {
  let due = 0
  let done = 0
  let noise = 0
  for (const [index, { phases }] of usable.entries()) {
    const part = parts[index]
    if (part === undefined || part.throughput === null || part.counts.due === 0) continue
    const seconds = (phases.measurement.until - phases.measurement.from) / 1e9
    due += part.counts.completed
    done += Math.min(part.counts.completed, part.throughput * seconds)
    noise += 2 * (part.inFlight.mean ?? 0) + 1
  }
  const behind = due - done
  if (due === 0 || done >= KEPT_UP * due || behind <= 3 * Math.sqrt(noise)) return []
  return [
    {
      decision: 'fail',
      kind: 'saturation',
      reason: `${prefix}only ${formatShare(done / due)} of the offered load was completed in its time`,
    },
  ]
}
