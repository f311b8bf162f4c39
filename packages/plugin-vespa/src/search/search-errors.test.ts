import { FailureExamples } from '@servebench/plugin-oip/dialect'
import { FailureKind } from 'servebench/session'
import { expect, it } from 'vitest'
import { SearchErrors } from './search-errors.ts'

/** What is found when an answer arrives in parts of `size` bytes, between others of another slot. */
function read(text: string, size: number, status = 200): [FailureKind, number] {
  const observer = new SearchErrors(2, new FailureExamples())
  const bytes = Buffer.from(text)
  const other = Buffer.from('{"root":{"errors":[{"code":99}')
  observer.head(1, status)
  observer.head(0, 200)
  for (let at = 0; at < bytes.length; at += size) {
    observer.body(1, bytes, at, Math.min(bytes.length, at + size))
    observer.body(0, other, at % other.length, (at % other.length) + 1)
  }
  return [observer.end(1), observer.code(1)]
}

const { none, application, httpStatus } = FailureKind
const cases: [string, FailureKind, number][] = [
  ['{"root":{"id":"a","errors":[{"code":12,"summary":"s"}],"children":[]}}', application, 12],
  ['{ "root" : { "errors" : [ { "summary" : "a\\"b", "code" : 8 } ] } }', application, 8],
  ['{"root":{"errors":[{"source":{"code":4},"code":10}]}}', application, 10],
  ['{"trace":{"children":[{"errors":[{"code":1}]}]},"root":{"errors":[{"code":5}]}}', application, 5],
  ['{"timing":{"errors":[{"code":1}]},"root":{"fields":{"totalCount":1}}}', none, 0],
  ['{"root":{"errors":[]}}', none, 0],
  ['{"root":{"errors":[],"coverage":{"code":{"code":{"code":3}}}}}', none, 0],
  ['{"root":{"id":"errors","fields":{"errors":[{"code":3}]}}}', none, 0],
  ['{"root":{"children":[{"fields":{"errors":[{"code":3}]}}]}}', none, 0],
  ['{"root":{"children":[],"errors":[{"code":3}]}}', none, 0],
  ['{"root":{"x":"\\\\","errors":[{"code":3}]}}', application, 3],
  ['{"root":{"errors":[{"code":"x"}]}}', application, 0],
  ['{"root":{"errors":[{"code":999}]}}', application, 999],
  ['{"root":{"errors":[{"code":1000}]}}', application, 0],
  ['{"root":{"errors":[{"code":12345678}]}}', application, 0],
  ['{"errors":[{"code":3}]}', none, 0],
  ['<result><error code="3"/></result>', none, 0],
  ['', none, 0],
]

it.each(cases)('reads %s', (text, kind, code) => {
  for (const size of [1, 2, 3, 7, 1000]) expect(read(text, size), `in parts of ${size}`).toEqual([kind, code])
})

it('leaves statuses to answers without errors', () => {
  expect(read('{"root":{}}', 100, 503)).toEqual([httpStatus, 0])
  expect(read('{"root":{"errors":[{"code":10}]}}', 100, 503)).toEqual([application, 10])
})

it('agrees with a parser on results of any form', () => {
  let state = 7
  const random = (count: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % count
  }
  const words = ['errors', 'code', 'root', 'children', 'a', 'x"errors":[', '\\', '{', '']
  const value = (depth: number): unknown => {
    const kind = random(depth > 4 ? 2 : 5)
    if (kind === 0) return random(50)
    if (kind === 1) return words[random(words.length)]
    if (kind === 2) return Array.from({ length: random(3) }, () => value(depth + 1))
    return Object.fromEntries(
      Array.from({ length: random(4) }, () => [words[random(words.length)], value(depth + 1)]),
    )
  }
  for (let round = 0; round < 2000; round++) {
    const code = 1 + random(30)
    const errors = random(2) === 0 ? {} : { errors: [{ summary: words[random(words.length)], code }] }
    const root = { fields: value(0), coverage: value(0), ...errors, children: [value(0)] }
    const text = JSON.stringify({ timing: value(0), root })
    expect(read(text, 1 + random(40)), text).toEqual('errors' in errors ? [application, code] : [none, 0])
  }
})
