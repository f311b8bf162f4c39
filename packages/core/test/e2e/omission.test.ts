/** The example that shows coordinated omission, shorter: a freeze of one second. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { everyRequest, oneUser } from '../../../../examples/coordinated-omission/closed-form.ts'

const EXAMPLE = join(import.meta.dirname, '../../../../examples/coordinated-omission/demonstration.ts')

it('knows the textbook: 100 s of 1 ms answers every 10 ms, then 100 s of nothing', () => {
  const shape = { interval: 10, service: 1, freeze: 100_000 }
  const all = everyRequest(shape)
  expect(all.requests).toBe(20_000)
  expect(all.mean).toBeCloseTo(25_003, 0)
  expect([50, 75, 90, 99, 99.9, 99.99].map(all.percentile)).toEqual([1, 50e3, 80e3, 98e3, 99.8e3, 99.98e3])
  const one = oneUser(shape)
  expect(one.requests).toBe(10_001)
  expect(one.mean).toBeCloseTo(11, 1)
  expect(one.percentile(99.99)).toBe(1)
})

it('shows on a real server what a closed loop does not see', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, '1'], {
    env: { ...process.env, NO_COLOR: '1' },
  })
  const numbers = (name: string): number[] => {
    const line = stdout.split('\n').find((one) => one.startsWith(`${name}  `)) ?? ''
    return line.slice(name.length).trim().split(/\s+/).map(Number)
  }
  // requests, mean, p50, p75, p90, p99, p99.9
  const closed = numbers('closed loop')
  const corrected = numbers('closed loop, corrected')
  const open = numbers('open loop (servebench)')
  expect(open[0], stdout).toBe(200)
  expect(open[5], stdout).toBeGreaterThan(900)
  expect(open[4], stdout).toBeGreaterThan(700)
  // One user has one slow answer, whatever else the machine does.
  expect(closed[0], stdout).toBeLessThan(120)
  expect(closed[3], stdout).toBeLessThan((open[3] as number) / 2)
  expect(corrected[0], stdout).toBeGreaterThan(closed[0] as number)
  expect(corrected[5], stdout).toBeGreaterThan(900)
})
