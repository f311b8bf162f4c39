import { readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Whether a process runs; one that is dead and not yet waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return process.platform !== 'linux'
  }
}

/** Process ids that servers have written, one per line. */
export function readPids(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

export async function expectGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(0)
  await expect.poll(() => pids.filter(isRunning), { timeout: 10_000, interval: 20 }).toEqual([])
}
