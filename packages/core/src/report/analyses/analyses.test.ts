import { describe, expect, it } from 'vitest'
import {
  latencies,
  planFixture,
  resultFixture,
  trialFixture,
  type TrialOptions,
} from '../../../test/result-fixture.ts'
import type { LoadPlan } from '../../arrival/load-plan.ts'
import type { TrialPlan, VersusPlan } from '../../plan/trial-plan.ts'
import { DEFAULT_COMPARISON } from '../comparison-settings.ts'
import { groupByCase, poolCase } from '../pool.ts'
import { isText } from '../render-tables.ts'
import type { AnalysisTable, RunResult, Trial } from '../result.ts'
import { analyseCases } from './analyse-cases.ts'
import { auditClosedLoops } from './little.ts'
import { analyseReliability } from './reliability.ts'
import { compareVersus } from './versus.ts'

const MS = 1e6

function resultOf(trials: readonly Trial[]): RunResult {
  return resultFixture(trials, groupByCase(trials).map(poolCase))
}
function withPlan(options: TrialOptions, edit: (plan: TrialPlan) => Partial<TrialPlan>): Trial {
  const trial = trialFixture(options)
  return { ...trial, plan: { ...trial.plan, ...edit(trial.plan) } }
}
function withLoad(options: TrialOptions, load: LoadPlan): Trial {
  return withPlan(options, ({ streams }) => ({
    streams: { main: { ...(streams['main'] as TrialPlan['streams'][string]), load } },
  }))
}
function closed(concurrency: number): LoadPlan {
  return { loop: 'closed', concurrency, requests: null, thinkTime: null as never }
}
function cell(table: AnalysisTable | undefined, row: number, column: string): unknown {
  return table?.rows[row]?.[table.columns.findIndex(({ name }) => name === column)]
}

