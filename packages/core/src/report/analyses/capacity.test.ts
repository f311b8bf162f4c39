import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { P99, search as runSearch } from '../../../test/support/search.ts'
import { capacityPlan, readCapacityDemand } from '../../dsl/capacity-plan.ts'
import { Problems } from '../../dsl/problems.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import type { SearchResult } from '../search-result.ts'
import { machinesFor, planCapacities, planDemand } from './capacity.ts'

const MS = 1e6
const DEMAND = { demand: 10_000, headroom: 0.3, spares: 1 }

/** A search that a fast server passes everywhere, with another answer put in its place. */
function searched(
  answer: Partial<SearchResult['answer'] & object>,
  edit: Partial<SearchResult> = {},
): SearchResult {
  const one = runSearch({ slo: P99(50 * MS), from: 10, to: 20, confirm: false }, (load, seconds) => ({
    responseTimes: new Float64Array(Math.round(load * seconds)).fill(MS),
  }))
  if (one.answer === null) throw new Error('The search found nothing.')
  return { ...one, outcome: 'found', plan: DEMAND, answer: { ...one.answer, ...answer }, ...edit }
}
function resultOf(search: SearchResult, limit = 50 * MS): RunResult {
  const trial = trialFixture({ slo: P99(limit) })
  const answer = search.answer === null ? null : { ...search.answer, trials: [trial.id] }
  return { ...resultFixture([trial], []), searches: [{ ...search, answer }] }
}
function cell(table: AnalysisTable | undefined, row: number, column: string): unknown {
  return table?.rows[row]?.[table.columns.findIndex(({ name }) => name === column)]
}

describe('machines for a demand', () => {
  // The arithmetic of a published fleet: 10 000 queries per second, at 50 and at 1600 of them per machine, loaded to 70 %.
  it.each([
    [50, 286],
    [1600, 9],
  ])('at %d/s each and 30 % of headroom: %d machines', (each, machines) => {
    const [table] = planCapacities(resultOf(searched({ value: each, interval: [each, each * 1.02] })))
    expect(table?.name).toBe('capacity-plan')
    expect(cell(table, 0, 'per machine')).toBe(each)
    expect(cell(table, 0, 'machines')).toBe(machines)
    expect(cell(table, 0, 'in all')).toBe(machines + 1)
    expect(cell(table, 0, 'fewest')).toBe(Math.ceil(10_000 / (each * 1.02 * 0.7)))
  })

  it('does not round a whole number up', () => {
    expect(machinesFor(10_000, 50, 0)).toBe(200)
    expect(machinesFor(0.3, 0.1, 0)).toBe(3)
    expect(machinesFor(1, 1000, 0.5)).toBe(1)
    expect(machinesFor(10_001, 50, 0)).toBe(201)
  })

  it('takes the throughput where users were searched for', () => {
    const one = searched({ value: 8, throughput: 400, interval: [8, 9] }, { vary: 'concurrency' })
    const [table] = planCapacities(resultOf(one))
    expect(cell(table, 0, 'per machine')).toBe(400)
    expect(cell(table, 0, 'machines')).toBe(36)
    expect(cell(table, 0, 'fewest')).toBeNull()
  })

  it('is honest about answers that are none, or only bounds', () => {
    const of = (edit: Partial<SearchResult>): AnalysisTable | undefined =>
      planCapacities(resultOf(searched({ value: 50 }, edit)))[0]
    expect(of({ outcome: 'above-range' })?.notes[0]).toContain('so many machines are enough, fewer may be')
    expect(of({ outcome: 'non-monotone' })?.notes[0]).toContain('the end of the first range')
    for (const outcome of ['unconfirmed', 'interrupted', 'running'] as const) {
      const table = of({ outcome })
      expect(cell(table, 0, 'machines')).toBeNull()
      expect(table?.notes[0]).toContain(outcome)
    }
    expect(cell(of({ outcome: 'below-range', answer: null }), 0, 'machines')).toBeNull()
  })

  it('is there for whoever asks: a search, or later a command', () => {
    const { plan: _, ...search } = searched({ value: 50 })
    expect(planCapacities(resultOf(search))).toEqual([])
    expect(cell(planDemand(resultOf(search), { ...DEMAND, demand: 35 })[0], 0, 'machines')).toBe(1)
    expect(planDemand(resultFixture([], []), DEMAND)).toEqual([])
  })
})

describe('one queue for all', () => {
  it('needs fewer machines, the more there are', () => {
    // M/M/1 with 500/s keeps p99 within 20 ms up to 269.74/s.
    const each = 500 - Math.log(100) / 0.02
    const [plan, pooling] = planCapacities(resultOf(searched({ value: each }), 20 * MS))
    expect(cell(plan, 0, 'machines')).toBe(53)
    // 14 286/s at 500/s each are at least 29 machines.
    expect(cell(plan, 0, 'one queue')).toBe(30)
    expect(pooling?.rows.map((row) => row[0])).toEqual([1, 2, 4, 8, 16, 32, 53])
    expect(cell(pooling, 0, 'gain')).toBeCloseTo(0, 6)
    expect(cell(pooling, 0, 'busy, own')).toBeCloseTo(each / 500, 9)
    const gains = pooling?.rows.map((row) => row[3] as number) ?? []
    expect(gains).toEqual(gains.toSorted((a, b) => a - b))
    expect(pooling?.notes[0]).toContain('A model, not a measurement')
  })

  it('is not modelled without a limit on the response time', () => {
    const search = searched({ value: 50 })
    const trial = trialFixture({ slo: { terms: [{ metric: 'errorRate', limit: 0.01 }], deadline: null } })
    const answer = search.answer === null ? null : { ...search.answer, trials: [trial.id] }
    const tables = planCapacities({ ...resultFixture([trial], []), searches: [{ ...search, answer }] })
    expect(tables).toHaveLength(1)
    expect(cell(tables[0], 0, 'one queue')).toBeNull()
  })
})

describe('capacityPlan()', () => {
  const read = (value: unknown): { readonly demand: unknown; readonly errors: readonly string[] } => {
    const problems = new Problems()
    const demand = readCapacityDemand(problems, 'plan', value)
    return { demand, errors: problems.errors.map(({ message }) => message) }
  }

  it('has defaults', () => {
    expect(read(capacityPlan({ demand: 500 })).demand).toEqual({ demand: 500, headroom: 0.3, spares: 0 })
  })

  it.each([
    [{ demand: 0 }],
    [{ demand: '10k' }],
    [{ demand: 5, headroom: 1 }],
    [{ demand: 5, headroom: 30 }],
    [{ demand: 5, spares: 1.5 }],
    [{ demand: 5, spares: -1 }],
    [{ demand: 5, headrom: 0.1 }],
    [[]],
  ])('refuses %j', (value) => {
    const { errors } = read(value)
    expect(errors).toHaveLength(1)
  })
})
