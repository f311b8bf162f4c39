import { tableFromIPC, RecordBatchReader } from 'apache-arrow'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FailureKind, Outcome } from '../engine/outcome.ts'
import { createRecordBlock, failureCode, RecordPhase, type RecordBlock } from './record-block.ts'
import { RecordStream } from './record-stream.ts'

const STREAMS = [
  { name: 'main', labels: ['short', undefined, 'long'] },
  { name: 'other', labels: ['long'] },
]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Row n of a block: values that follow from n, every fourth without an answer. */
function fill(block: RecordBlock, rows: number, firstUnit: number): void {
  for (let row = 0; row < rows; row++) {
    const unit = firstUnit + row
    const lost = unit % 4 === 3
    block.unit[row] = unit
    block.index[row] = unit % 3
    block.intended[row] = unit * 1000.5
    block.dispatched[row] = unit * 1000.5 + 10
    block.sent[row] = unit * 1000.5 + 20
    block.firstByte[row] = lost ? NaN : unit * 1000.5 + 30
    block.completion[row] = lost ? NaN : unit * 1000.5 + 40
    block.serverQueue[row] = unit % 2 === 0 ? 12_500 : NaN
    block.serverCompute[row] = NaN
    block.bytesOut[row] = 600
    block.bytesIn[row] = 4_000_000_000
    block.code[row] = lost ? failureCode(FailureKind.httpStatus, 503) : 0
    block.items[row] = 8
    block.messages[row] = 1
    block.payload[row] = unit % 3
    block.attempt[row] = 1
    block.outcome[row] = lost ? Outcome.failed : Outcome.completed
    block.phase[row] = unit < 4 ? RecordPhase.warmup : RecordPhase.measurement
    block.stream[row] = 0
  }
}

/** Batches up to where the file ends or tears. */
function readBatches(path: string): { rows: number; batches: number } {
  let rows = 0
  let batches = 0
  try {
    for (const batch of RecordBatchReader.from(readFileSync(path))) {
      rows += batch.numRows
      if (batch.numRows > 0) batches += 1
    }
  } catch {
    // The torn end.
  }
  return { rows, batches }
}