describe('versus', () => {
  const PLAN: VersusPlan = { case: { protocol: 'http' }, against: { protocol: 'grpc' } }
  /** Both drift by 5 % from repeat to repeat; http is slower by a factor all the time. */
  const duel = (repeats: number, factor: number, batches: readonly number[] = [1]): RunResult =>
    resultOf(
      batches.flatMap((batch) =>
        Array.from({ length: repeats }, (_, repeat) => repeat).flatMap((repeat) =>
          ['http', 'grpc'].map((protocol) => {
            const drift = 1 + 0.05 * repeat
            const wobble = 1 + ((repeat * 7) % 5) / 1000
            const mean = 2 * MS * drift * (protocol === 'http' ? factor * wobble : 1)
            return withPlan({ case: { protocol, batch }, repeat, latencies: latencies(1000, mean) }, () => ({
              versus: PLAN,
            }))
          }),
        ),
      ),
    )

  it('finds in pairs what a drift would hide from two samples', () => {
    const [table] = compareVersus(duel(8, 1.08), DEFAULT_COMPARISON)
    expect(table?.title).toBe('mlp > closed loop: protocol=http,batch=1 against protocol=grpc,batch=1')
    expect(cell(table, 0, 'metric')).toBe('responseTime.p50')
    expect(cell(table, 0, 'verdict')).toBe('worse')
    expect(cell(table, 0, 'pairs')).toBe(8)
    // 2 / 2⁸, twice by Holm: throughput and errors are the same and no tests.
    expect(cell(table, 0, 'p')).toBeCloseTo(4 / 256, 12)
    expect(cell(table, 0, 'ratio')).toBeGreaterThan(1.075)
    expect(cell(table, 0, 'low')).toBeGreaterThan(1.07)
    expect(table?.rows.map((row) => row.at(-1))).toEqual(['worse', 'equivalent', 'equivalent', 'equivalent'])
    const [reverse] = compareVersus(duel(8, 0.8), DEFAULT_COMPARISON)
    expect(cell(reverse, 0, 'verdict')).toBe('better')
  })

  it('pairs every case with its opponent, and says when repeats are too few', () => {
    const [table] = compareVersus(duel(3, 2, [1, 8]), DEFAULT_COMPARISON)
    expect(table?.title).toBe('mlp > closed loop: protocol=http against protocol=grpc')
    expect(table?.rows.map((row) => row.slice(0, 2))).toContainEqual(['batch=8', 'responseTime.p99'])
    expect(cell(table, 0, 'verdict')).toBe('inconclusive')
    expect(table?.notes[0]).toContain(
      '4 tests at a level of 5 % need at least 8 pairs of repeats; there are 3.',
    )
  })

  it('compares every other case with one that is named alone', () => {
    const plan: VersusPlan = { against: { protocol: 'grpc' } }
    const made = duel(8, 2, [1, 8])
    const [table] = compareVersus(
      resultOf(made.trials.map((trial) => ({ ...trial, plan: { ...trial.plan, versus: plan } }))),
      DEFAULT_COMPARISON,
    )
    expect(table?.title).toBe('mlp > closed loop: every case against protocol=grpc')
    expect(new Set(table?.rows.map((row) => row[0]))).toEqual(
      new Set(['protocol=http,batch=1', 'protocol=http,batch=8']),
    )
    expect(cell(table, 0, 'ratio')).toBeCloseTo(2, 1)
  })

  it('leaves pairs out of which one is invalid, and notes repeats that did not run in turn', () => {
    const result = duel(8, 1.2)
    const broken = result.trials.map((trial) =>
      trial.repeat === 2 && trial.case['protocol'] === 'http'
        ? { ...trial, verdict: { validity: 'invalid' as const, reasons: [] } }
        : trial,
    )
    const order = (trials: readonly Trial[]) => ({
      cases: 'random' as const,
      interleave: 'within-server' as const,
      trials: trials.map(({ id }) => id),
    })
    const made = resultOf(broken)
    const [inTurn] = compareVersus(
      { ...made, run: { ...made.run, order: order(broken) } },
      DEFAULT_COMPARISON,
    )
    expect(cell(inTurn, 0, 'pairs')).toBe(7)
    expect(inTurn?.notes.join()).not.toContain('before or after')
    const sorted = broken.toSorted((a, b) =>
      String(a.case['protocol']).localeCompare(String(b.case['protocol'])),
    )
    const [blocks] = compareVersus(
      { ...made, run: { ...made.run, order: order(sorted) } },
      DEFAULT_COMPARISON,
    )
    expect(blocks?.notes.at(-1)).toContain("Set interleave: 'across-servers'")
  })

  it('says once what all single repeats have in common, and nothing of cases that were skipped', () => {
    const made = duel(1, 2, [1, 8])
    const trials = made.trials.map((trial) =>
      trial.case['batch'] === 8 && trial.case['protocol'] === 'http'
        ? { ...trial, state: 'skipped' as const }
        : trial,
    )
    const [table] = compareVersus(resultOf(trials), DEFAULT_COMPARISON)
    expect(table?.notes).toEqual([
      'Inconclusive: responseTime.p50, responseTime.p99, throughput, errorRate. One repeat says nothing about the next run: at least 6 are needed.',
    ])
  })

  it('leaves a case out that has no pair, and says so', () => {
    const made = duel(8, 2, [1, 8])
    const trials = made.trials.map((trial) => ({
      ...trial,
      ...(trial.case['batch'] === 8 && trial.case['protocol'] === 'http'
        ? { verdict: { validity: 'invalid' as const, reasons: [] } }
        : {}),
    }))
    const [table] = compareVersus(resultOf(trials), DEFAULT_COMPARISON)
    expect(cell(table, 0, 'pairs')).toBe(8)
    expect(table?.rows).toHaveLength(4)
    expect(table?.notes).toEqual([
      'protocol=http,batch=8 is left out: no repeat is valid both of it and of protocol=grpc,batch=8.',
    ])
  })

  it('has a table that says so when the cases were not measured, and none when nobody asks', () => {
    const one = withPlan({ case: { protocol: 'rest' } }, () => ({ versus: PLAN }))
    expect(compareVersus(resultOf([one]), DEFAULT_COMPARISON)[0]).toMatchObject({
      rows: [],
      notes: ['No case was measured that `versus` asks for.'],
    })
    expect(compareVersus(resultOf([trialFixture()]), DEFAULT_COMPARISON)).toEqual([])
  })
})

