import { describe, expect, it } from 'vitest'
import { claims, type FaultTrial, type Run } from './claims.ts'
import { FAULTS, type FaultCase } from './faults.ts'

const empty = {
  count: 0,
  mean: null,
  min: null,
  max: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  'p99.9': null,
}
const distribution = (values: Partial<FaultTrial['responseTime']>): FaultTrial['responseTime'] => ({
  unit: 'ns',
  method: 'exact',
  intervals: {},
  why: {},
  effectiveCount: null,
  hdr: null,
  ...empty,
  ...values,
})

const reset = FAULTS.find(({ name }) => name === 'reset inside the body') as FaultCase
const refused = FAULTS.find(({ program }) => program === null) as FaultCase

const honest: FaultTrial = {
  state: 'completed',
  counts: {
    due: 103,
    sent: 103,
    completed: 82,
    failed: 21,
    timedOut: 0,
    dropped: 0,
    censored: 0,
    incorrect: 0,
    checked: 0,
    retried: 0,
    late: 0,
  },
  failures: { reset: 21 },
  throughput: 27,
  goodput: 27,
  responseTime: distribution({ count: 82, p50: 1.2e6 }),
  responseTimeWithFailures: distribution({ count: 103, p50: 1.3e6 }),
  failedResponseTime: distribution({ count: 21, min: 300.5e6 }),
}

function broken(trial: Partial<FaultTrial> | null, run: Partial<Run> = {}): string[] {
  const all = claims({
    fault: reset,
    exitCode: 1,
    wallSeconds: 4,
    seconds: 3,
    timeoutSeconds: 1,
    concurrency: 4,
    trial: trial === null ? null : { ...honest, ...trial },
    ...run,
  })
  return all.filter(({ holds }) => !holds).map(({ claim }) => claim)
}

describe('claims', () => {
  it('all hold for an honest tool', () => {
    expect(broken({})).toEqual([])
  })

  it.each<[string, Partial<FaultTrial>, Partial<Run>]>([
    ['exits with 1', {}, { exitCode: 0 }],
    ['ends in time', {}, { wallSeconds: 30 }],
    ['says how they failed', { failures: { unknown: 21 } }, {}],
    ['keeps them out of the throughput', { throughput: 103 / 3 }, {}],
    ['still counts the good ones in the throughput', { throughput: 5, goodput: 5 }, {}],
    ['keeps them out of goodput', { goodput: 103 / 3 }, {}],
    [
      'has as many response times as completed requests',
      { responseTime: distribution({ count: 103, p50: 1e6 }) },
      {},
    ],
    [
      'says that a tenth of the requests has no response time',
      { responseTimeWithFailures: distribution({ p90: 3e8 }) },
      {},
    ],
    ['keeps their times out of the good ones', { responseTime: distribution({ count: 82, p50: 3e8 }) }, {}],
    ['tells their times apart', { failedResponseTime: distribution({ count: 21, min: 1e6 }) }, {}],
  ])('notice what does not: %s', (claim, trial, run) => {
    expect(broken(trial, run)).toEqual([claim])
  })

  it('notice requests that are lost, or counted as good', () => {
    expect(broken({ counts: { ...honest.counts, failed: 5 } })).toContain(
      'gives every due request one outcome',
    )
    const sunny = { ...honest.counts, completed: 103, failed: 0 }
    expect(broken({ counts: sunny })).toEqual(
      expect.arrayContaining(['counts the bad ones as failed', 'counts no good one as bad']),
    )
  })

  it('notice a tool that prints nothing', () => {
    expect(broken(null, { exitCode: 0 })).toEqual(['exits with 1', 'prints a trial'])
  })

  it('make no throughput out of refused connections', () => {
    const nothing: FaultTrial = {
      ...honest,
      counts: { ...honest.counts, due: 500, completed: 0, failed: 500 },
      failures: { refused: 500 },
      throughput: 0,
      goodput: 0,
      responseTime: distribution({}),
      failedResponseTime: distribution({ count: 500, min: 20_000 }),
    }
    expect(broken(nothing, { fault: refused, exitCode: 4 })).toEqual([])
    expect(broken({ ...nothing, throughput: 47_160 }, { fault: refused, exitCode: 0 })).toEqual([
      'exits with 4',
      'keeps them out of the throughput',
    ])
  })

  it('accept a trial that failed at its first look at the target', () => {
    const none: FaultTrial = {
      ...honest,
      state: 'failed',
      counts: { ...honest.counts, due: 0, completed: 0, failed: 0 },
      failures: {},
      throughput: null,
      goodput: null,
      responseTime: distribution({}),
      responseTimeWithFailures: distribution({}),
    }
    expect(broken(none, { fault: refused, exitCode: 4 })).toEqual([])
    expect(broken({ ...none, state: 'completed' }, { fault: refused, exitCode: 4 })).toEqual([
      'was asked something, or says that it failed',
    ])
  })
})
