import { describe, expect, it } from 'vitest'
import { certified, readStopRule } from '../dsl/stop-rule.ts'
import { Problems } from '../dsl/problems.ts'
import type { StopRulePlan } from '../plan/trial-plan.ts'
import { drawExponential } from '../stats/draws/exponential.ts'
import { Random } from '../stats/prng.ts'
import { steadyQueue, steadyQueuePercentile } from '../testing/simulation/steady-queue.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { certify } from './certificate.ts'
import { StopWatch } from './stop-watch.ts'

function ruleOf(value: unknown): StopRulePlan {
  const problems = new Problems()
  const plan = readStopRule(problems, 'until', value)
  expect(problems.errors).toEqual([])
  return plan as unknown as StopRulePlan
}

/** Independent response times, in ms, with mean 1. */
function independent(count: number, seed: number): Float64Array {
  const random = new Random([seed, 2, 7, 1])
  return Float64Array.from({ length: count }, () => drawExponential(random) * MILLISECOND)
}

/** Percentiles of an exponential with mean 1 ms. */
const P99 = -Math.log(0.01) * MILLISECOND
const P90 = -Math.log(0.1) * MILLISECOND

describe('a certificate against a limit', () => {
  const rule = ruleOf(certified({ percentile: 99, limit: '10ms' }))

  it('passes with MLPerf’s numbers where it is the only look', () => {
    const at = (count: number, over: number) =>
      certify(
        rule,
        Float64Array.from(
          { length: count },
          (_, i) => (i % 331 === 7 && i < over * 331 ? 20 : 5) * MILLISECOND,
        ),
        0,
      )
    expect(at(459, 0).independent).toEqual({ verdict: 'pass', clean: 0, chance: expect.closeTo(0.0099, 4) })
    expect(at(458, 0).independent).toMatchObject({ verdict: 'undecided', clean: 1 })
    expect(at(662, 1)).toMatchObject({ over: 1, independent: { verdict: 'pass', clean: 0 } })
    // The first of many looks has half of the error to spend: 528 without any over the limit.
    expect(at(527, 0).verdict).toBe('undecided')
    expect(at(527, 0).more).toBe(1)
    expect(at(528, 0)).toMatchObject({ verdict: 'pass', more: 0, confidence: 0.99, limit: 10 * MILLISECOND })
  })

  it('takes what did not complete for +∞', () => {
    const samples = Float64Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? Infinity : MILLISECOND))
    expect(certify(rule, samples, 0)).toMatchObject({ verdict: 'fail', over: 50, measured: null, more: 0 })
  })

  it('knows nothing of nothing', () => {
    expect(certify(rule, new Float64Array(0), 0)).toMatchObject({
      verdict: 'undecided',
      measured: null,
      interval: null,
      count: 0,
      more: 528,
    })
  })

  it('wants more requests where they depend on each other', () => {
    const limit = steadyQueuePercentile(99, 0.9)
    const queue = steadyQueue(20_000, 0.9, new Random([1, 1, 2, 3])).map((time) => time * MILLISECOND)
    const close = { ...rule, limit: 1.5 * limit * MILLISECOND } as StopRulePlan
    const found = certify(close, queue, 0)
    expect(found.effectiveCount).toBeLessThan(1000)
    expect(found.independent?.verdict).toBe('pass')
    expect(found.verdict).toBe('undecided')
    expect(found.more).toBeGreaterThan(0)
    expect(certify({ ...close, dependence: 'ignored' } as StopRulePlan, queue, 0).verdict).toBe('pass')
  })

  it('passes a server that just misses its limit in at most 1 % of trials, though it looks often', () => {
    const exact = { ...rule, limit: P99 } as StopRulePlan
    let passes = 0
    let fails = 0
    for (let seed = 0; seed < 300; seed++) {
      const { verdict } = runOf(exact, independent(8000, seed))
      if (verdict === 'pass') passes += 1
      if (verdict === 'fail') fails += 1
    }
    // Each error has 1 %: at most 3 expected of 300, 9 in all but one of a thousand repetitions.
    expect(passes).toBeLessThan(9)
    expect(fails).toBeLessThan(9)
  })

  it('passes and fails soon where the limit is far', () => {
    const far = runOf({ ...rule, limit: 2 * P99 } as StopRulePlan, independent(20_000, 1))
    expect(far).toMatchObject({ verdict: 'pass' })
    expect(far.count).toBeLessThan(2000)
    const near = runOf({ ...rule, limit: 0.5 * P99 } as StopRulePlan, independent(20_000, 1))
    expect(near).toMatchObject({ verdict: 'fail' })
    expect(near.count).toBeLessThan(2000)
  })
})

