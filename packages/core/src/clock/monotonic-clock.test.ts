import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { monotonicClock } from './monotonic-clock.ts'

describe('monotonicClock', () => {
  it('counts from the origin in the nanoseconds of hrtime', () => {
    const origin = process.hrtime.bigint()
    const clock = monotonicClock(origin)
    for (let round = 0; round < 1000; round++) {
      const before = Number(process.hrtime.bigint() - origin)
      const now = clock.now()
      const after = Number(process.hrtime.bigint() - origin)
      expect(now).toBeGreaterThanOrEqual(before - clock.uncertainty - 1)
      expect(now).toBeLessThanOrEqual(after + clock.uncertainty + 1)
    }
  })

  it('never goes back', () => {
    const clock = monotonicClock(process.hrtime.bigint())
    let last = clock.now()
    for (let round = 0; round < 100_000; round++) {
      const now = clock.now()
      if (now < last) expect.fail(`went back by ${last - now} ns`)
      last = now
    }
  })

  it('is one time line for all threads', async () => {
    const origin = process.hrtime.bigint()
    const here = monotonicClock(origin)
    // The worker stamps instants between two of ours: its clock must read in between, whenever its thread started.
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.module).then(({ monotonicClock }) => {
        const clock = monotonicClock(workerData.origin)
        parentPort.on('message', () => parentPort.postMessage([clock.now(), clock.uncertainty]))
        parentPort.postMessage('ready')
      })
      `,
      { eval: true, workerData: { module: new URL('./monotonic-clock.ts', import.meta.url).href, origin } },
    )
    try {
      const message = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve))
      await message()
      for (let round = 0; round < 20; round++) {
        const before = here.now()
        const answer = message()
        worker.postMessage('now')
        const [there, uncertainty] = (await answer) as [number, number]
        const after = here.now()
        const slack = uncertainty + here.uncertainty + 1
        expect(there).toBeGreaterThan(before - slack)
        expect(there).toBeLessThan(after + slack)
      }
    } finally {
      await worker.terminate()
    }
  })
})
