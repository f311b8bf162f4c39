import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  faultsOf,
  recordsOf,
  tableNamed,
  type AnalysedOptions,
} from '../../../test/support/analysed-cases.ts'
import type { StreamPlan } from '../../plan/trial-plan.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import { analyseInputSizes } from './input-size.ts'

const MS = 1e6
const LENGTHS = [32, 64, 128, 256, 512]

function tokens(length: number): StreamPlan['input'] {
  return { from: 'provider', kind: 'tokens', package: 'servebench', options: { length, batch: 1 } }
}
/** A wobble of 1 % that has no trend. */
function wobble(index: number): number {
  return 1 + ([0.01, -0.008, 0.004, -0.01, 0.007][index % 5] ?? 0)
}
function trialsOf(
  timeOf: (length: number) => number,
  options: (length: number) => AnalysedOptions = (length) => ({ input: tokens(length) }),
): readonly Trial[] {
  return LENGTHS.map((length, index) =>
    analysedTrial({ case: { length }, time: timeOf(length) * wobble(index), ...options(length) }),
  )
}
function analyse(trials: readonly Trial[]): readonly AnalysisTable[] {
  const tables = analyseInputSizes(analysedResult(trials))
  expect(faultsOf(tables)).toEqual([])
  return tables
}
function noteOf(trials: readonly Trial[]): string {
  return tableNamed(analyse(trials), 'input-size').notes.join(' ')
}

describe('response time by the size of inputs', () => {
  it('is a line where it is one, with its coefficients', () => {
    const tables = analyse(trialsOf((length) => 2 * MS + 0.05 * MS * length))
    const [note] = tableNamed(tables, 'input-size').notes
    expect(note).toMatch(/^A line: [12]\.\d+ \[[12]\.\d+, [12]\.\d+\] ms \+ 0\.0(49|50|51) \[/)
    expect(note).toContain('from 32 to 512 and not beyond')
    expect(recordsOf(tableNamed(tables, 'input-size')).map((row) => row['length'])).toEqual(LENGTHS)
  })

  it('is a parabola where attention makes it one', () => {
    const note = noteOf(trialsOf((length) => 2 * MS + 0.05 * MS * length + 0.0008 * MS * length * length))
    expect(note).toMatch(/^A parabola: .* ms · n², from 32 to 512/)
    expect(note).toMatch(/F test of the quadratic term: p = (0\.0\d+|\d\.\de-\d)/)
  })

  it('never draws beyond what was measured', () => {
    const picture = tableNamed(analyse(trialsOf((length) => length * MS)), 'input-size-plots')
    const sizes = recordsOf(picture)
      .filter((row) => row['part'] === 'fit')
      .map((row) => row['size'] as number)
    expect([Math.min(...sizes), Math.max(...sizes), sizes.length <= 100]).toEqual([32, 512, true])
    expect(picture.plotOnly).toBe(true)
  })

  it('says when no curve describes steps', () => {
    const note = noteOf(trialsOf((length) => (length <= 128 ? 10 : 80) * MS))
    expect(note).toMatch(/It does not describe these data: it misses \d+ by \d/)
  })

  it('finds axes by what is sent, whatever they are called', () => {
    const named = (input: (size: number) => StreamPlan['input']): number =>
      analyse(
        LENGTHS.map((size) => analysedTrial({ case: { n: size }, time: size * MS, input: input(size) })),
      ).length
    expect(named(tokens)).toBe(2)
    // Inputs that are equal, or that a function makes: nothing shows that the axis is their size.
    expect(named(() => tokens(5))).toBe(0)
  })

  it('goes by the name of the axis where plans do not tell', () => {
    const trials = (axis: string): readonly Trial[] =>
      LENGTHS.map((size) => analysedTrial({ case: { [axis]: size }, time: size * MS }))
    for (const axis of ['seconds', 'sequenceLength', 'seq_len', 'resolution', 'quality', 'imageSize']) {
      expect(analyse(trials(axis)), axis).toHaveLength(2)
    }
    for (const axis of ['users', 'batch', 'threads', 'layers'])
      expect(analyse(trials(axis)), axis).toEqual([])
  })

  it('is not about axes that change the server, or the number of items', () => {
    const server = (layers: number) => ({
      kind: 'onnx',
      package: 'p',
      launch: { layers },
      state: {},
    })
    expect(
      analyse(
        trialsOf(
          (n) => n * MS,
          (n) => ({ input: tokens(n), items: n }),
        ),
      ),
    ).toEqual([])
    const models = LENGTHS.map((width) => {
      const trial = analysedTrial({ case: { width }, time: width * MS })
      return { ...trial, plan: { ...trial.plan, server: server(width) } }
    })
    expect(analyse(models)).toEqual([])
  })

  it('has nothing to say of fewer than three sizes, and of failures', () => {
    expect(analyse(trialsOf((length) => length * MS).slice(0, 2))).toEqual([])
    const failed = LENGTHS.map((length) =>
      analysedTrial({ case: { length }, input: tokens(length), latencies: [], throughput: 0 }),
    )
    expect(tableNamed(analyse(failed), 'input-size').notes[0]).toContain('No fit')
  })
})
