import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LIVE_INDEX, LiveView } from '../engine/live-view.ts'
import { SECOND } from '../units/nanos.ts'
import { TurnWatch } from './turn-watch.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** Lets time pass while the given threads make turns. */
async function pass(seconds: number, turning: readonly LiveView[]): Promise<void> {
  for (let step = 0; step < seconds * 10; step++) {
    for (const live of turning) live.fields[LIVE_INDEX.turns]! += 1
    await vi.advanceTimersByTimeAsync(100)
  }
}

it('notices the one thread that makes no turns any more', async () => {
  const lives = [new LiveView(), new LiveView()]
  using watch = new TurnWatch(lives, 2 * SECOND)
  let error: unknown = null
  watch.stuck.catch((reason: unknown) => (error = reason))
  await pass(5, lives)
  expect(error).toBeNull()
  await pass(1.9, lives.slice(0, 1))
  expect(error).toBeNull()
  // It goes on: all is well.
  await pass(1, lives)
  await pass(2.5, lives.slice(0, 1))
  expect(error).toMatchObject({
    code: 'SERVEBENCH_BENCH_FUNCTION',
    message: 'A load thread has done nothing for 2.00 s.',
  })
})

it('says nothing after its trial', async () => {
  const lives = [new LiveView()]
  let error: unknown = null
  {
    using watch = new TurnWatch(lives, SECOND)
    watch.stuck.catch((reason: unknown) => (error = reason))
    await pass(0.5, [])
  }
  await pass(5, [])
  expect(error).toBeNull()
})