describe('reliability against load', () => {
  const level = (users: number, failed: number, options: TrialOptions = {}): Trial =>
    withLoad(
      {
        case: { users, model: 'a' },
        latencies: latencies(2000 - failed, users * MS),
        counts: { due: 2000, failed },
        failures: failed === 0 ? {} : { 'http-503': failed },
        ...options,
      },
      closed(users),
    )

  it('lists shares, kinds and p99 in the order of the load, and names the highest that is reliable', () => {
    const [table] = analyseReliability(resultOf([level(16, 5), level(1, 0), level(64, 300), level(4, 0)]))
    expect(table?.title).toBe('mlp > closed loop > model=a: reliability against users')
    expect(table?.rows.map((row) => row[0])).toEqual([1, 4, 16, 64])
    expect(cell(table, 3, 'failed')).toBe(0.15)
    expect(cell(table, 3, 'failure share')).toBe(0.15)
    expect(cell(table, 3, 'kinds')).toBe('300 http-503')
    expect(cell(table, 3, 'p99 with failures')).toBeNull()
    expect(cell(table, 0, 'p99 with failures')).toBe(cell(table, 0, 'p99'))
    // scipy: binomtest(5, 2000).proportion_ci(method='exact')
    expect(cell(table, 2, 'low')).toBeCloseTo(0.0008122, 6)
    expect(cell(table, 2, 'high')).toBeCloseTo(0.0058248, 6)
    expect(table?.notes[0]).toBe(
      'The highest load with a failure share under 1 %, with its whole interval, is 16 users.',
    )
    expect(table?.columns.map(({ name }) => name)).not.toContain('timed out')
  })

  it('uses the limit of the scenario, and does not trust a level above one that fails', () => {
    const slo = { terms: [{ metric: 'errorRate', limit: 0.05 }], deadline: null } as const
    const trials = [level(1, 0, { slo }), level(4, 90, { slo }), level(16, 5, { slo })]
    const [table] = analyseReliability(resultOf(trials))
    expect(table?.notes[0]).toContain('under 5 %, with its whole interval, is 1 user.')
    expect(table?.notes[0]).toContain('not monotone')
    const [none] = analyseReliability(resultOf([level(1, 500), level(2, 500), level(3, 0)]))
    expect(none?.notes[0]).toContain('No level shows')
    const [all] = analyseReliability(resultOf([level(1, 0), level(2, 0), level(3, 0)]))
    expect(all?.notes[0]).toContain('the highest is 3 users, and the limit lies above it')
  })

  it('widens intervals by the spread between repeats', () => {
    const trials = [1, 2, 3].flatMap((users) =>
      [0, 40, 5].map((failed, repeat) => level(users, failed, { repeat })),
    )
    const [table] = analyseReliability(resultOf(trials))
    expect(cell(table, 0, 'due')).toBe(6000)
    expect(cell(table, 0, 'high')).toBeGreaterThan(0.03)
    expect(table?.notes[1]).toContain('widened by the spread')
  })

  it('takes rates as well, and needs three levels of one axis', () => {
    const rate = (value: number): Trial => trialFixture({ case: { rate: value }, rate: value })
    const [table] = analyseReliability(resultOf([rate(100), rate(200), rate(300)]))
    expect(table?.columns[0]).toMatchObject({ name: 'rate', unit: '1/s' })
    expect(analyseReliability(resultOf([rate(100), rate(200)]))).toEqual([])
    const batches = [1, 2, 4].map((batch) => trialFixture({ case: { batch } }))
    expect(analyseReliability(resultOf(batches))).toEqual([])
    expect(analyseReliability(resultOf([]))).toEqual([])
  })
})

describe("the articles' formulas", () => {
  it('stand beside the measured throughput with the factor that links them', () => {
    // Four users, one server of 10 ms: X = 100/s, W = 40 ms; 1 ÷ W says 25/s, wrong by the 4 in flight.
    const trial = {
      ...withLoad({ latencies: Array.from({ length: 1000 }, () => 40 * MS) }, closed(4)),
      throughput: 100,
      inFlight: { mean: 4, max: 4 },
      items: { perRequest: 8, throughput: 800 },
    }
    const table = auditClosedLoops(resultOf([trial]))
    expect(table?.rows).toEqual([['mlp > closed loop', 4, 100, 25, 4, 1, 800, 200]])
  })

  it('are not about open loops', () => {
    expect(planFixture().streams['main']?.load.loop).toBe('open')
    expect(auditClosedLoops(resultOf([trialFixture()]))).toBeNull()
    expect(analyseCases(resultOf([trialFixture()]), DEFAULT_COMPARISON).filter(isText)).toEqual([])
  })
})
