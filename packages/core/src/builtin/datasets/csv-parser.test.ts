import { expect, it } from 'vitest'
import { Random } from '../../plugin.ts'
import { CsvParser, type CsvRecord } from './csv-parser.ts'

const PIECES = ['a', 'é', ',', '"', '\n', '\r\n', ' ', '1', '😀']

function parse(text: string, size: (text: string) => number): CsvRecord[] {
  const parser = new CsvParser(',', 1_000_000)
  const records: CsvRecord[] = []
  for (let at = 0; at < text.length;) {
    const length = size(text)
    records.push(...parser.push(text.slice(at, at + length)))
    at += length
  }
  return [...records, ...parser.end()]
}

it('reads back what is written by RFC 4180, in parts of any size', () => {
  const random = new Random([1, 2, 3, 4])
  const pick = (count: number): number => random.int(count)
  for (let round = 0; round < 3000; round++) {
    const rows = Array.from({ length: 1 + pick(4) }, () =>
      Array.from({ length: 2 + pick(3) }, () =>
        Array.from({ length: pick(6) }, () => PIECES[pick(PIECES.length)]).join(''),
      ),
    )
    const field = (value: string): string =>
      /[",\n\r]/.test(value) || pick(3) === 0 ? `"${value.replaceAll('"', '""')}"` : value
    const end = pick(2) === 0 ? '\n' : '\r\n'
    const text = rows.map((row) => row.map(field).join(',')).join(end) + (pick(2) === 0 ? end : '')
    const records = parse(text, () => 1 + pick(5))
    expect(records.map(({ fields }) => fields)).toEqual(rows)
    expect(records.every(({ problem }) => problem === null)).toBe(true)
  }
})

it('says where records begin, also behind fields of several lines', () => {
  const records = parse('a,b\n"1\n2",3\n\n4,5', (text) => text.length)
  expect(records.map(({ line }) => line)).toEqual([1, 2, 5])
})

it.each([
  ['"a"b,c\n', 'has text behind a closing quote'],
  ['"a""b"c\n', 'has text behind a closing quote'],
  ['"a"b"\n', 'has text behind a closing quote'],
  ['"a', 'has a quote that is not closed'],
])('finds what is wrong with %j', (text, problem) => {
  for (const size of [1, text.length]) expect(parse(text, () => size)[0]).toMatchObject({ problem })
})

it('takes quotes inside of plain text as they are', () => {
  expect(parse('5" x 3",b\n', () => 2)).toMatchObject([{ fields: ['5" x 3"', 'b'], problem: null }])
})
