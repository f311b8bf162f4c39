import { describe, expect, it } from 'vitest'
import { readHttpInput, readTensorInput } from './quick-input.ts'

describe('an input file for http', () => {
  it('is a request, a sample, or else the body', () => {
    expect(readHttpInput('{"path":"/a","body":{"n":[1]}}')).toEqual({ path: '/a', body: { n: [1] } })
    expect(readHttpInput('{"text":"hi","items":2}')).toEqual({ text: 'hi', items: 2 })
    expect(readHttpInput('{"inputs":[1,2]}')).toEqual({ json: { inputs: [1, 2] } })
    expect(readHttpInput('[1]')).toEqual({ json: [1] })
    expect(readHttpInput('{}')).toEqual({ json: {} })
    expect(() => readHttpInput('{')).toThrow(SyntaxError)
  })

  it('keeps all digits of whole numbers, wherever they are', () => {
    const json = { headers: { 'content-type': 'application/json' } }
    const large = '[9007199254740993,-9223372036854775808,1.5,"9007199254740993"]'
    expect(readHttpInput(`{"ids": ${large}}`)).toEqual({ ...json, body: `{"ids":${large}}` })
    expect(readHttpInput(`{"json": ${large}, "items": 4}`)).toEqual({ ...json, items: 4, body: large })
    expect(
      readHttpInput(`{"headers": {"content-type": "a/b", "x": "y"}, "query": {"id": 9007199254740993},
        "body": ${large}}`),
    ).toEqual({
      headers: { 'content-type': 'a/b', x: 'y' },
      query: { id: '9007199254740993' },
      body: large,
    })
    const tensors = (data: unknown) => ({ tensors: { ids: { datatype: 'INT64', shape: [1], data } } })
    expect(
      readHttpInput(`{"tensors":{"ids":{"datatype":"INT64","shape":[1],"data":[9007199254740993]}}}`),
    ).toEqual(tensors(['9007199254740993']))
  })
})

it('gives tensors large whole numbers as text, and the others as they are', () => {
  expect(readTensorInput('{"ids":[[1,-9007199254740993],[2.5,18446744073709551615]],"x":null}')).toEqual({
    ids: [
      [1, '-9007199254740993'],
      [2.5, '18446744073709551615'],
    ],
    x: null,
  })
})
