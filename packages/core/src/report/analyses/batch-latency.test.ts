import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  closed,
  faultsOf,
  recordsOf,
  tableNamed,
  type AnalysedOptions,
} from '../../../test/support/analysed-cases.ts'
import { P99 } from '../../../test/support/search.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import { analyseBatches } from './batch-latency.ts'

const MS = 1e6
const BATCHES = [1, 2, 4, 8, 16, 32]

/** T(b) = 4 ms + 1 ms · b. */
function timeOf(batch: number): number {
  return 4 * MS + batch * MS
}
function trialsOf(
  batches: readonly number[],
  options: (batch: number) => AnalysedOptions = () => ({}),
): readonly Trial[] {
  return batches.map((batch) =>
    analysedTrial({ case: { batch }, items: batch, time: timeOf(batch), ...options(batch) }),
  )
}
function analyse(trials: readonly Trial[]): readonly AnalysisTable[] {
  const tables = analyseBatches(analysedResult(trials))
  expect(faultsOf(tables)).toEqual([])
  return tables
}
function coefficients(tables: readonly AnalysisTable[]): Record<string, unknown> {
  return Object.fromEntries(
    recordsOf(tableNamed(tables, 'batch-line')).map((row) => [row['coefficient'], row['value']]),
  )
}

describe('latency and throughput by batch', () => {
  it('has the known line, its limit and its knee', () => {
    const tables = analyse(trialsOf(BATCHES))
    const found = coefficients(tables)
    expect(found['a: fixed, ms']).toBeCloseTo(4, 9)
    expect(found['c: per item, ms']).toBeCloseTo(1, 9)
    expect(found['limit: items/s']).toBeCloseTo(1000, 6)
    expect(found['half of the limit at b =']).toBeCloseTo(4, 9)
    expect(found['80 % of it at b =']).toBeCloseTo(16, 9)
    const rows = recordsOf(tableNamed(tables, 'batch-latency'))
    expect(rows.map((row) => row['batch'])).toEqual(BATCHES)
    expect(rows[2]).toMatchObject({ mean: 8 * MS, 'per item': 2 * MS })
    expect(rows[2]?.['items/s']).toBeCloseTo(500, 9)
    expect(rows[2]?.['of limit']).toBeCloseTo(0.5, 9)
  })

  it('counts several requests under way, by Little’s law', () => {
    const tables = analyse(trialsOf(BATCHES, () => ({ load: closed(3) })))
    expect(coefficients(tables)['limit: items/s']).toBeCloseTo(3000, 6)
  })

  it('tells no limit of an offered load', () => {
    const open = analyse(
      trialsOf(BATCHES, () => ({
        load: {
          loop: 'open',
          process: { kind: 'poisson' },
          rate: [{ from: 0, until: null, rate: 10, rateEnd: 10 }],
        },
      })),
    )
    expect(Object.keys(coefficients(open))).not.toContain('limit: items/s')
    expect(coefficients(open)['half of the limit at b =']).toBeCloseTo(4, 9)
    for (const row of recordsOf(tableNamed(open, 'batch-latency'))) expect(row['of limit']).toBeNull()
  })

  it('keeps the cases of other axes apart', () => {
    const tables = analyse(
      ['http', 'grpc'].flatMap((protocol, index) =>
        trialsOf([1, 4, 16], (batch) => ({
          case: { protocol, batch },
          time: timeOf(batch) * (index + 1),
        })),
      ),
    )
    const rows = recordsOf(tableNamed(tables, 'batch-line'))
    const fixed = rows.filter((row) => row['coefficient'] === 'a: fixed, ms')
    expect(fixed.map((row) => row['series'])).toEqual(['protocol=http', 'protocol=grpc'])
    expect(fixed[1]?.['value']).toBeCloseTo(8, 9)
    const [latency] = tableNamed(tables, 'batch-latency-plots').plots ?? []
    expect(latency?.layers.map(({ group }) => group)).toEqual(['series', 'series'])
  })

  it('goes by the name of the axis where the target tells no items', () => {
    const tables = analyse(trialsOf(BATCHES, () => ({ items: 1 })))
    expect(coefficients(tables)['c: per item, ms']).toBeCloseTo(1, 9)
    expect(recordsOf(tableNamed(tables, 'batch-latency'))[5]?.['items/s']).toBeCloseTo(
      (32 * 1e9) / timeOf(32),
      6,
    )
    expect(
      analyse(BATCHES.map((size) => analysedTrial({ case: { width: size }, time: timeOf(size) }))),
    ).toEqual([])
  })

  it('says when the line does not describe what was measured', () => {
    // Padded to 8 and 32.
    const tables = analyse(trialsOf(BATCHES, (batch) => ({ time: timeOf(batch <= 8 ? 8 : 32) })))
    expect(tableNamed(tables, 'batch-line').notes.join(' ')).toMatch(
      /The line does not describe these data: it misses b = \d+ by \d/,
    )
    expect(
      analyse(trialsOf(BATCHES))
        .flatMap(({ notes }) => notes)
        .join(' '),
    ).not.toContain('does not describe')
  })

  it('says what cannot be told: no growth, no fixed part, a knee beyond what was measured', () => {
    const notes = (time: (batch: number) => number): string =>
      tableNamed(analyse(trialsOf(BATCHES, (batch) => ({ time: time(batch) }))), 'batch-line').notes.join(' ')
    expect(notes(() => 5 * MS)).toContain('does not grow with the batch')
    expect(notes((batch) => batch * MS * (1 + ((batch * 7) % 3) / 100))).toContain('The fixed part may be 0')
    expect(notes((batch) => 100 * MS + batch * MS)).toContain('lies beyond what was measured, b = 32')
  })

  it('says which batches an SLO allows', () => {
    const note = (limit: number): string =>
      tableNamed(analyse(trialsOf(BATCHES, () => ({ slo: P99(limit) }))), 'batch-line').notes.join(' ')
    // 2 · (4 + 6) = 20.
    expect(note(20.5 * MS)).toContain('Up to b = 6 2 · T(b) stays inside 20.5 ms')
    expect(note(9 * MS)).toContain('No batch keeps 2 · T(b) inside 9.00 ms')
    expect(note(1000 * MS)).toContain('Up to all that was measured, b = 32, 2 · T(b)')
  })

  it('takes numbers of items that differ by chance for no batch sizes', () => {
    const trials = [1, 2, 4].map((threads, index) =>
      analysedTrial({ case: { threads }, items: 20 + index / 10, time: MS }),
    )
    expect(analyse(trials)).toEqual([])
  })

  it('has a curve from the smallest to the largest batch, and no further', () => {
    const picture = tableNamed(analyse(trialsOf(BATCHES)), 'batch-latency-plots')
    expect(picture.plotOnly).toBe(true)
    const curve = recordsOf(picture).filter((row) => row['part'] === 'line')
    expect(curve.length).toBeLessThanOrEqual(100)
    const batches = curve.map((row) => row['batch'] as number)
    expect([Math.min(...batches), Math.max(...batches)]).toEqual([1, 32])
    for (const row of curve) expect(row['line']).toBeCloseTo(timeOf(row['batch'] as number), 3)
  })

  it('makes do with two sizes, and has nothing to say of one', () => {
    const two = analyse(trialsOf([1, 8]))
    expect(tableNamed(two, 'batch-line').rows).toEqual([])
    expect(tableNamed(two, 'batch-line').notes.join(' ')).toContain('No line from 2 sizes')
    expect(analyse(trialsOf([8]))).toEqual([])
    expect(analyse([])).toEqual([])
  })

  it('leaves out what was not measured', () => {
    const invalid = { code: 'x', severity: 'invalid', message: 'Bad.', advice: null } as const
    const tables = analyse(
      trialsOf(BATCHES, (batch) =>
        batch === 16 ? { reasons: [invalid] } : batch === 32 ? { latencies: [] } : {},
      ),
    )
    expect(recordsOf(tableNamed(tables, 'batch-latency')).map((row) => row['batch'])).not.toContain(16)
    expect(
      analyse(trialsOf(BATCHES, () => ({ reasons: [invalid], state: 'failed', latencies: [] }))),
    ).toEqual([])
  })
})
