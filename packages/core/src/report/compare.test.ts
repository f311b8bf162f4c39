import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import {
  ENVIRONMENT,
  latencies,
  resultFixture,
  trialFixture,
  type TrialOptions,
} from '../../test/result-fixture.ts'
import { Random } from '../stats/prng.ts'
import { compareResults, isRefused } from './compare.ts'
import { compareMetrics, type MetricComparison } from './compare-metrics.ts'
import { poolCase } from './pool.ts'
import { renderComparison } from './render-comparison.ts'
import type { CaseResult, RunResult, Trial } from './result.ts'

const MS = 1e6

function runOf(...repeats: readonly TrialOptions[]): RunResult {
  const trials = repeats.map((one, repeat) => trialFixture({ ...one, repeat }))
  return resultFixture(trials, [poolCase(trials)])
}
function at(metrics: readonly MetricComparison[], name: string): MetricComparison {
  return metrics.find(({ metric }) => metric === name) as MetricComparison
}
const TEMPLATE = trialFixture({ latencies: latencies(100, MS) })
const TEMPLATE_CASE = poolCase([TEMPLATE])

/** Repeats that differ in throughput alone, and a case with a given pooled value. */
function withThroughputs(values: readonly number[], pooled: number): [CaseResult, Trial[]] {
  return [
    { ...TEMPLATE_CASE, pooled: { ...TEMPLATE, throughput: pooled } },
    values.map((throughput, repeat) => ({ ...TEMPLATE, throughput, repeat })),
  ]
}
function plain(text: string): readonly string[] {
  return text.split('\n')
}

/** With what a newer version has decided about energy and cost. */
function withEfficiency(settings: TrialSettings): TrialSettings {
  const { energy, cost } = DEFAULT_SETTINGS as Required<TrialSettings>
  return { ...settings, energy, cost }
}

