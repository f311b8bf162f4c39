import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { collectGarbage, GarbageRounds } from './collect-garbage.ts'

/** What was made in an earlier turn can be collected. */
async function forgotten(): Promise<WeakRef<object>> {
  const reference = new WeakRef<object>(new SharedArrayBuffer(1024))
  await setImmediate()
  return reference
}

it('collects shared memory that nobody has any more', async () => {
  const reference = await forgotten()
  collectGarbage()
  await setImmediate()
  expect(reference.deref()).toBeUndefined()
})

it('is done after a hundred trials', async () => {
  const rounds = new GarbageRounds()
  for (let trial = 0; trial < 99; trial++) rounds.next()
  const reference = await forgotten()
  rounds.next()
  await setImmediate()
  expect(reference.deref()).toBeUndefined()
})
