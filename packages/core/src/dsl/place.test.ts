import { expect, it } from 'vitest'
import { placeOf } from './place.ts'

it.each([
  ['    at file:///bench/a.bench.ts:3:5', { file: '/bench/a.bench.ts', line: 3, column: 5 }],
  [
    '    at body (file:///bench/my%20dir/a.bench.ts:13:25)',
    { file: '/bench/my dir/a.bench.ts', line: 13, column: 25 },
  ],
  ['    at async Promise.all (index 0)', null],
  ['    at async file:///bench/a.bench.ts:7:1', { file: '/bench/a.bench.ts', line: 7, column: 1 }],
  ['    at Object.<anonymous> (/bench/a.bench.cts:1:2)', { file: '/bench/a.bench.cts', line: 1, column: 2 }],
  ['    at file:///C:/bench/a.bench.ts:3:5', { file: 'C:/bench/a.bench.ts', line: 3, column: 5 }],
  ['    at ModuleJob.run (node:internal/modules/esm/module_job:343:25)', null],
  ['Error: boom', null],
])('reads %j', (frame, place) => {
  expect(placeOf(frame)).toEqual(place)
})
