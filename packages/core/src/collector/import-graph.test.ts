import { expect, it } from 'vitest'
import { affectedFiles, dependenciesOf } from './import-graph.ts'

const GRAPH = { a: ['shared', 'left'], b: ['shared'], shared: ['deep'], deep: ['shared'] }

it('follows imports, also in circles', () => {
  expect([...dependenciesOf(GRAPH, 'a')].toSorted()).toEqual(['a', 'deep', 'left', 'shared'])
  expect([...dependenciesOf(GRAPH, 'alone')]).toEqual(['alone'])
})

it('tells which files a change concerns', () => {
  expect(affectedFiles(GRAPH, ['a', 'b'], new Set(['deep']))).toEqual(['a', 'b'])
  expect(affectedFiles(GRAPH, ['a', 'b'], new Set(['left', 'other']))).toEqual(['a'])
  expect(affectedFiles(GRAPH, ['a', 'b'], new Set(['b']))).toEqual(['b'])
})
