import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../plugin.ts'
import { matching, type Expectations } from './matching.ts'
import { HttpResponse } from './response.ts'

const answer = new HttpResponse(
  200,
  { 'x-yahoo-vespa-totalhitcount': '12', 'content-type': 'application/json', 'x-empty': '' },
  Buffer.from(`{"root":{"coverage":{"coverage":100}},"more":"${'grüße '.repeat(20_000)}end"}`),
)

describe('matching', () => {
  it.each<[Expectations, boolean]>([
    [{}, true],
    [{ status: 200 }, true],
    [{ status: [201, 204] }, false],
    [{ headers: { 'Content-Type': 'application/json' } }, true],
    [{ headers: { 'content-type': 'json' } }, false],
    [{ headers: { 'content-type': /json$/ } }, true],
    [{ headers: { 'X-Yahoo-Vespa-TotalHitCount': { min: 1 } } }, true],
    [{ headers: { 'x-yahoo-vespa-totalhitcount': { min: 13 } } }, false],
    [{ headers: { 'x-yahoo-vespa-totalhitcount': { max: 12 } } }, true],
    [{ headers: { 'content-type': { min: 0 } } }, false],
    [{ headers: { 'x-empty': { max: 5 } } }, false],
    [{ headers: { 'x-missing': /.*/ } }, false],
    [{ text: '"coverage":100' }, true],
    [{ text: /"coverage":\s*100\b/ }, true],
    [{ text: /"coverage":99/ }, false],
    [{ not: '"errors"' }, true],
    [{ not: /coverage/ }, false],
    [{ text: 'end' }, false],
    [{ text: 'end', within: '1MiB' }, true],
    [{ status: 200, headers: { 'content-type': /json/ }, text: 'root', not: 'errors' }, true],
  ])('%o is %s', (expectations, expected) => {
    const check = matching(expectations)
    // An expression with a memory would say something else the second time.
    expect([check(answer), check(answer)]).toEqual([expected, expected])
  })

  it('does not remember where an expression stopped', () => {
    const check = matching({ text: /coverage/g, headers: { 'content-type': /application/y } })
    expect([check(answer), check(answer), check(answer)]).toEqual([true, true, true])
  })

  it('reports all that is wrong at once', () => {
    const wrong = {
      status: [200, 'ok'],
      headers: { a: 5, b: {}, c: { min: '1' } },
      text: '',
      not: 7,
      within: '5 apples',
      body: /x/,
    }
    const error = (() => {
      try {
        matching(wrong as unknown as Expectations)
      } catch (thrown) {
        return thrown
      }
      return undefined
    })()
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).problems.map(({ path }) => path)).toEqual([
      'matching.body',
      'matching.status',
      'matching.headers.a',
      'matching.headers.b',
      'matching.headers.c',
      'matching.text',
      'matching.not',
      'matching.within',
    ])
  })
})