describe('compareResults', () => {
  it('finds nothing between a result and itself', () => {
    const run = runOf({}, {}, {})
    const comparison = compareResults(run, run)
    expect(comparison).toMatchObject({ differences: [], forced: false, onlyInBase: [], onlyInOther: [] })
    const [one] = comparison.cases
    expect(one).toMatchObject({ refused: [], differences: [], repeats: { base: 3, other: 3 } })
    expect(at(one?.metrics ?? [], 'responseTime.p99')).toMatchObject({
      ratio: 1,
      difference: 0,
      method: 'repeats',
    })
    expect(isRefused(comparison)).toBe(false)
  })

  it('shows a change with its direction and interval', () => {
    const slower = [2.2, 2.21, 2.19].map((mean) => ({ latencies: latencies(4000, mean * MS) }))
    const base = [2, 2.01, 1.99].map((mean) => ({ latencies: latencies(4000, mean * MS) }))
    const p99 = at(
      compareResults(runOf(...base), runOf(...slower)).cases[0]?.metrics ?? [],
      'responseTime.p99',
    )
    expect(p99.ratio).toBeCloseTo(1.1, 2)
    expect(p99.better).toBe('lower')
    expect(p99.ratioInterval?.[0]).toBeGreaterThan(1.08)
    expect(p99.ratioInterval?.[1]).toBeLessThan(1.12)
  })

  it('matches cases by identity and lists the others', () => {
    const trials = (batches: readonly number[]): RunResult => {
      const all = batches.map((batch) => trialFixture({ case: { batch } }))
      return resultFixture(
        all,
        all.map((trial) => poolCase([trial])),
      )
    }
    const comparison = compareResults(trials([1, 8]), trials([8, 16]))
    expect(comparison.cases.map((one) => one.name)).toEqual(['mlp > closed loop > batch=8'])
    expect(comparison.onlyInBase).toEqual(['mlp > closed loop > batch=1'])
    expect(comparison.onlyInOther).toEqual(['mlp > closed loop > batch=16'])
    expect(() => compareResults(trials([1]), trials([2]))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_COMPARE' }),
    )
  })

  it('says that one repeat is not enough, and calls its intervals what they are', () => {
    const [one] = compareResults(runOf({}), runOf({ latencies: latencies(4000, 2.2 * MS) })).cases
    expect(one?.notes[0]).toContain('Not enough repeats')
    const p99 = at(one?.metrics ?? [], 'responseTime.p99')
    expect(p99.method).toBe('within')
    // Each side ±5 % at 95 %: together √2 · 5 %, on the logarithm.
    expect(Math.log(p99.ratioInterval?.[1] as number) - Math.log(p99.ratio as number)).toBeCloseTo(
      Math.SQRT2 * 0.05,
      3,
    )
  })

  it('notes few repeats and suspect measurements', () => {
    const suspect = {
      reasons: [{ code: 'foreign-cpu', severity: 'suspect', message: 'x', advice: null }],
    } as const
    expect(compareResults(runOf({}, {}, {}), runOf(suspect, suspect, suspect)).cases[0]?.notes).toEqual([
      'Few repeats (3 against 3): intervals are wide, and few changes can be told from chance.',
      'The other result is suspect.',
    ])
  })

  it('has no numbers for a case without a valid measurement', () => {
    const invalid = {
      reasons: [{ code: 'dispatched', severity: 'invalid', message: 'x', advice: null }],
    } as const
    const [one] = compareResults(runOf({}), runOf(invalid)).cases
    expect(one).toMatchObject({
      metrics: [],
      refused: ['The other result has no valid measurement of this case.'],
    })
    // Force does not conjure up numbers.
    expect(compareResults(runOf({}), runOf(invalid), { force: true }).cases[0]?.metrics).toEqual([])
  })

  describe('refuses, unless forced,', () => {
    const change = (run: RunResult, environment: Partial<RunResult['run']['environment']>): RunResult => ({
      ...run,
      run: { ...run.run, environment: { ...ENVIRONMENT, ...environment } },
    })
    const replan = (run: RunResult, edit: (plan: Trial['plan']) => Trial['plan']): RunResult => ({
      ...run,
      trials: run.trials.map((trial) => ({ ...trial, plan: edit(trial.plan) })),
    })
    const base = runOf({}, {})
    it.each([
      [
        'another engine',
        runOf({ engine: 'http1-undici' }, { engine: 'http1-undici' }),
        'The engines differ: http1-raw against http1-undici.',
      ],
      ['another rate', runOf({ rate: 500 }, { rate: 500 }), 'The plans differ in streams.main.load.rate: '],
      [
        'another processor',
        change(base, { cpu: { ...ENVIRONMENT.cpu, model: 'Other CPU' } }),
        'The machines differ in cpu.model: "Example CPU @ 2.40GHz" against "Other CPU".',
      ],
      ['another limit', change(base, { cpu: { ...ENVIRONMENT.cpu, limit: 2 } }), 'cpu.limit: null against 2'],
      ['other accelerators', change(base, { accelerators: [] }), 'accelerators: "Example GPU" against ""'],
      [
        'another duration',
        replan(base, (plan) => ({ ...plan, settings: { ...plan.settings, duration: 20e9 } })),
        'settings.duration: 10000000000 against 20000000000',
      ],
    ])('%s', (_, other, reason) => {
      const refused = compareResults(base, other)
      expect(refused.cases[0]?.metrics).toEqual([])
      expect(refused.cases[0]?.refused.join('\n')).toContain(reason)
      expect(isRefused(refused)).toBe(true)
      const forced = compareResults(base, other, { force: true })
      expect(forced.forced).toBe(true)
      expect(forced.cases[0]?.metrics.length).toBeGreaterThan(0)
    })

    it('but only notes what does not make the number', () => {
      const noted = replan(
        change(base, { node: 'v26.11.0', cpu: { ...ENVIRONMENT.cpu, governor: 'powersave', mhz: 1200 } }),
        (plan) => ({
          ...plan,
          seed: 'other',
          digest: 'e'.repeat(64),
          origins: {},
          tags: ['x'],
          settings: withEfficiency(plan.settings),
        }),
      )
      const comparison = compareResults(base, noted)
      expect(comparison.differences.map(({ path, blocking }) => [path, blocking])).toEqual([
        ['cpu.governor', false],
        ['node', false],
      ])
      expect(comparison.cases[0]?.differences.map(({ path, blocking }) => [path, blocking])).toEqual([
        ['digest', false],
      ])
      expect(comparison.cases[0]?.refused).toEqual([])
    })
  })
})

