import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture, type TrialOptions } from '../../test/result-fixture.ts'
import { drawNormal } from '../stats/draws/normal.ts'
import { Random } from '../stats/prng.ts'
import { compareResults, regressionsOf, type Comparison } from './compare.ts'
import { DEFAULT_COMPARISON, parseThresholds, readComparisonSettings } from './comparison-settings.ts'
import type { MetricJudgement } from './judge-change.ts'
import { poolCase } from './pool.ts'
import type { RunResult } from './result.ts'
import type { Problem } from '../errors/validation-error.ts'

const MS = 1e6
const SPREAD = [0.99, 1, 1.01, 0.995, 1.005]

function runOf(...repeats: readonly TrialOptions[]): RunResult {
  const trials = repeats.map((one, repeat) => trialFixture({ ...one, repeat }))
  return resultFixture(trials, [poolCase(trials)])
}
function around(mean: number, factors: readonly number[] = SPREAD): RunResult {
  return runOf(...factors.map((factor) => ({ latencies: latencies(2000, mean * factor * MS) })))
}
function judged(comparison: Comparison, metric: string): MetricJudgement {
  return comparison.cases[0]?.judgements.find((one) => one.metric === metric) as MetricJudgement
}

describe('the verdict of a comparison', () => {
  it('is a regression where five repeats on each side are 20 % slower', () => {
    const comparison = compareResults(around(5), around(6))
    expect(comparison.verdict).toBe('regression')
    const p50 = judged(comparison, 'responseTime.p50')
    expect(p50).toMatchObject({
      verdict: 'regression',
      threshold: 0.05,
      neededRepeats: null,
      cliffsDelta: 1,
      bootstrapScope: 'repeats',
    })
    expect(p50.estimate).toBeCloseTo(1.2, 3)
    expect(p50.pValue).toBeCloseTo(2 / 252, 12)
    // Throughput and errors are the same in every repeat, which no test can tell apart: two tests are left.
    expect(p50.adjustedP).toBeCloseTo(4 / 252, 12)
    expect(p50.bootstrap?.[0]).toBeGreaterThan(1.15)
    expect(judged(comparison, 'throughput').verdict).toBe('equivalent')
    expect(regressionsOf(comparison)[0]).toMatch(
      /^mlp > closed loop: responseTime\.p50 regressed: \+20\.0 %, more than 5 %, .*p = 0\.016 among 2 tests/,
    )
  })

  it('is an improvement the other way round, and equivalent against itself', () => {
    expect(compareResults(around(6), around(5)).verdict).toBe('improvement')
    const same = compareResults(around(5), around(5))
    expect(same.verdict).toBe('equivalent')
    expect(judged(same, 'responseTime.p99').reason).toMatch(/any change is below 10 %/)
    expect(regressionsOf(same)).toEqual([])
  })

  it('calls a change that is real and too small to matter equivalent', () => {
    const comparison = compareResults(around(5), around(5.15))
    expect(judged(comparison, 'responseTime.p50')).toMatchObject({ verdict: 'equivalent' })
    expect(judged(comparison, 'responseTime.p50').adjustedP).toBeLessThan(0.05)
    const strict = compareResults(around(5), around(5.15), {
      settings: {
        ...DEFAULT_COMPARISON,
        thresholds: { ...DEFAULT_COMPARISON.thresholds, 'responseTime.p50': 0.02 },
      },
    })
    expect(judged(strict, 'responseTime.p50').verdict).toBe('regression')
  })

  it('takes failures for a regression whatever the times are', () => {
    const broken = runOf(
      ...[18, 20, 22, 19, 21].map((failed) => ({
        latencies: latencies(2000, 4 * MS),
        counts: { due: 2000 + failed, failed },
      })),
    )
    const comparison = compareResults(around(5), broken)
    expect(judged(comparison, 'errorRate').verdict).toBe('regression')
    expect(judged(comparison, 'responseTime.p50').verdict).toBe('improvement')
    expect(comparison.verdict).toBe('regression')
  })

  it('says how many repeats are needed', () => {
    const noisy = [0.8, 1.15, 0.95, 1.3, 0.85]
    const p50 = judged(compareResults(around(5, noisy), around(5.4, noisy)), 'responseTime.p50')
    expect(p50.verdict).toBe('inconclusive')
    expect(p50.neededRepeats).toBeGreaterThan(10)
    expect(p50.reason).toMatch(new RegExp(`needs n ≈ ${p50.neededRepeats} repeats on each side`))
    const few = judged(
      compareResults(around(5, SPREAD.slice(0, 3)), around(9, SPREAD.slice(0, 3))),
      'responseTime.p50',
    )
    expect(few).toMatchObject({ verdict: 'inconclusive', interval: null, neededRepeats: 5 })
    expect(few.reason).toBe('2 tests at a level of 5 % need at least 5 repeats on each side; there are 3.')
  })

  it('says that one repeat speaks of itself alone', () => {
    const windows = [0.9, 1.1, 0.95, 1.05, 1, 1.02].map((factor, index) => ({
      ...(trialFixture().windows[0] as RunResult['trials'][number]['windows'][number]),
      from: index * 1e9,
      until: (index + 1) * 1e9,
      p50: factor * MS,
    }))
    const once = (mean: number): RunResult => {
      const run = around(mean, [1])
      return { ...run, trials: run.trials.map((trial) => ({ ...trial, windows })) }
    }
    const p50 = judged(compareResults(once(5), once(9)), 'responseTime.p50')
    expect(p50).toMatchObject({
      verdict: 'inconclusive',
      pValue: null,
      bootstrapScope: 'within-run',
      neededRepeats: 4,
    })
    expect(p50.bootstrap?.[0]).toBeGreaterThan(1.5)
    expect(p50.bootstrap?.[1]).toBeLessThan(2.1)
    expect(p50.reason).toContain('one repeat says nothing about the next run: at least 4 repeats')
  })

  it('judges goodput only where there is a deadline', () => {
    expect(judged(compareResults(around(5), around(5)), 'goodput')).toBeUndefined()
    const slo = { terms: [], deadline: 10 * MS }
    const run = runOf(...SPREAD.map(() => ({ slo })))
    expect(judged(compareResults(run, run), 'goodput').verdict).toBe('equivalent')
  })

  it('raises a false alarm in at most 5 % of comparisons of equals, over all metrics and cases', () => {
    const random = new Random([4, 3, 2, 1])
    const template = ['a', 'b'].flatMap((name) =>
      SPREAD.map((_, repeat) => ({
        ...trialFixture({ case: { name }, repeat, latencies: latencies(50, MS) }),
        windows: [],
      })),
    )
    const cases = [poolCase(template.slice(0, 5)), poolCase(template.slice(5))]
    const factor = (): number => Math.exp(0.2 * drawNormal(random))
    const draw = (): RunResult =>
      resultFixture(
        template.map((trial) => ({
          ...trial,
          throughput: 100 * factor(),
          responseTime: { ...trial.responseTime, p50: MS * factor(), p99: MS * factor() },
        })),
        cases,
      )
    let alarms = 0
    for (let round = 0; round < 100; round++) {
      const { verdict } = compareResults(draw(), draw())
      if (verdict === 'regression' || verdict === 'improvement') alarms += 1
    }
    // Binomial(100, 0.05) exceeds 12 with a probability of 0.1 %.
    expect(alarms).toBeLessThanOrEqual(12)
  })
})

