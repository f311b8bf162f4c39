import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GenerateContext } from 'servebench'
import { afterAll, expect, it } from 'vitest'
import { perfAnalyzerData } from './perf-analyzer-data.ts'

const folder = mkdtempSync(join(tmpdir(), 'inputs-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function made(json: unknown, batch?: number): (index: number) => unknown {
  const file = join(folder, `${count++}.json`)
  writeFileSync(file, typeof json === 'string' ? json : JSON.stringify(json))
  const { generate } = perfAnalyzerData({ file, ...(batch === undefined ? {} : { batch }) })
  return (index) => generate({ index } as GenerateContext)
}

// As in the documentation of perf_analyzer, and the input data of Model Analyzer's BLS example.
const DATA = {
  data: [
    { NAME: ['add'], INPUT: [1, 2, 3, 4] },
    { NAME: { content: ['sub'], shape: [1] }, INPUT: { content: [5, 6, 7, 8], shape: [4] } },
  ],
}

it('is one entry after the other, and the first again', () => {
  const request = made(DATA)
  expect(request(0)).toEqual({ inputs: { NAME: { data: ['add'] }, INPUT: { data: [1, 2, 3, 4] } } })
  expect(request(1)).toEqual({
    inputs: { NAME: { data: ['sub'], shape: [1] }, INPUT: { data: [5, 6, 7, 8], shape: [4] } },
  })
  expect(request(2)).toEqual(request(0))
})

it('joins entries to batches', () => {
  const request = made(
    {
      data: [
        DATA.data[1],
        {
          NAME: ['x'],
          INPUT: [
            [9, 9],
            [9, 9],
          ],
        },
      ],
    },
    2,
  )
  expect(request(0)).toEqual({
    inputs: {
      NAME: { data: ['sub', 'x'], shape: [2, 1] },
      INPUT: { data: [5, 6, 7, 8, 9, 9, 9, 9], shape: [2, 4] },
    },
  })
  // Two entries, two to a batch: each is the same.
  expect(request(1)).toEqual(request(0))
})

it('takes sequences step by step', () => {
  const request = made({ data: [[{ X: [1] }, { X: [2] }], [{ X: [3] }]] })
  expect([0, 1, 2].map(request)).toEqual([1, 2, 3].map((value) => ({ inputs: { X: { data: [value] } } })))
})

it.each([
  ['{', /is no file of inputs/],
  [{ data: [] }, /data: must be a list of entries/],
  [[1], /data: must be a list of entries/],
  [{ data: [1, { X: 2 }] }, /data\[0\]: must be an object[^]*data\[1\]\.X: must be a list/],
  [{ data: [{ X: { b64: 'AA==' } }] }, /data\[0\]\.X: is in base64/],
  [{ data: [{ X: { content: [1], shape: ['1'] } }] }, /data\[0\]\.X\.shape: must be whole numbers/],
])('refuses %j', (json, message) => {
  expect(() => made(json)(0)).toThrow(message)
})

it('refuses no file, and half a batch', () => {
  expect(() =>
    perfAnalyzerData({ file: join(folder, 'none.json') }).generate({ index: 0 } as GenerateContext),
  ).toThrow('is no file of inputs: ENOENT')
  expect(() => perfAnalyzerData({ file: 'x', batch: 0.5 })).toThrow('batch: must be a whole number above 0.')
})