/** Looks at ever more of the samples, as the aide does, until there is a verdict. */
function runOf(rule: StopRulePlan, samples: Float64Array) {
  const watch = new StopWatch({ rule, minimum: 0 })
  for (let count = 1; count <= samples.length; count++) {
    if (!watch.isDue(count)) continue
    const found = watch.look(samples.subarray(0, count), SECOND)
    if (found.verdict !== 'undecided') return found
  }
  return watch.finish(samples)
}

describe('a certificate without a limit', () => {
  const rule = ruleOf(certified({ percentile: 90, margin: 0.1 }))

  it('has no bound below the least number, and then one above the percentile', () => {
    expect(certify(rule, independent(60, 3), 0)).toMatchObject({ bound: null, verdict: 'undecided' })
    expect(certify(rule, independent(63, 3), 0).independent?.estimate).toBeNull()
    const sorted = independent(64, 3).sort()
    expect(certify(rule, independent(64, 3), 0).independent?.estimate).toBe(sorted[63])
  })

  it('ends when the bound is close, and the bound holds', () => {
    let under = 0
    for (let seed = 0; seed < 100; seed++) {
      const found = runOf(rule, independent(20_000, seed))
      expect(found.verdict).toBe('certified')
      expect((found.bound as number) / (found.measured as number)).toBeLessThanOrEqual(1.1)
      if ((found.bound as number) < P90) under += 1
    }
    expect(under).toBeLessThan(5)
  })
})

describe('a precise percentile', () => {
  it('ends when the interval is narrow, and tells how much is missing before', () => {
    const rule = ruleOf({ percentile: 50, halfWidth: 0.05 })
    const early = certify(rule, independent(300, 5), 0)
    expect(early.verdict).toBe('undecided')
    expect(early.more).toBeGreaterThan(300)
    const found = runOf(rule, independent(20_000, 5))
    expect(found).toMatchObject({ verdict: 'certified', rule: 'precise', more: 0, independent: null })
    expect(found.halfWidth).toBeLessThanOrEqual(0.05)
    // ± 1.96 √(n/4) ranks at a density of 1/2 per mean: about 3200 requests.
    expect(found.count).toBeGreaterThan(1500)
    expect(found.count).toBeLessThan(6000)
  })
})

describe('the watch', () => {
  it('looks rarely, and not to decide before the shortest measurement is over', () => {
    const rule = ruleOf(certified({ percentile: 90, limit: '10ms', dependence: 'ignored' }))
    const watch = new StopWatch({ rule, minimum: SECOND })
    const samples = independent(1000, 1)
    expect(watch.isDue(50)).toBe(false)
    expect(watch.isDue(51)).toBe(true)
    expect(watch.look(samples.subarray(0, 51), 0.5 * SECOND).verdict).toBe('undecided')
    expect(watch.isDue(60)).toBe(false)
    expect(watch.isDue(62)).toBe(true)
    expect(watch.look(samples.subarray(0, 62), SECOND)).toMatchObject({ verdict: 'pass', looks: 1 })
    expect(watch.isDue(1000)).toBe(false)
    expect(watch.finish(samples)).toMatchObject({ verdict: 'pass', looks: 1, count: 1000 })
  })

  it('waits for the least number of requests', () => {
    const rule = ruleOf(certified({ percentile: 90, limit: '10ms', requests: 500 }))
    expect(new StopWatch({ rule, minimum: 0 }).isDue(499)).toBe(false)
    expect(new StopWatch({ rule, minimum: 0 }).isDue(500)).toBe(true)
  })
})

describe('readStopRule', () => {
  const errorsOf = (value: unknown): string[] => {
    const problems = new Problems()
    readStopRule(problems, 'until', value)
    return problems.errors.map(({ path, message }) => `${path}: ${message}`)
  }

  it('fills in what is not said', () => {
    expect(ruleOf(certified({ percentile: 99 }))).toEqual({
      rule: 'certified',
      percentile: 99,
      limit: null,
      confidence: 0.99,
      margin: 0.1,
      dependence: 'measured',
      maximum: 600 * SECOND,
    })
  })

  it('tells all that is wrong at once', () => {
    expect(errorsOf({ percentile: 0, halfWidth: -1, limit: '5ms', typo: 1 }).length).toBe(4)
    expect(errorsOf(certified({ percentile: 99, limit: '5ms', margin: 0.2 }))).toEqual([
      'until.margin: is for a percentile without a limit.',
    ])
    expect(errorsOf({ rule: 'certified', percentile: 99, halfWidth: 0.1 })[0]).toContain('until.halfWidth')
    expect(errorsOf('p99').length).toBe(1)
    expect(errorsOf({ percentile: 50 }).length).toBe(1)
  })
})
