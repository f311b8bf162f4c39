import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { env } from './secret.ts'
import {
  importLines,
  literal,
  quote,
  source,
  SourceText,
  WrittenCall,
  WrittenFunction,
} from './bench-source.ts'

/** What a literal of plain data says when it is run. */
function evaluate(text: string): unknown {
  return JSON.parse(runInNewContext(`JSON.stringify((${text}))`) as string)
}

it.each([
  [{ a: 1, 'b c': ["it's", 'a "b"', '\\', 'x\ny', '\u2028', '${x}', '`'], d: { e: null, f: true } }],
  [{ ['__proto__']: { x: 1 }, constructor: 2, '1': 3 }],
  [[[], {}, -0.5, 1e21]],
  [{ long: Array.from({ length: 60 }, (_, index) => `value ${index}`) }],
])('is the value that it was written from: %#', (value) => {
  const again = evaluate(literal(value, 0))
  expect(again).toEqual(value)
  expect(JSON.stringify(again)).toBe(JSON.stringify(value))
})

it('takes data for data, whatever it looks like', () => {
  const data = { call: 'exit', from: 'node:process', argument: 1 }
  expect(evaluate(literal({ data }, 0))).toEqual({ data })
  expect(source({ data }, 0)).toBe("{ call: 'exit', from: 'node:process', argument: 1 }")
  expect(importLines([], [data])).toEqual([])
})

it('has calls, functions and names anywhere', () => {
  const target = new WrittenCall('http', 'servebench', { url: 'http://x', headers: { a: env('A') } })
  const batched = new WrittenFunction(['batch'], {
    batch: new SourceText('batch'),
    half: new SourceText('batch / 2'),
  })
  const options = {
    target,
    of: batched,
    call: new WrittenFunction(['batch'], new WrittenCall('f', './f.ts')),
  }
  expect(literal(options, 0)).toBe(`{
  target: http({ url: 'http://x', headers: { a: env('A') } }),
  of: ({ batch }) => ({ batch, half: batch / 2 }),
  call: ({ batch }) => f(),
}`)
  expect(importLines([{ call: 'study', from: 'servebench' }], [options])).toEqual([
    "import { env, http, study } from 'servebench'",
    "import { f } from './f.ts'",
  ])
})

it('quotes text', () => {
  expect(quote(`a'b"c\\`)).toBe(`'a\\'b"c\\\\'`)
})
