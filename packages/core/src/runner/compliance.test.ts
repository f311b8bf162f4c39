import { describe, expect, it } from 'vitest'
import { Problems } from '../dsl/problems.ts'
import { planLoad } from '../dsl/loads/definitions.ts'
import { multiStream, offline, poissonServer, singleStream } from '../dsl/loads/mlperf.ts'
import { poisson } from '../dsl/loads/poisson.ts'
import type { LoadPlan } from '../arrival/load-plan.ts'
import type { Certificate, Metrics } from '../report/result.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { certificateNotes } from './certificate-notes.ts'
import { complianceOf } from './compliance.ts'

const planOf = (load: unknown): LoadPlan => planLoad(load, 'load', new Problems())?.plan as LoadPlan

const metricsOf = (due: number, completed = due, perRequest = 1): Metrics =>
  ({ counts: { due, completed }, items: { perRequest }, offeredLoad: due / 600 }) as unknown as Metrics

const CERTIFICATE: Certificate = {
  rule: 'certified',
  percentile: 90,
  verdict: 'certified',
  confidence: 0.99,
  limit: null,
  count: 2000,
  over: null,
  effectiveCount: 1800,
  looks: 1,
  measured: 5 * MILLISECOND,
  interval: [4.8 * MILLISECOND, 5.2 * MILLISECOND],
  bound: 5.3 * MILLISECOND,
  halfWidth: null,
  more: 0,
  independent: { verdict: 'undecided', clean: 0, chance: null, estimate: 5.2 * MILLISECOND },
}

const brokenOf = (evidence: Parameters<typeof complianceOf>[0]): readonly string[] =>
  (complianceOf(evidence)?.rules ?? []).filter(({ kept }) => !kept).map(({ rule }) => rule)

describe('complianceOf', () => {
  it('has nothing to say of other loads', () => {
    const metrics = metricsOf(100)
    expect(
      complianceOf({ loads: [planOf(poisson({ rate: 5 }))], metrics, certificate: null, duration: SECOND }),
    ).toBeNull()
  })

  it('finds a SingleStream run that keeps all but the accuracy run', () => {
    const evidence = {
      loads: [planOf(singleStream())],
      metrics: metricsOf(2000),
      certificate: CERTIFICATE,
      duration: 600 * SECOND,
    }
    expect(brokenOf(evidence)).toEqual(['accuracy'])
    expect(complianceOf(evidence)?.metric).toEqual({
      name: 'p90 response time, early-stopping estimate',
      value: 5.2 * MILLISECOND,
      unit: 'ns',
    })
    const [, note] = certificateNotes(CERTIFICATE, complianceOf(evidence))
    expect(note).toMatchObject({ code: 'mlperf', severity: 'note' })
    expect(note?.message).toBe(
      'As MLPerf SingleStream, 6 of 7 rules were kept; not: accuracy (an accuracy run within its limit; here none).',
    )
    expect(note?.advice).toContain('Not an official MLPerf result')
  })

  it('finds every rule that was broken', () => {
    expect(
      brokenOf({
        loads: [planOf(multiStream({ percentile: 95 }))],
        metrics: metricsOf(500, 499, 1),
        certificate: null,
        duration: 599 * SECOND,
      }),
    ).toEqual([
      'least duration',
      'least queries',
      'every query answered',
      'samples per query',
      'percentile',
      'early stopping',
      'accuracy',
    ])
  })

  it('judges Server against its limit, and wants one', () => {
    const load = planOf(poissonServer({ rate: 100, limit: '15ms' }))
    const evidence = { loads: [load], metrics: metricsOf(60_000), duration: 600 * SECOND }
    const judged = (verdict: 'pass' | 'fail') => ({
      ...CERTIFICATE,
      limit: 15 * MILLISECOND,
      percentile: 99,
      independent: { verdict, clean: 0, chance: 0 },
    })
    expect(brokenOf({ ...evidence, certificate: judged('pass') })).toEqual(['accuracy'])
    expect(brokenOf({ ...evidence, certificate: judged('fail') })).toEqual(['early stopping', 'accuracy'])
    const free = planOf(poissonServer({ rate: 100 }))
    expect(brokenOf({ ...evidence, loads: [free], certificate: null })).toEqual(['latency bound', 'accuracy'])
  })

  it('counts the samples of Offline', () => {
    const loads = [planOf(offline({ batch: 32 }))]
    const evidence = { loads, metrics: metricsOf(768, 768, 32), certificate: null, duration: 600 * SECOND }
    expect(brokenOf(evidence)).toEqual(['accuracy'])
    expect(complianceOf(evidence)?.metric).toEqual({
      name: 'samples per second',
      value: (768 * 32) / 600,
      unit: '1/s',
    })
  })
})

describe('certificateNotes', () => {
  const messageOf = (part: Partial<Certificate>): string =>
    certificateNotes({ ...CERTIFICATE, ...part }, null)[0]?.message ?? ''
  const limit = { limit: 50 * MILLISECOND, over: 3, percentile: 99 }

  it('says what is proven, disproven or open', () => {
    expect(messageOf({ ...limit, verdict: 'pass' })).toBe(
      'p99 ≤ 50.0 ms is certified at 99 % confidence from 2000 requests, 3 of them over it.',
    )
    expect(messageOf({ ...limit, verdict: 'fail' })).toContain('is disproven')
    expect(messageOf({ ...limit, verdict: 'undecided' })).toContain('is neither proven nor disproven')
    expect(messageOf({})).toBe(
      'p90 is 5.00 ms, certified at 99 % confidence to be at most 5.30 ms, from 2000 requests.',
    )
    expect(messageOf({ bound: null, verdict: 'undecided' })).toContain('too few to certify a bound')
    expect(messageOf({ rule: 'precise', halfWidth: 0.04 })).toBe(
      'p90 is known to ± 4.0 % from 2000 requests.',
    )
    expect(messageOf({ rule: 'precise', halfWidth: null, verdict: 'undecided' })).toContain('not bounded')
  })

  it('says how many more requests it takes', () => {
    const advice = (more: number | null) =>
      certificateNotes({ ...CERTIFICATE, verdict: 'undecided', more }, null)[0]?.advice
    expect(advice(120)).toContain('About 120 more requests')
    expect(advice(null)).toContain('too close')
  })
})
