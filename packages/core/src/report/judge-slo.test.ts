import { expect, it } from 'vitest'
import { latencies, metricsFixture } from '../../test/result-fixture.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import { judgeStreams } from './judge-slo.ts'
import type { Certificate, SloResult } from './result.ts'

const MS = 1e6
const SLO: SloPlan = {
  terms: [
    { metric: 'responseTime', statistic: { percentile: 99 }, limit: 50 * MS },
    { metric: 'responseTime', statistic: 'max', limit: 1000 * MS },
  ],
  deadline: 50 * MS,
}
const PASS = { verdict: 'pass', percentile: 99, limit: 50 * MS, confidence: 0.99 } as Certificate

/** Too few requests for the interval of a p99. */
function judge(certificates: readonly (Certificate | null)[], several = false): SloResult | null {
  const metrics = metricsFixture({ latencies: latencies(60, 2 * MS) })
  return judgeStreams([{ name: 'main', slo: SLO, metrics, parts: [metrics] }], several, {}, certificates)
}
const verdicts = (...args: Parameters<typeof judge>): unknown =>
  judge(...args)?.terms.map((one) => one.verdict)

it('judges a limit that a measurement has certified by its certificate', () => {
  expect(verdicts([])).toEqual(['undecided', 'pass'])
  expect(judge([PASS])?.terms[0]).toMatchObject({
    verdict: 'pass',
    reason: 'certified at 99 % confidence',
  })
  expect(judge([PASS])?.verdict).toBe('pass')
  expect(judge([{ ...PASS, verdict: 'fail' }])?.verdict).toBe('fail')
})

it('only by one of this percentile and limit that has decided, and on which all repeats agree', () => {
  expect(verdicts([{ ...PASS, percentile: 90 }])).toEqual(['undecided', 'pass'])
  expect(verdicts([{ ...PASS, limit: 40 * MS }])).toEqual(['undecided', 'pass'])
  expect(verdicts([{ ...PASS, limit: null, verdict: 'certified' }])).toEqual(['undecided', 'pass'])
  expect(verdicts([{ ...PASS, verdict: 'undecided' }])).toEqual(['undecided', 'pass'])
  expect(verdicts([PASS, null])).toEqual(['undecided', 'pass'])
  expect(verdicts([PASS, { ...PASS, verdict: 'fail' }])).toEqual(['undecided', 'pass'])
  expect(verdicts([PASS, PASS])).toEqual(['pass', 'pass'])
  expect(verdicts([PASS], true)).toEqual(['undecided', 'pass'])
})
