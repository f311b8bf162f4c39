import { expect, it } from 'vitest'
import { Deferred } from './deferred.ts'

it('runs all cleanups, last first, each once, whatever fails', async () => {
  const said: string[] = []
  const done: string[] = []
  const deferred = new Deferred('the trial', { info: () => {}, warn: (message) => void said.push(message) })
  deferred.defer(() => void done.push('first'))
  deferred.defer(() => {
    throw new Error('broken')
  })
  deferred.defer(async () => {
    await Promise.resolve()
    done.push('last')
    // What a cleanup defers runs too.
    deferred.defer(() => void done.push('late'))
  })
  deferred.defer(() => Promise.reject(new Error('rejected')))
  await deferred.run()
  expect(done).toEqual(['last', 'late', 'first'])
  expect(said).toEqual(['A cleanup of the trial failed: rejected', 'A cleanup of the trial failed: broken'])
  await deferred.run()
  expect(done).toHaveLength(3)
})