describe('RecordStream', () => {
  it('writes every value so that Arrow reads it back', () => {
    const path = join(folder, 'a.arrows')
    const block = createRecordBlock(100)
    const stream = new RecordStream(path, { streams: STREAMS })
    fill(block, 100, 0)
    stream.write(block, 100, 3)
    // The block is used again at once, as the engine does.
    fill(block, 7, 100)
    block.stream[6] = 1
    block.payload[6] = 0
    block.payload[5] = -1
    stream.write(block, 7, 300)
    const summary = stream.close()
    expect(summary).toMatchObject({ rows: 107, complete: true, problem: null })
    expect(readFileSync(path).byteLength).toBe(summary.bytes)

    const table = tableFromIPC(readFileSync(path))
    expect(table.schema.fields.map((field) => field.name)).toEqual([
      'unit',
      'index',
      'attempt',
      'stream',
      'label',
      'worker',
      'phase',
      'outcome',
      'failure',
      'code',
      'intended',
      'dispatched',
      'sent',
      'first_byte',
      'completion',
      'bytes_out',
      'bytes_in',
      'items',
      'messages',
      'server_queue',
      'server_compute',
      'weight',
    ])
    expect(table.numRows).toBe(107)
    expect({ ...table.get(2)?.toJSON() }).toEqual({
      unit: 2,
      index: 2,
      attempt: 1,
      stream: 'main',
      label: 'long',
      worker: 3,
      phase: 'warmup',
      outcome: 'completed',
      failure: 'none',
      code: 0,
      intended: 2001,
      dispatched: 2011,
      sent: 2021,
      first_byte: 2031,
      completion: 2041,
      bytes_out: 600,
      bytes_in: 4_000_000_000,
      items: 8,
      messages: 1,
      server_queue: 12_500,
      server_compute: null,
      weight: 1,
    })
    expect(table.get(7)?.toJSON()).toMatchObject({
      label: null,
      outcome: 'failed',
      failure: 'http',
      code: 503,
      first_byte: null,
      completion: null,
      phase: 'measurement',
    })
    expect(table.get(105)?.toJSON()).toMatchObject({ unit: 105, label: null, worker: 300 })
    expect(table.get(106)?.toJSON()).toMatchObject({ unit: 106, stream: 'other', label: 'long' })
    expect(table.getChild('completion')?.nullCount).toBe(26)
  })

  it('leaves a readable file when there was no request', () => {
    const path = join(folder, 'a.arrows')
    expect(new RecordStream(path, { streams: STREAMS }).close()).toMatchObject({ rows: 0, complete: true })
    const table = tableFromIPC(readFileSync(path))
    expect(table.numRows).toBe(0)
    expect(table.schema.fields).toHaveLength(22)
  })

  it('is readable up to its last whole batch wherever it is cut', () => {
    const path = join(folder, 'a.arrows')
    const block = createRecordBlock(50)
    const stream = new RecordStream(path, { streams: STREAMS })
    const ends: number[] = []
    for (let batch = 0; batch < 4; batch++) {
      fill(block, 50, batch * 50)
      stream.write(block, 50, 0)
      ends.push(readFileSync(path).byteLength)
    }
    stream.close()
    const whole = readFileSync(path)
    for (let cut = whole.byteLength; cut > (ends[0] ?? 0); cut -= 997) {
      writeFileSync(path, whole)
      truncateSync(path, cut)
      const complete = ends.filter((end) => end <= cut).length
      expect(readBatches(path)).toEqual({ rows: complete * 50, batches: complete })
    }
  })

  it('thins out by whole units when the budget is used up, and says what a row stands for', () => {
    const path = join(folder, 'a.arrows')
    const block = createRecordBlock(1000)
    const stream = new RecordStream(path, { streams: STREAMS, seed: 7, budget: 1_000_000 })
    for (let batch = 0; batch < 25; batch++) {
      fill(block, 1000, batch * 1000)
      stream.write(block, 1000, 0)
    }
    const summary = stream.close()
    expect(summary).toMatchObject({ complete: false, problem: null })
    expect(summary.bytes).toBeLessThan(1_000_000)
    const table = tableFromIPC(readFileSync(path))
    let represented = 0
    const weights = new Set<number>()
    for (const row of table) {
      represented += row['weight'] as number
      weights.add(row['weight'] as number)
    }
    expect([...weights]).toEqual([1, 16])
    expect(Math.abs(represented / 25_000 - 1)).toBeLessThan(0.15)
  })

  it('keeps the same units for any seed-equal stream, and others for another seed', () => {
    const units = (seed: number, split: number): number[] => {
      const path = join(folder, `s${seed}-${split}.arrows`)
      const stream = new RecordStream(path, { streams: STREAMS, seed, oneIn: 10 })
      const block = createRecordBlock(2000)
      for (let from = 0; from < 2000; from += split) {
        fill(block, split, from)
        stream.write(block, split, 0)
      }
      stream.close()
      return [...(tableFromIPC(readFileSync(path)).getChild('unit') ?? [])] as number[]
    }
    const kept = units(1, 2000)
    expect(kept.length).toBeGreaterThan(150)
    expect(kept.length).toBeLessThan(250)
    expect(units(1, 500)).toEqual(kept)
    expect(units(2, 2000)).not.toEqual(kept)
  })

  it('says so at once when the file cannot be made', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => new RecordStream(join(folder, 'file', 'a.arrows'), { streams: STREAMS })).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_WRITE',
        message: expect.stringContaining('a part of the path is a file'),
      }),
    )
  })

  it.runIf(process.platform === 'linux')('goes on without the file when the disk is full', () => {
    const stream = new RecordStream('/dev/full', { streams: STREAMS })
    const block = createRecordBlock(10)
    fill(block, 10, 0)
    stream.write(block, 10, 0)
    expect(stream.close()).toMatchObject({
      rows: 0,
      complete: false,
      problem: { code: 'SERVEBENCH_WRITE', message: expect.stringContaining('the disk is full') },
    })
  })
})
