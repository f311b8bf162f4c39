import { expect, it } from 'vitest'
import { nameFilter, parseSet, tagFilter } from './filter.ts'

it.each([
  [undefined, 'anything', true],
  ['', 'anything', true],
  ['latency', 'resnet > Latency under load', true],
  ['resnet > latency', 'resnet > latency > batch=8', true],
  ['batch=8$', 'resnet > latency > batch=8', true],
  ['batch=8$', 'resnet > latency > batch=80', false],
  ['bert', 'resnet > latency', false],
])('name filter %j on %j: %s', (pattern, name, matches) => {
  expect(nameFilter(pattern)(name)).toBe(matches)
})

it('refuses a name filter that is no regular expression', () => {
  expect(() => nameFilter('a(')).toThrow(
    expect.objectContaining({ code: 'SERVEBENCH_FILTER', message: expect.stringContaining("'a('") }),
  )
})

it.each([
  [[], [], true],
  [['gpu'], ['gpu', 'slow'], true],
  [['gpu', 'cpu'], ['cpu'], true],
  [['gpu'], [], false],
  [['!slow'], ['gpu'], true],
  [['gpu', '!slow'], ['gpu', 'slow'], false],
])('tag filter %j on %j: %s', (tags, own, matches) => {
  expect(tagFilter(tags)(own)).toBe(matches)
})

it('reads axis values', () => {
  expect(parseSet(['batch=1,8', 'precision=fp16', 'batch=8', 'batch=16'])).toEqual({
    batch: ['1', '8', '16'],
    precision: ['fp16'],
  })
  expect(parseSet(['url=http://localhost:1?a=b'])).toEqual({ url: ['http://localhost:1?a=b'] })
  expect(Object.keys(parseSet(['__proto__=1']))).toEqual(['__proto__'])
})

it.each(['batch', '=8', 'batch=', 'batch=1,,2'])('refuses --set %s', (argument) => {
  expect(() => parseSet([argument])).toThrow(expect.objectContaining({ code: 'SERVEBENCH_SET' }))
})
