import type { Trial } from '../../packages/core/src/report/result.ts'
import { BAD_AFTER_MILLIS, EVERY, type FaultCase } from './faults.ts'

/** The part of a `Trial` that the claims look at. */
export type FaultTrial = Pick<
  Trial,
  | 'state'
  | 'counts'
  | 'failures'
  | 'throughput'
  | 'goodput'
  | 'responseTime'
  | 'responseTimeWithFailures'
  | 'failedResponseTime'
>

export interface Run {
  readonly fault: FaultCase
  readonly exitCode: number
  readonly wallSeconds: number
  readonly seconds: number
  readonly timeoutSeconds: number
  readonly concurrency: number
  /** What was printed; `null` when it was no JSON. */
  readonly trial: FaultTrial | null
}

export interface Claim {
  readonly claim: string
  readonly holds: boolean
  /** What was found instead. */
  readonly found: string
}

/** Starting up, and the time that the tool may take to drain. */
const GRACE_SECONDS = 12

/**
 * What a right tool says about a server of which every fifth answer is bad. The load has no warm-up, so that the
 * population is the first `due` requests, and a fifth of those is bad, give or take those in flight at the end.
 */
export function claims(run: Run): Claim[] {
  const { fault, trial, concurrency } = run
  const list: Claim[] = [
    claim(`exits with ${fault.exitCode}`, run.exitCode === fault.exitCode, run.exitCode),
    claim(
      'ends in time',
      run.wallSeconds <= run.seconds + run.timeoutSeconds + GRACE_SECONDS,
      `${run.wallSeconds} s`,
    ),
    claim('prints a trial', trial !== null, 'no JSON'),
  ]
  if (trial === null) return list
  const { counts, failures, responseTime } = trial
  const { due, completed, failed, timedOut, dropped, censored } = counts
  const bad = fault.outcome === 'failed' ? failed : timedOut
  const expectedBad = fault.program === null ? due : Math.floor(due / EVERY)
  const kinds = Object.entries(failures)
  const throughput = trial.throughput ?? 0
  list.push(
    claim('was asked something, or says that it failed', due > 0 || trial.state === 'failed', due),
    claim(
      'gives every due request one outcome',
      due === completed + failed + timedOut + dropped + censored,
      JSON.stringify(counts),
    ),
    claim(
      `counts the bad ones as ${fault.outcome}`,
      Math.abs(bad - expectedBad) <= concurrency,
      `${bad} of ${due}, expected ${expectedBad}`,
    ),
    claim(
      'counts no good one as bad',
      Math.abs(completed - (due - expectedBad)) <= concurrency,
      `${completed} of ${due}`,
    ),
    claim(
      'says how they failed',
      kinds.every(([kind, count]) => count === 0 || fault.kinds.includes(kind)),
      JSON.stringify(failures),
    ),
    claim('keeps them out of the throughput', throughput * run.seconds <= completed + 1, `${throughput}/s`),
    claim(
      'still counts the good ones in the throughput',
      throughput * run.seconds >= completed - concurrency - 1,
      `${throughput}/s`,
    ),
    claim(
      'keeps them out of goodput',
      (trial.goodput ?? 0) * run.seconds <= completed + 1,
      `${trial.goodput}/s`,
    ),
    claim(
      'has as many response times as completed requests',
      responseTime.count === completed,
      responseTime.count,
    ),
    claim(
      'says that a tenth of the requests has no response time',
      trial.responseTimeWithFailures.p90 === null,
      trial.responseTimeWithFailures.p90,
    ),
  )
  if (fault.program !== null) {
    const limit = BAD_AFTER_MILLIS * 1e6
    list.push(
      claim(
        'keeps their times out of the good ones',
        (responseTime.p50 ?? Infinity) < limit / 2,
        responseTime.p50,
      ),
    )
    if (fault.outcome === 'failed') {
      const least = trial.failedResponseTime.min ?? 0
      list.push(claim('tells their times apart', least >= limit * 0.99, least))
    }
  }
  return list
}

function claim(text: string, holds: boolean, found: string | number | null): Claim {
  return { claim: text, holds, found: String(found) }
}
