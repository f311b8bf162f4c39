import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  closed,
  faultsOf,
  recordsOf,
} from '../../../test/support/analysed-cases.ts'
import { latencies } from '../../../test/result-fixture.ts'
import { P99, search } from '../../../test/support/search.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import type { SearchProbe, SearchResult } from '../search-result.ts'
import { drawLoadCurves } from './load-curve.ts'

const MS = 1e6

function curves(trials: readonly Trial[], searches: readonly SearchResult[] = []): readonly AnalysisTable[] {
  const tables = drawLoadCurves(analysedResult(trials, searches))
  expect(faultsOf(tables)).toEqual([])
  return tables
}
function users(counts: readonly number[], protocol?: string): readonly Trial[] {
  return counts.map((count) =>
    analysedTrial({
      case: { ...(protocol === undefined ? {} : { protocol }), users: count },
      load: closed(count),
      slo: P99(50 * MS),
      latencies: latencies(500, count * MS),
    }),
  )
}

describe('curves over load', () => {
  it('have response time and throughput for each number of users, in their order', () => {
    const [curve, ...others] = curves(users([4, 1, 2]))
    expect(others).toEqual([])
    expect(curve?.plotOnly).toBe(true)
    const rows = recordsOf(curve).filter((row) => row['part'] === 'measured')
    expect(rows.map((row) => row['load'])).toEqual([1, 2, 4])
    for (const row of rows) {
      expect((row['p50'] as number) < (row['p95'] as number)).toBe(true)
      expect((row['p95'] as number) < (row['p99'] as number)).toBe(true)
    }
    expect(recordsOf(curve).find((row) => row['part'] === 'limit')?.['limit']).toBe(50 * MS)
    expect(curve?.plots?.map(({ name }) => name)).toEqual([
      'latency-load',
      'latency-throughput',
      'throughput-load',
    ])
    expect(curve?.plots?.[0]?.layers.map(({ label }) => label)).toEqual(['p50', 'p95', 'p99', 'limit of p99'])
  })

  it('are one picture for all series of a scenario, a percentile in each', () => {
    const [curve, ...others] = curves([...users([1, 8], 'http'), ...users([1, 8], 'grpc')])
    expect(others).toEqual([])
    expect(new Set(recordsOf(curve).map((row) => row['series']))).toEqual(
      new Set(['protocol=http', 'protocol=grpc']),
    )
    expect(curve?.plots?.map(({ name }) => name)).toContain('latency-throughput-p99')
    for (const { layers } of curve?.plots ?? []) expect(layers[0]?.group).toBe('series')
  })

  it('are drawn of searches too, with their answer, each load once', () => {
    const found = search({ slo: P99(50 * MS), from: 100 }, (load, seconds) => ({
      responseTimes: Float64Array.from(
        { length: Math.round(load * seconds) },
        () => (load > 390 ? 80 : 20) * MS,
      ),
    }))
    const trials = new Map<string, Trial>()
    for (const probe of found.probes) trials.set(probe.trial, probeTrial(found, probe))
    const [curve] = curves([...trials.values()], [found])
    const rows = recordsOf(curve)
    const measured = rows.filter((row) => row['part'] === 'measured').map((row) => row['load'] as number)
    expect(measured).toEqual([...new Set(found.probes.map(({ value }) => value))].toSorted((a, b) => a - b))
    expect(rows.find((row) => row['part'] === 'answer')?.['load']).toBe(found.answer?.value)
    expect(curve?.plots?.[0]?.layers.at(-1)).toMatchObject({ mark: 'rules', x: 'load' })
  })

  it('are not there for one load, for other axes, and for nothing', () => {
    expect(curves(users([4]))).toEqual([])
    expect(curves([1, 2, 3].map((batch) => analysedTrial({ case: { batch }, time: MS })))).toEqual([])
    expect(curves([])).toEqual([])
    const invalid = { code: 'x', severity: 'invalid', message: 'Bad.', advice: null } as const
    expect(
      curves(
        [1, 2].map((count) => analysedTrial({ case: { count }, load: closed(count), reasons: [invalid] })),
      ),
    ).toEqual([])
  })
})

function probeTrial({ path, case: at, id }: SearchResult, { trial, value }: SearchProbe): Trial {
  const made = analysedTrial({ path, case: at, role: 'probe', time: (value > 390 ? 80 : 20) * MS })
  return { ...made, id: trial, caseId: id }
}
