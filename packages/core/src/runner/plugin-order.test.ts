import { expect, it } from 'vitest'
import { orderPlugins } from './plugin-order.ts'

it.each([
  ['as applied, when nobody asks', [{ name: 'a' }, { name: 'b' }, { name: 'c' }], ['a', 'b', 'c']],
  ['after', [{ name: 'a', after: ['b'] }, { name: 'b' }], ['b', 'a']],
  ['before', [{ name: 'a' }, { name: 'b', before: ['a'] }], ['b', 'a']],
  ['a chain', [{ name: 'c', after: ['b'] }, { name: 'b', after: ['a'] }, { name: 'a' }], ['a', 'b', 'c']],
  ['both', [{ name: 'x' }, { name: 'a', after: ['z'], before: ['x'] }, { name: 'z' }], ['z', 'a', 'x']],
  [
    'plugins that are not there',
    [{ name: 'a', after: ['nobody'], before: ['nobody else'] }, { name: 'b' }],
    ['a', 'b'],
  ],
  [
    'a contradiction: none is lost',
    [
      { name: 'a', after: ['b'] },
      { name: 'b', after: ['a'] },
    ],
    ['b', 'a'],
  ],
])('%s', (_, plugins, order) => {
  expect(orderPlugins(plugins)).toEqual(order)
})
