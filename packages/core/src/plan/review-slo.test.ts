import { expect, it } from 'vitest'
import { closed, planned, poisson } from '../../test/support/planned-case.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { Problems } from '../dsl/problems.ts'
import { parseSlo } from '../slo/parse-slo.ts'
import { reviewSlo } from './review-slo.ts'
import type { StreamPlan, TrialSettings } from './trial-plan.ts'

/** 100/s for 10 s. */
function review(
  slo: unknown,
  load: StreamPlan['load'] = poisson,
  settings: Partial<TrialSettings> = {},
): { readonly errors: readonly string[]; readonly warnings: readonly string[] } {
  const problems = new Problems()
  const { main } = planned('x', { load }).trial.streams
  if (main === undefined) throw new Error('The case has no stream main.')
  reviewSlo(problems, { ...DEFAULT_SETTINGS, ...settings }, { main: { ...main, slo: parseSlo(slo) } })
  const lines = (list: Problems['errors']): string[] => list.map(({ path, message }) => `${path}: ${message}`)
  return { errors: lines(problems.errors), warnings: lines(problems.warnings) }
}

it('refuses a rate that the load does not offer', () => {
  expect(review({ throughput: 101 }).errors).toEqual([
    'slo.throughput: 101/s can never be reached: the load offers 100/s at most.',
  ])
  expect(review({ goodput: 500 }).errors).toHaveLength(1)
  expect(review({ throughput: 90, goodput: 100 }).errors).toEqual([])
  expect(review({ throughput: 1e6 }, closed).errors).toEqual([])
})

it('warns of limits that cannot be missed', () => {
  expect(review({ p95: '40s' }).warnings).toEqual([
    'slo.responseTime.p95: 40.0 s is longer than the timeout, 30.0 s: a request never takes that long.',
  ])
  expect(review({ p50: '50ms', p95: '20ms' }).warnings).toEqual([
    'slo.responseTime.p50: 50.0 ms always holds where responseTime.p95 keeps to 20.0 ms.',
  ])
  expect(review({ p50: '20ms', p95: '50ms', firstByte: { p99: '1ms' } }).warnings).toEqual([])
})

it('says how many requests a percentile takes when far too few are to be expected', () => {
  expect(review({ 'p99.9': '50ms' }, poisson, { duration: 5e9 }).warnings).toEqual([
    'slo.responseTime.p99.9: about 500 requests cannot judge p99.9: it takes 20000 at least, 3.33 min at this rate.',
  ])
  expect(review({ 'p99.9': '50ms' }).warnings).toEqual([])
  expect(review({ p100: '1s' }).warnings).toEqual([])
  expect(review({ 'p99.9': '50ms' }, closed, { duration: 1e9 }).warnings).toEqual([])
})
