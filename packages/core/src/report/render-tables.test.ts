import { describe, expect, it } from 'vitest'
import { isText, renderTables } from './render-tables.ts'
import type { AnalysisTable } from './result.ts'

const curve: AnalysisTable = {
  name: 'curve',
  title: 'A curve',
  columns: [
    { name: 'x', unit: null },
    { name: 'y', unit: 'ns' },
  ],
  rows: [[4711, 1_000_000]],
  notes: ['Its maximum is at 4.'],
}

describe('tables in reports of text', () => {
  it('shows rows and notes', () => {
    expect(renderTables([curve], { colors: false, columns: 80 })).toBe(
      'A curve\n     x        y\n  4711  1.00 ms\n  Its maximum is at 4.\n',
    )
  })

  it('leaves rows out that are there for plots, and the table where nothing is left', () => {
    expect(renderTables([{ ...curve, plotOnly: true }], { colors: false, columns: 80 })).toBe(
      'A curve\n  Its maximum is at 4.\n',
    )
    expect(isText({ ...curve, plotOnly: true })).toBe(true)
    expect(isText({ ...curve, plotOnly: true, notes: [] })).toBe(false)
  })
})
