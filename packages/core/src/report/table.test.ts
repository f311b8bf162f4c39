import { describe, expect, it } from 'vitest'
import { csvTable, layTable, markdownTable, stackTable, type Table } from './table.ts'
import { displayWidth } from './text-layout.ts'

const TABLE: Table = {
  columns: [
    { title: 'case', align: 'left', rank: 0 },
    { title: 'p50', align: 'right', rank: 2 },
    { title: 'p99', align: 'right', rank: 1 },
    { title: 'verdict', align: 'left', rank: 0 },
  ],
  rows: [
    ['batch=1', '1.39 ms', '9.21 ms', 'valid'],
    ['名前=八', '–', '12.0 ms', 'invalid'],
  ],
}

describe('layTable', () => {
  it('aligns columns by what they show', () => {
    expect(layTable(TABLE, 80)).toEqual([
      'case         p50      p99  verdict',
      'batch=1  1.39 ms  9.21 ms  valid',
      '名前=八        –  12.0 ms  invalid',
    ])
  })

  it('leaves out columns by rank, then cuts the first, then gives up', () => {
    expect(layTable(TABLE, 33)?.[0]).toBe('case         p99  verdict')
    expect(layTable(TABLE, 20)?.[0]).toBe('case     verdict')
    const long = { ...TABLE, rows: [['a very long name of a case indeed', '1', '2', 'valid']] }
    expect(layTable(long, 30)).toEqual(['case              p99  verdict', 'a ver…ase indeed    2  valid'])
    expect(layTable(TABLE, 8)).toBeNull()
  })

  it('keeps rows apart whose names begin alike', () => {
    const rows = ['http', 'grpc'].map((protocol) => [
      `MLP on a local server > closed loop > protocol=${protocol},users=1`,
      '1',
      '2',
      'valid',
    ])
    expect(layTable({ ...TABLE, rows }, 45)).toEqual([
      'MLP on a local server > closed loop >',
      'users=1:',
      'protocol  p50  p99  verdict',
      'http        1    2  valid',
      'grpc        1    2  valid',
    ])
    const others = rows.map(([name, ...cells], index) => [`${name},axis${index}=1`, ...cells])
    expect(layTable({ ...TABLE, rows: others }, 36)?.slice(-2)).toEqual([
      'proto…s=1,axis0=1    1    2  valid',
      'proto…s=1,axis1=1    1    2  valid',
    ])
  })

  it('leaves out a column that no row uses', () => {
    const rows = TABLE.rows.map(([name = '', p50 = '']) => [name, p50, '', 'valid'])
    expect(layTable({ ...TABLE, rows }, 80)?.[0]).toBe('case         p50  verdict')
  })

  it('never exceeds the width', () => {
    for (let width = 5; width < 60; width++) {
      for (const line of layTable(TABLE, width) ?? []) expect(displayWidth(line)).toBeLessThanOrEqual(width)
    }
  })

  it('paints cells without moving them', () => {
    const painted = layTable(TABLE, 80, (text) => `<${text}>`)
    expect(painted?.map((line) => line.replace(/[<>]/g, '').trimEnd())).toEqual(layTable(TABLE, 80))
  })
})

describe('stackTable', () => {
  it('shows every cell where a table would not fit', () => {
    expect(stackTable(TABLE, 12)).toEqual([
      'batch=1',
      '  p50 1.39',
      '  ms',
      '  p99 9.21',
      '  ms',
      '  verdict',
      '  valid',
      '名前=八',
      '  p50 –',
      '  p99 12.0',
      '  ms',
      '  verdict',
      '  invalid',
    ])
    expect(stackTable(TABLE, 30).slice(0, 4)).toEqual([
      'batch=1',
      '  p50 1.39 ms',
      '  p99 9.21 ms',
      '  verdict valid',
    ])
  })
})

describe('markdownTable', () => {
  it('aligns numbers to the right', () => {
    expect(markdownTable(TABLE).slice(0, 3)).toEqual([
      '| case | p50 | p99 | verdict |',
      '| --- | ---: | ---: | --- |',
      '| batch=1 | 1.39 ms | 9.21 ms | valid |',
    ])
  })
})

describe('csvTable', () => {
  it('quotes as RFC 4180 says, keeps numbers exact and leaves out what is unknown', () => {
    expect(
      csvTable(
        ['a', 'b,c'],
        [
          [0.1 + 0.2, null],
          ['x "y"', true],
        ],
      ),
    ).toBe('a,"b,c"\n0.30000000000000004,\n"x ""y""",true\n')
  })

  it.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['a=b', 'a=b'],
  ])('defuses the formula in %j', (text, cell) => {
    expect(csvTable(['h'], [[text]])).toBe(`h\n${cell}\n`)
  })

  it('does not touch negative numbers', () => {
    expect(csvTable(['h'], [[-1.5]])).toBe('h\n-1.5\n')
  })

  it('keeps every row on one line', () => {
    expect(csvTable(['h'], [['a\nb\r\u001b[2J']])).toBe('h\na\\nb\\r\\x1b[2J\n')
  })
})