describe('compareMetrics', () => {
  // scipy 1.16, ttest_ind(equal_var=False).confidence_interval(0.95), on the values and on their logarithms.
  it('agrees with Welch’s interval as scipy computes it', () => {
    const [base, baseTrials] = withThroughputs([100, 104, 98, 103, 101], 101.2)
    const [other, otherTrials] = withThroughputs([110, 118, 112], 113.33333333333333)
    const throughput = at(compareMetrics(base, baseTrials, other, otherTrials), 'throughput')
    expect(throughput.differenceInterval?.[0]).toBeCloseTo(3.43796627079775, 9)
    expect(throughput.differenceInterval?.[1]).toBeCloseTo(20.8287003958689, 9)
    const [low, high] = throughput.ratioInterval as [number, number]
    expect(high / low).toBeCloseTo(1.2061543354826463 / 1.0393417883777591, 9)
    expect(Math.sqrt(low * high)).toBeCloseTo(113.33333333333333 / 101.2, 9)
  })

  it('covers the true ratio in about 95 of 100 comparisons', () => {
    const random = new Random([1, 2, 3, 4])
    const draw = (): number =>
      100 *
      Math.exp(0.03 * Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()))
    let covered = 0
    for (let run = 0; run < 300; run++) {
      const sides = [0, 1].map(() => {
        const values = Array.from({ length: 5 }, draw)
        return withThroughputs(values, values.reduce((sum, value) => sum + value, 0) / 5)
      }) as [[CaseResult, Trial[]], [CaseResult, Trial[]]]
      const [low, high] = at(compareMetrics(...sides[0], ...sides[1]), 'throughput').ratioInterval as [
        number,
        number,
      ]
      if (low <= 1 && 1 <= high) covered += 1
    }
    expect(covered / 300).toBeGreaterThan(0.91)
    expect(covered / 300).toBeLessThan(0.99)
  })

  it('does not invent bounds where a repeat has no value, or a base of zero', () => {
    const [base, baseTrials] = withThroughputs([100, 101], 100)
    const [other, otherTrials] = withThroughputs([100, 101], 100)
    const gap = otherTrials.map((trial) => ({ ...trial, throughput: null }))
    expect(at(compareMetrics(base, baseTrials, other, gap), 'throughput')).toMatchObject({
      method: 'none',
      ratioInterval: null,
    })
    expect(at(compareMetrics(base, baseTrials, other, otherTrials), 'errorRate')).toMatchObject({
      base: 0,
      other: 0,
      ratio: null,
      difference: 0,
      ratioInterval: null,
    })
  })
})

describe('renderComparison', () => {
  const repeats = (mean: number): readonly TrialOptions[] =>
    [0.99, 1, 1.01].map((factor) => ({ latencies: latencies(4000, mean * factor * MS) }))

  it.each([80, 40])('fits %i columns', (columns) => {
    const text = renderComparison(compareResults(runOf(...repeats(2)), runOf(...repeats(2.4))), {
      colors: false,
      columns,
    })
    for (const line of plain(text)) expect(line.length).toBeLessThanOrEqual(columns)
    expect(text).toContain('responseTime.p99')
    expect(text).toMatch(/responseTime\.p50.*\+20\.0 %/s)
  })

  it('names reasons and differences, and neutralises hostile text', () => {
    const other = runOf({ engine: '\u001b[2Jevil' })
    const text = renderComparison(compareResults(runOf({}), other), { colors: false, columns: 80 })
    expect(text).toContain('Not compared:')
    expect(text).toContain('The engines differ: http1-raw against \\x1b[2Jevil')
    expect(text).not.toContain('\u001b')
  })

  it('colours only changes that the repeats bear out', () => {
    const coloured = renderComparison(compareResults(runOf(...repeats(2)), runOf(...repeats(2.4))), {
      colors: true,
      columns: 80,
    })
    const line = (text: string, metric: string): string =>
      plain(text).find((one) => one.includes(metric)) as string
    expect(line(coloured, 'responseTime.p99 ')).toContain('\u001b[31m')
    expect(line(coloured, 'throughput')).not.toContain('\u001b[3')
    const single = renderComparison(
      compareResults(runOf({}), runOf({ latencies: latencies(4000, 9 * MS) })),
      { colors: true, columns: 80 },
    )
    expect(line(single, 'responseTime.p99 ')).not.toContain('\u001b[3')
    expect(line(single, 'responseTime.p99 ')).toContain('within')
  })
})
