import { expect, it } from 'vitest'
import { createMatcher } from './glob.ts'

it.each([
  ['**/*.bench.ts', 'a.bench.ts', true],
  ['**/*.bench.ts', 'deep/er/a.bench.ts', true],
  ['**/*.bench.ts', 'a.bench.tsx', false],
  ['**/*.bench.{ts,js}', 'x/a.bench.js', true],
  ['**/*.bench.{ts,js}', 'x/a.bench.mjs', false],
  ['bench/*.ts', 'bench/a.ts', true],
  ['bench/*.ts', 'bench/deep/a.ts', false],
  ['./bench/**', 'bench/deep/a.ts', true],
  ['**/node_modules/**', 'node_modules/x/y.ts', true],
  ['**/node_modules/**', 'a/node_modules/x.ts', true],
  ['**/node_modules/**', 'my_node_modules/x.ts', false],
  ['a?.ts', 'ab.ts', true],
  ['a?.ts', 'a/.ts', false],
  ['[ab]1.ts', 'b1.ts', true],
  ['[!ab]1.ts', 'b1.ts', false],
  ['a.b+(c).ts', 'a.b+(c).ts', true],
  ['a.ts', 'axts', false],
])('%s on %s: %s', (glob, path, matches) => {
  expect(createMatcher([glob])(path)).toBe(matches)
})

it('matches any of several globs', () => {
  const matches = createMatcher(['a/*', 'b/*'])
  expect([matches('a/1'), matches('b/1'), matches('c/1')]).toEqual([true, true, false])
  expect(createMatcher([])('a')).toBe(false)
})
