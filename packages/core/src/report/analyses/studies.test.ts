import { describe, expect, it } from 'vitest'
import { plannedStudy, simulate, type SimulatedServer } from '../../../test/support/study.ts'
import type { StudyResult } from '../study/study-result.ts'
import { analyseStudies } from './studies.ts'
import type { AnalysisTable } from '../result.ts'

const MS = 1e6
const GIB = 2 ** 30

const gauge = (value: number) => ({
  unit: 'By',
  device: null,
  mean: value,
  min: value,
  max: value,
  p95: value,
  coverage: 1,
})

/** Twice the instances are 1.9 times as fast, batches 1.5 times, and both together 2.85 times: they do not touch each other. */
const server: SimulatedServer = (values, load) => {
  const capacity = 100 * (values['a.instances'] === 2 ? 1.9 : 1) * (values['a.batch'] === 8 ? 1.5 : 1)
  const users = load ?? 1
  const throughput = Math.min(users * 60, capacity)
  return {
    throughput,
    latency: (users / throughput) * 200 * MS,
    gauges: { 'server.memory.rss': gauge(GIB * Number(values['a.instances'])) },
    ...(values['level'] === 'broken' ? { failed: 'The model did not load.' } : {}),
  }
}

async function tables(options: Record<string, unknown> = {}): Promise<{
  result: StudyResult
  named: (name: string) => AnalysisTable
  all: readonly AnalysisTable[]
}> {
  const study = plannedStudy({
    space: { 'a.instances': [1, 2], 'a.batch': [1, 8], cores: 4 },
    loads: { concurrency: [1, 4, 16] },
    latencyBudget: '100ms',
    ...options,
  })
  const { result } = await simulate(study, server, { noise: 0.001 })
  const all = analyseStudies({ studies: [result] })
  return {
    result,
    all,
    named: (name) => {
      const found = all.find((table) => table.name === `${name}-${result.id}`)
      if (found === undefined) throw new Error(`There is no table ${name}.`)
      return found
    },
  }
}

function cell(table: AnalysisTable, row: number, column: string): unknown {
  return table.rows[row]?.[table.columns.findIndex(({ name }) => name === column)]
}

