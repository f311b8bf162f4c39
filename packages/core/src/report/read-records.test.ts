import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Outcome } from '../engine/outcome.ts'
import { readRecords } from './read-records.ts'
import { createRecordBlock, RecordPhase } from './record-block.ts'
import { RecordStream } from './record-stream.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Two batches of three requests; every third has no answer and no label. */
function write(path: string): void {
  const stream = new RecordStream(path, { streams: [{ name: 'main', labels: ['short', undefined] }] })
  const block = createRecordBlock(3)
  for (const first of [0, 3]) {
    for (let row = 0; row < 3; row++) {
      const lost = row === 2
      block.unit[row] = first + row
      block.messages[row] = row
      block.completion[row] = lost ? NaN : (first + row) * 1000.25
      block.payload[row] = lost ? 1 : 0
      block.outcome[row] = lost ? Outcome.timedOut : Outcome.completed
      block.phase[row] = RecordPhase.measurement
    }
    stream.write(block, 3, first / 3)
  }
  stream.close()
}

describe('readRecords', () => {
  it('reads numbers and names over all batches', async () => {
    const path = join(folder, 'a.arrows')
    write(path)
    const records = await readRecords(path)
    expect(records.rows).toBe(6)
    expect([...records.numbers('unit')]).toEqual([0, 1, 2, 3, 4, 5])
    expect([...records.numbers('completion')]).toEqual([0, 1000.25, NaN, 3000.75, 4001, NaN])
    expect([...records.numbers('messages')]).toEqual([0, 1, 2, 0, 1, 2])
    expect([...records.numbers('worker')]).toEqual([0, 0, 0, 1, 1, 1])
    expect(records.names('outcome')).toEqual([
      'completed',
      'completed',
      'timed-out',
      'completed',
      'completed',
      'timed-out',
    ])
    expect(records.names('label')).toEqual(['short', 'short', null, 'short', 'short', null])
    expect(() => records.numbers('latency')).toThrow("it has no column 'latency'")
  })

  it('reads what stands before a torn end', async () => {
    const path = join(folder, 'torn.arrows')
    write(path)
    truncateSync(path, readFileSync(path).length - 200)
    expect([...(await readRecords(path)).numbers('unit')]).toEqual([0, 1, 2])
  })

  it.each(['', 'not records at all, but some text that is long enough'])('refuses %j', async (text) => {
    const path = join(folder, 'other.arrows')
    writeFileSync(path, text)
    await expect(readRecords(path)).rejects.toMatchObject({
      code: 'SERVEBENCH_RECORDS',
      message: expect.stringContaining(path),
    })
    await expect(readRecords(join(folder, 'missing'))).rejects.toMatchObject({ code: 'SERVEBENCH_RECORDS' })
  })
})