describe('comparison settings', () => {
  it('take defaults for what is left out, and name all that is wrong', () => {
    const problems: Problem[] = []
    expect(readComparisonSettings(problems, { thresholds: { throughput: 0.02 } }, 'comparison')).toEqual({
      ...DEFAULT_COMPARISON,
      thresholds: { ...DEFAULT_COMPARISON.thresholds, throughput: 0.02 },
    })
    expect(problems).toEqual([])
    const wrong = { level: 0, power: 2, treshold: 1, thresholds: { p99: 0.1, throughput: -1 } }
    expect(readComparisonSettings(problems, wrong, 'comparison')).toBeUndefined()
    expect(problems.map(({ path }) => path)).toEqual([
      'comparison.treshold',
      'comparison.level',
      'comparison.power',
      'comparison.thresholds.p99',
      'comparison.thresholds.throughput',
    ])
    expect(readComparisonSettings(problems, 5, 'comparison')).toBeUndefined()
    expect(readComparisonSettings(problems, { thresholds: 5 }, 'comparison')).toBeUndefined()
  })

  it('are read from the command line', () => {
    const problems: Problem[] = []
    expect(parseThresholds(problems, ['throughput=5%', 'responseTime.p99=0.2'])).toEqual({
      throughput: 0.05,
      'responseTime.p99': 0.2,
    })
    expect(problems).toEqual([])
    parseThresholds(problems, ['throughput', 'throughput=-1'])
    expect(problems).toHaveLength(2)
  })
})
