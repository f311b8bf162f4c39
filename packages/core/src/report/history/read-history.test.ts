import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { readHistory } from './read-history.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function addRun(id: string, text: string, ...reports: readonly string[]): void {
  mkdirSync(join(folder, id))
  writeFileSync(join(folder, id, 'result.json'), text)
  for (const name of reports) writeFileSync(join(folder, id, name), '')
}

describe('the runs of a results folder', () => {
  it('are read with the newest first; a damaged one is told, and what is no run is not looked at', async () => {
    const result = resultFixture([trialFixture({ case: { batch: 2 } })])
    addRun('20260101T000000Z-aaaa', JSON.stringify(result), 'report.html')
    addRun('20260102T000000Z-bbbb', '{"schemaVersion":1')
    addRun('20260103T000000Z-cccc', JSON.stringify(result))
    mkdirSync(join(folder, 'comparison'))
    const { runs, problems } = await readHistory(folder)
    expect(runs.map((run) => [run.folder, run.reports])).toEqual([
      ['20260103T000000Z-cccc', []],
      ['20260101T000000Z-aaaa', ['report.html']],
    ])
    expect(problems).toEqual([
      { folder: '20260102T000000Z-bbbb', message: expect.stringContaining('not JSON') },
    ])
    expect(runs[0]).toMatchObject({
      validity: 'valid',
      trials: 1,
      machine: 'Example CPU @ 2.40GHz · 8 cores · 16.0 GiB · Example GPU · linux x64',
      cases: [
        {
          name: 'mlp > closed loop > batch=2',
          engine: 'http1-raw',
          metrics: {
            throughput: { value: 400, interval: [398, 402] },
            errorRate: { value: 0, interval: null },
            'responseTime.p99': { value: result.trials[0]?.responseTime.p99 },
          },
        },
      ],
    })
  })

  it.each(['', 'nowhere'])('have to be there: %j', async (name) => {
    await expect(readHistory(join(folder, name))).rejects.toMatchObject({ code: 'SERVEBENCH_RESULT_MISSING' })
  })
})
