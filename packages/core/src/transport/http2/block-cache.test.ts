import { expect, it } from 'vitest'
import { BlockCache } from './block-cache.ts'
import { FieldBlock } from './field-block.ts'

function entry(name: string): FieldBlock<string> {
  return new FieldBlock([], name)
}
function find(cache: BlockCache<string>, text: string): string | undefined {
  return cache.find(Buffer.from(`--${text}--`), 2, 2 + text.length)?.meaning
}

it('finds blocks by their bytes', () => {
  const cache = new BlockCache<string>()
  cache.add(Buffer.from('xabcx'), 1, 4, entry('one'))
  cache.add(Buffer.from('abd'), 0, 3, entry('two'))
  cache.add(Buffer.from(''), 0, 0, entry('none'))
  expect(find(cache, 'abc')).toBe('one')
  expect(find(cache, 'abd')).toBe('two')
  expect(find(cache, '')).toBe('none')
  for (const other of ['abx', 'ab', 'abcd', 'xbc']) expect(find(cache, other)).toBeUndefined()
})

it('keeps its own copy of the bytes', () => {
  const cache = new BlockCache<string>()
  const memory = Buffer.from('abc')
  cache.add(memory, 0, 3, entry('one'))
  memory.write('xyz')
  expect(find(cache, 'abc')).toBe('one')
  expect(find(cache, 'xyz')).toBeUndefined()
})

it('keeps four of a length, and forgets the oldest', () => {
  const cache = new BlockCache<string>()
  for (const text of ['a', 'b', 'c', 'd', 'e']) cache.add(Buffer.from(text), 0, 1, entry(text))
  expect(['a', 'b', 'c', 'd', 'e'].map((text) => find(cache, text))).toEqual([undefined, 'b', 'c', 'd', 'e'])
})

it('keeps no long blocks', () => {
  const cache = new BlockCache<string>()
  for (const length of [512, 513]) {
    const text = 'x'.repeat(length)
    cache.add(Buffer.from(text), 0, length, entry(text))
    expect(find(cache, text) !== undefined).toBe(length === 512)
  }
})
