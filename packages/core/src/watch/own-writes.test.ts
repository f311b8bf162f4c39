import { expect, it } from 'vitest'
import { OwnWrites } from './own-writes.ts'

it('takes a file for the work of runs when it changes again and again', () => {
  const writes = new OwnWrites()
  expect([writes.isOwn('log'), writes.isOwn('model'), writes.isOwn('log'), writes.isOwn('log')]).toEqual([
    false,
    false,
    true,
    true,
  ])
  writes.forget()
  expect(writes.isOwn('log')).toBe(false)
})
