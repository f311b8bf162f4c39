import { describe, expect, it } from 'vitest'
import type { Table } from './table.ts'
import { displayWidth } from './text-layout.ts'
import { layWideTable } from './wide-table.ts'

const numbers = ['queue', 'input', 'infer', 'output']
const stages: Table = {
  columns: [
    { title: 'case', align: 'left', rank: 0 },
    ...numbers.map((title) => ({ title, align: 'right' as const, rank: 0 })),
  ],
  rows: [
    ['batch=1', '12.6 µs', '4.57 µs', '44.2 µs', '1.33 µs'],
    ['batch=8', '15.1 µs', '6.12 µs', '98.3 µs', '2.01 µs'],
  ],
}
const verdicts: Table = {
  columns: [
    { title: 'case', align: 'left', rank: 0 },
    { title: 'bottleneck', align: 'left', rank: 0 },
    { title: 'why', align: 'left', rank: 0 },
  ],
  rows: [
    ['users=1', 'client', 'One request at a time leaves the server idle for most of the time.'],
    ['users=8', 'compute', 'It was busy.'],
  ],
}

describe('a table that is too wide', () => {
  it('continues below, with the names again', () => {
    expect(layWideTable(stages, 34)).toEqual([
      'case       queue    input    infer',
      'batch=1  12.6 µs  4.57 µs  44.2 µs',
      'batch=8  15.1 µs  6.12 µs  98.3 µs',
      '',
      'case      output',
      'batch=1  1.33 µs',
      'batch=8  2.01 µs',
    ])
    expect(layWideTable(stages, 60)).toHaveLength(3)
  })

  it('has its sentences in several lines beside the rest', () => {
    expect(layWideTable(verdicts, 60)).toEqual([
      'case     bottleneck  why',
      'users=1  client      One request at a time leaves the server',
      '                     idle for most of the time.',
      'users=8  compute     It was busy.',
    ])
  })

  it('has a line for each cell where nothing else fits', () => {
    expect(layWideTable(stages, 12)[0]).toBe('batch=1')
  })

  it('never exceeds the width', () => {
    for (const table of [stages, verdicts]) {
      for (let width = 8; width < 80; width++) {
        for (const line of layWideTable(table, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width)
      }
    }
  })
})
