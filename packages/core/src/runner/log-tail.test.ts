import { expect, it } from 'vitest'
import { LogTail } from './log-tail.ts'

it('keeps the last lines, however they come', () => {
  const log = new LogTail()
  for (const chunk of ['one\ntw', 'o\nthree\n', '\n']) log.append(chunk)
  expect(log.tail()).toBe('one\ntwo\nthree')
  expect(log.tail(2)).toBe('two\nthree')
  expect(new LogTail().tail()).toBe('')
})

it('stays small', () => {
  const log = new LogTail(1000)
  for (let line = 0; line < 10_000; line++) log.append(`line ${line}\n`)
  expect(log.tail(1e6).length).toBeLessThanOrEqual(2000)
  expect(log.tail(2)).toBe('line 9998\nline 9999')
})
