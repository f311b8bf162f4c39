import { expect, it } from 'vitest'
import { cellOf, splitRow } from './csv-row.ts'

it.each([
  ['a,b,c', ['a', 'b', 'c']],
  ['', ['']],
  [',', ['', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['a,"b ""x"" c",', ['a', 'b "x" c', '']],
  ['"",""', ['', '']],
  ['a b,"c', undefined],
  ['"a"b,c', undefined],
])('%j', (line, cells) => {
  expect(splitRow(line, ',')).toEqual(cells)
  for (let index = 0; index < 4; index++) expect(cellOf(line, ',', index)).toBe(cells?.[index])
})

it('splits at another delimiter', () => {
  expect(splitRow('a;"b;c";d', ';')).toEqual(['a', 'b;c', 'd'])
  expect(cellOf('a\tb\tc', '\t', 1)).toBe('b')
})
