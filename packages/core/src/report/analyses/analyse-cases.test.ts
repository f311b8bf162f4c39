import { describe, expect, it } from 'vitest'
import { analysedResult, analysedTrial, closed, faultsOf } from '../../../test/support/analysed-cases.ts'
import { distribution, richResult } from '../../../test/result-fixture.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import { DEFAULT_COMPARISON } from '../comparison-settings.ts'
import { isText, layAnalysis } from '../render-tables.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { analyseCases } from './analyse-cases.ts'

/** Every axis that an analysis looks for. */
function matrix(): readonly Readonly<Record<string, Scalar>>[] {
  return ['cpu', 'gpu'].flatMap((device) =>
    [1, 2, 4].flatMap((batch) =>
      [16, 64, 256].flatMap((length) => [1, 4, 16].map((users) => ({ device, batch, length, users }))),
    ),
  )
}
function trialsOf(
  edit: (trial: Trial, index: number) => Trial = (trial) => trial,
  repeats = 1,
): readonly Trial[] {
  return Array.from({ length: repeats }, (_, repeat) => repeat).flatMap((repeat) =>
    matrix().map((at, index) =>
      edit(
        analysedTrial({
          case: at,
          repeat,
          items: at['batch'] as number,
          load: closed(at['users'] as number),
          time: 1e6 * (4 + (at['batch'] as number)) * (at['users'] as number),
        }),
        index,
      ),
    ),
  )
}
function analyse(result: RunResult): readonly AnalysisTable[] {
  const tables = analyseCases(result, DEFAULT_COMPARISON)
  expect(faultsOf(tables)).toEqual([])
  for (const table of tables.filter(isText)) {
    for (const line of layAnalysis(table, 100)) expect(line).not.toMatch(/NaN|Infinity|undefined|\[object/)
  }
  return tables
}

const NONE = distribution([])
const invalid = { code: 'x', severity: 'invalid', message: 'Bad.', advice: null } as const

/** A trial in which nothing is known. */
function blank(trial: Trial): Trial {
  return {
    ...trial,
    offeredLoad: null,
    throughput: null,
    goodput: null,
    rateIntervals: { throughput: null, goodput: null },
    items: { perRequest: null, throughput: null },
    responseTime: NONE,
    serviceTime: NONE,
    inFlight: { mean: null, max: null },
    server: null,
    energy: null,
    cost: null,
    static: null,
  }
}

describe('all analyses together', () => {
  it('find something in a full matrix, and every picture names columns that are there', () => {
    const names = new Set(analyse(analysedResult(trialsOf())).map(({ name }) => name))
    for (const name of ['batch-latency', 'batch-line', 'input-size', 'heatmap', 'load-curve', 'speed-up']) {
      expect(names).toContain(name)
    }
  })

  it('pair repeats', () => {
    expect(analyse(analysedResult(trialsOf((trial) => trial, 2))).length).toBeGreaterThan(5)
  })

  it.each([
    ['nothing is known of any trial', blank],
    [
      'nothing is known of every second trial',
      (trial: Trial, index: number) => (index % 2 === 0 ? blank(trial) : trial),
    ],
    [
      'all trials failed',
      (trial: Trial): Trial => ({
        ...blank(trial),
        state: 'failed',
        verdict: { validity: 'invalid', reasons: [invalid] },
        error: { code: 'X', message: 'It broke.', advice: null, detail: null },
      }),
    ],
    [
      'each trial has one request',
      (trial: Trial): Trial => ({
        ...trial,
        responseTime: distribution([5e6]),
        serviceTime: distribution([5e6]),
      }),
    ],
    [
      'times are 0',
      (trial: Trial): Trial => ({
        ...trial,
        responseTime: distribution([0, 0]),
        serviceTime: distribution([0, 0]),
        throughput: 0,
      }),
    ],
    ['there are no streams', (trial: Trial): Trial => ({ ...trial, plan: { ...trial.plan, streams: {} } })],
  ])('say nothing that is none when %s', (_, edit) => {
    analyse(analysedResult(trialsOf(edit)))
  })

  it('take cases without trials, and results without cases', () => {
    const result = analysedResult(trialsOf())
    analyse({ ...result, trials: [] })
    analyse({ ...result, cases: result.cases.map((one): CaseResult => ({ ...one, trials: [] })) })
    analyse({ ...result, cases: result.cases.map((one): CaseResult => ({ ...one, pooled: null })) })
    expect(analyse({ ...result, trials: [], cases: [] })).toEqual([])
  })

  it('take everything that can happen in one run', () => {
    analyse(richResult())
  })
})