describe('tables of a study', () => {
  it('compare the best with the default, axes below each other', async () => {
    const { named } = await tables()
    const summary = named('study')
    expect(summary.columns.slice(0, 3).map(({ name }) => name)).toEqual(['instances', 'batch', 'standing'])
    expect(summary.rows).toHaveLength(4)
    expect([0, 1, 2, 3].map((row) => cell(summary, row, 'standing')).join()).toContain('default')
    expect(cell(summary, 0, 'standing')).toBe('best')
    expect([cell(summary, 0, 'instances'), cell(summary, 0, 'batch')]).toEqual([2, 8])
    expect(cell(summary, 0, 'gain')).toBe('+185 %')
    expect(cell(summary, 0, 'interval')).toMatch(/^\[\+18\d(\.\d)?, \+18\d(\.\d)?\]$/)
    expect(summary.notes[0]).toContain('a.instances=2,a.batch=8,cores=4 is best')
    expect(summary.notes[1]).toBe('4 of 4 configurations measured (grid).')
  })

  it('say what each change does alone, and that these two add up', async () => {
    const { named } = await tables()
    const ablation = named('study-ablation')
    expect(ablation.rows.map(([change]) => change)).toEqual([
      'instances: 1 → 2',
      'batch: 1 → 8',
      'instances and batch',
    ])
    const shares = ablation.rows.map((row) => row.slice(1))
    expect(shares[0]?.[0]).toBeCloseTo(0.9, 1)
    expect(shares[0]?.[1]).toBeCloseTo(1 / 1.9 - 1, 2)
    expect(shares[1]?.[0]).toBeCloseTo(0.5, 1)
    expect(shares[2]?.[0]).toBeCloseTo(1.85, 1)
    expect(shares[2]?.[2]).toBeCloseTo(0, 1)
  })

  it('rank the axes by what they explain', async () => {
    const { named } = await tables()
    const sensitivity = named('study-sensitivity')
    expect(cell(sensitivity, 0, 'axis')).toBe('instances')
    const parts = new Set(sensitivity.rows.map((row) => row.at(-1) as number))
    // Both effects add up in logarithms: their shares are all there is.
    expect([...parts].reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 2)
  })

  it('have plots that name columns which are there', async () => {
    const { all } = await tables()
    const drawn = all.filter(({ plots, chapter }) => plots !== undefined && chapter === undefined)
    expect(drawn.map(({ plots }) => plots?.map(({ name }) => name)).flat()).toEqual([
      'throughput-latency',
      'load-throughput',
      'server-memory-latency',
      'sensitivity',
      'ablation',
    ])
    const chapters = all.filter(({ plots, chapter }) => plots !== undefined && chapter !== undefined)
    for (const { columns, plots = [] } of [...drawn, ...chapters]) {
      for (const layer of plots.flatMap(({ layers }) => layers)) {
        const {
          mark: _mark,
          label: _label,
          axis: _axis,
          where: _where,
          ...rest
        } = layer as Record<string, unknown> & {
          mark: string
          label?: string
          axis?: string
          where?: unknown
        }
        for (const name of Object.values(rest)) {
          if (typeof name === 'string') expect(columns.map((column) => column.name)).toContain(name)
        }
      }
    }
  })

  it('list all measurements under the columns of Model Analyzer', async () => {
    const { named, result } = await tables()
    const details = named('study-details')
    // What Model Analyzer 1.58 writes of a CPU model, in its order; then what it writes when it is asked for more.
    expect(details.columns.map(({ name }) => name).slice(0, 9)).toEqual(
      'Model,Batch,Concurrency,Model Config Path,Instance Group,Max Batch Size,Satisfies Constraints,Throughput (infer/sec),p99 Latency (ms)'.split(
        ',',
      ),
    )
    expect(details.columns.map(({ name }) => name)).toContain('Max RAM Usage (MB)')
    expect(details.rows.map((row) => row.slice(0, 6)).slice(0, 4)).toEqual([
      ['tuned', 1, 1, 'a.instances=2,a.batch=8,cores=4', 2, 8],
      ['tuned', 1, 4, 'a.instances=2,a.batch=8,cores=4', 2, 8],
      ['tuned', 1, 16, 'a.instances=2,a.batch=8,cores=4', 2, 8],
      ['tuned', 1, 1, 'a.instances=2,a.batch=1,cores=4', 2, 1],
    ])
    expect(details.rows).toHaveLength(
      result.measurements.filter(({ purpose }) => purpose !== 'confirm').length,
    )
    expect(cell(details, 0, 'Concurrency')).toBe(1)
    expect(cell(details, 0, 'Max RAM Usage (MB)')).toBeCloseTo(2 * 1073.742, 2)
    expect(cell(details, 0, 'p99 Latency (ms)')).toBeCloseTo(15.4, 0)
  })

  it('show what could not be measured with the last line of its log', async () => {
    const { named } = await tables({
      space: { 'a.instances': [1, 2], 'a.batch': [1], level: ['all', 'broken'] },
    })
    const failures = named('study-failures')
    expect(failures.rows).toEqual([
      ['instances=1,level=broken', 'The model did not load.', 'out of memory'],
      ['instances=2,level=broken', 'The model did not load.', 'out of memory'],
    ])
    expect(named('study').notes[1]).toContain('2 could not be measured')
  })

  it('keep the column of a device that is not there, with the reason', async () => {
    const { named } = await tables({
      space: { 'a.instances': [1, 2], 'a.batch': [1], device: ['cpu', 'gpu'] },
      skip: ({ device }: { device: string }) => device === 'gpu' && 'this machine has no GPU',
    })
    const summary = named('study')
    expect(summary.rows.map((_, row) => cell(summary, row, 'device'))).toEqual(['cpu', 'cpu', 'gpu'])
    expect(cell(summary, 2, 'standing')).toBe('skipped')
    expect(cell(summary, 2, 'instances')).toBeNull()
    expect(summary.rows.map(({ length }) => length)).toEqual(
      Array.from({ length: 3 }, () => summary.columns.length),
    )
    expect(summary.notes).toContain('2 configurations were skipped (device=gpu): this machine has no GPU.')
  })

  it('say what became of candidates, however bad', async () => {
    const { named } = await tables({
      space: {
        'a.instances': [1, 2],
        'a.batch': [1, 8],
        level: Array.from({ length: 6 }, (_, at) => `l${at}`),
      },
      candidates: { 'one of each': { level: 'l5' }, 'two of each': { 'a.instances': 2, 'a.batch': 8 } },
    })
    const summary = named('study')
    expect(summary.rows.length).toBeGreaterThan(10)
    const one = summary.rows.findIndex((_, row) => cell(summary, row, 'level') === 'l5')
    expect(one).toBeGreaterThanOrEqual(0)
    expect(summary.notes.filter((note) => note.startsWith('Candidate'))).toEqual([
      expect.stringMatching(
        /^Candidate 'one of each' is instances=1,batch=1,level=l5: not among the best, gain/,
      ),
      expect.stringMatching(/^Candidate 'two of each' is instances=2,batch=8,level=l0: \w+, gain \+18/),
    ])
  })
})
