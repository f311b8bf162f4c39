import { describe, expect, it } from 'vitest'
import { faultsOf, recordsOf, tableNamed } from '../../../test/support/analysed-cases.ts'
import { caseFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { ColdStartReport, RunResult, Trial } from '../result.ts'
import { analyseColdStarts, theilSen } from './cold-start.ts'

const MS = 1e6
const GB = 1e9

function start(over: Partial<ColdStartReport> = {}): ColdStartReport {
  const report: ColdStartReport = {
    kind: 'launch',
    idle: null,
    resolution: 50 * MS,
    system: 100 * MS,
    live: 110 * MS,
    modelLoad: 200 * MS,
    modelLoadBy: 'server',
    ready: 300 * MS,
    pause: 60 * MS,
    firstAnswer: 10 * MS,
    failedBefore: 0,
    warm: MS,
    warmCount: 20,
    total: 310 * MS,
    model: { bytes: 1000, cached: 1 },
    ...over,
  }
  return report
}

function resultOf(cases: Readonly<Record<string, readonly ColdStartReport[]>>): RunResult {
  const trials: Trial[] = []
  const results = Object.entries(cases).map(([model, starts]) => {
    const own = starts.map((coldStart, repeat) => ({
      ...trialFixture({ path: ['cold'], case: { model }, repeat }),
      coldStart,
    }))
    trials.push(...own)
    return caseFixture(own)
  })
  return { ...resultFixture(trials), cases: results }
}

describe('tables of cold starts', () => {
  it('have a line for each kind of server: one through all of them would be of none', () => {
    const sizes = [1, 2, 3]
    const base = resultOf(
      Object.fromEntries(
        ['quick', 'slow'].flatMap((kind) =>
          sizes.map((size) => [
            `${kind} ${size}`,
            [
              start({
                model: { bytes: size * 2 ** 20, cached: 1 },
                modelLoad: (kind === 'quick' ? 10 : 1000 + 50 * size) * MS,
              }),
            ],
          ]),
        ),
      ),
    )
    const trials = base.trials.map((trial) => {
      const kind = String(trial.case['model']).split(' ')[0]
      return { ...trial, plan: { ...trial.plan, server: { kind } } } as unknown as Trial
    })
    const [table, , plots] = analyseColdStarts({ ...base, trials })
    const notes = table?.notes ?? []
    expect(notes).toContain('quick: Larger models did not take longer to load.')
    expect(notes.find((note) => note.startsWith('slow: '))).toContain(
      'Model load grows by 50.0 ms per MiB (20.0 MiB/s), from 1.00 s for nothing',
    )
    expect(new Set(plots?.rows.map(([series]) => series))).toEqual(
      new Set(['quick, model load', 'quick, total', 'slow, model load', 'slow, total']),
    )
  })

  it('have the medians of all repeats, and their intervals with the coverage that these have', () => {
    const readies = [5, 1, 3, 2, 4].map((seconds) => start({ ready: seconds * 1e9, total: seconds * 1e9 }))
    const [table, intervals] = analyseColdStarts(resultOf({ a: readies }))
    expect(table?.columns.map(({ name }) => name)).toEqual([
      'case',
      'model',
      'start-up',
      'model load',
      'ready',
      'first answer',
      'total',
      'warm',
      'starts',
    ])
    expect(table?.rows).toEqual([['model=a', 1000, 100 * MS, 200 * MS, 3e9, 10 * MS, 3e9, MS, 5]])
    expect(intervals?.rows).toContainEqual(['model=a', 'ready', 3e9, 1e9, 5e9, expect.closeTo(0.9375, 12), 5])
  })

  it('leave out what nobody knows, and say what is known only in part', () => {
    const unknown = { system: null, modelLoad: null, modelLoadBy: null, model: null } as const
    const [table] = analyseColdStarts(
      resultOf({
        a: [
          start(unknown),
          start({ ...unknown, failedBefore: 3 }),
          start({ ...unknown, firstAnswer: null, total: null }),
        ],
      }),
    )
    expect(table?.columns.map(({ name }) => name)).toEqual([
      'case',
      'ready',
      'first answer',
      'total',
      'warm',
      'starts',
    ])
    expect(table?.notes.join('\n')).toContain('In 1 of 3 starts requests failed before the first one')
    expect(table?.notes.join('\n')).toContain('1 of 3 starts never came to an answer.')
    expect(table?.notes.join('\n')).toContain('fewer than 5 starts')
  })

  it('tell of the page cache what is known', () => {
    const notes = (...shares: readonly (number | null)[]): string =>
      analyseColdStarts(resultOf({ a: shares.map((cached) => start({ model: { bytes: 1, cached } })) }))
        .flatMap((table) => table.notes)
        .join('\n')
    expect(notes(null, null)).toContain('page cache is unknown')
    expect(notes(0, 0)).toContain('Of the model’s files 0 % were in the page cache')
    expect(notes(0, null, 1)).toContain('0 % to 100 % were in the page cache')
  })

  it('put a line through three sizes', () => {
    const sized = (bytes: number, seconds: number): ColdStartReport[] => [
      start({ model: { bytes, cached: null }, modelLoad: seconds * 1e9 }),
    ]
    const notes = (cases: Readonly<Record<string, readonly ColdStartReport[]>>): string =>
      analyseColdStarts(resultOf(cases))[0]?.notes.join('\n') ?? ''
    const three = { a: sized(GB, 3.8), b: sized(2 * GB, 4.6), c: sized(4 * GB, 6.2) }
    // 0.8 s per GB are 1.25 GB/s, which are 1.16 GiB/s.
    expect(notes(three)).toContain('(1.16 GiB/s), from 3.00 s for nothing')
    expect(notes({ a: sized(GB, 3.8), b: sized(2 * GB, 4.6) })).not.toContain('Theil')
    expect(notes({ ...three, c: sized(4 * GB, 1) })).toContain('did not take longer')
  })

  it('are about idling where no server was started', () => {
    const idle = start({
      kind: 'idle',
      idle: 600e9,
      resolution: 0,
      system: null,
      live: null,
      modelLoad: null,
      modelLoadBy: null,
      ready: null,
      pause: null,
      total: 10 * MS,
      model: null,
    })
    const [table] = analyseColdStarts(resultOf({ a: [idle, idle, idle, idle, idle] }))
    expect(table?.title).toBe('cold: first answer after idling')
    expect(table?.notes).toEqual([expect.stringMatching(/^Nothing was sent for 10(\.0)? min before each/)])
  })

  it('are none without a cold start', () => {
    expect(analyseColdStarts(resultFixture([trialFixture()]))).toEqual([])
  })
})

it('the line of Theil and Sen ignores a point that is far off', () => {
  const points = [1, 2, 3, 4, 5, 6, 7].map((x) => ({ x, y: x === 4 ? 1000 : 2 * x + 1 }))
  expect(theilSen(points)).toEqual({ slope: 2, intercept: 1 })
})

describe('the picture of cold starts', () => {
  // 3.0 s for nothing and 0.8 s per GB: 1.25 GB/s.
  const known = resultOf({
    small: [start({ modelLoad: 3.8e9, total: 4e9, model: { bytes: GB, cached: 1 } })],
    middle: [start({ modelLoad: 4.6e9, total: 5e9, model: { bytes: 2 * GB, cached: 1 } })],
    large: [start({ modelLoad: 6.2e9, total: 7e9, model: { bytes: 4 * GB, cached: 1 } })],
  })

  it('has each start and the line t = t0 + bytes ÷ rate, between the sizes that were measured', () => {
    const tables = analyseColdStarts(known)
    expect(faultsOf(tables)).toEqual([])
    const rows = recordsOf(tableNamed(tables, 'cold-start-plots')).filter(
      (row) => row['part'] === 'model load',
    )
    expect(rows.filter((row) => row['time'] !== null).map((row) => [row['model'], row['time']])).toEqual([
      [GB, 3.8e9],
      [2 * GB, 4.6e9],
      [4 * GB, 6.2e9],
    ])
    const line = rows.filter((row) => row['line'] !== null)
    expect([line[0]?.['model'], line.at(-1)?.['model']]).toEqual([GB, 4 * GB])
    for (const row of line) expect(row['line']).toBeCloseTo(3e9 + 0.8 * (row['model'] as number), 0)
  })

  it('is not there for fewer than three sizes, or unknown ones', () => {
    const names = (result: RunResult): readonly string[] => analyseColdStarts(result).map(({ name }) => name)
    expect(names(resultOf({ a: [start()], b: [start({ model: { bytes: 5, cached: 1 } })] }))).not.toContain(
      'cold-start-plots',
    )
    expect(names(resultOf({ a: [start({ model: null })] }))).not.toContain('cold-start-plots')
  })
})
