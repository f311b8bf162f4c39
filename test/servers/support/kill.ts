import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Trial } from 'servebench/plugin'
import { expect } from 'vitest'
import type { Project } from './project.ts'

/**
 * Runs the one scenario of a project, whose server is killed in the middle of the measurement: every request that was due
 * has one outcome all the same.
 * @param kill may throw: then the run has failed before
 */
export async function expectCounted(project: Project, kill: () => void): Promise<Trial> {
  const run = project.start('--reporter', 'console')
  const isMeasuring = (): boolean => {
    try {
      return readFileSync(join(project.results, 'journal.ndjson'), 'utf8').includes('"type":"window"')
    } catch {
      return false
    }
  }
  await expect.poll(isMeasuring, { timeout: 60_000 }).toBe(true)
  kill()
  const { code, output } = await run.ended
  expect(code, output).not.toBe(0)
  const [trial] = project.result().trials
  if (trial === undefined) throw new Error(output)
  const { due, completed, failed, timedOut, dropped, censored } = trial.counts
  expect(due).toBe(completed + failed + timedOut + dropped + censored)
  expect(completed).toBeGreaterThan(0)
  expect(failed + dropped + timedOut).toBeGreaterThan(0)
  return trial
}
