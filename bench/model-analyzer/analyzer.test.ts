import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bestRow, readRows } from './analyzer.ts'

const TABLE = `Model,Batch,Concurrency,Model Config Path,Instance Group,Max Batch Size,Satisfies Constraints,Throughput (infer/sec),p99 Latency (ms)
batched,1,16,batched_config_2,2:CPU,8,No,804.6,139.2
batched,1,16,batched_config_3,2:CPU,8,Yes,604.6,39.2
batched,1,1,batched_config_default,1:CPU,1,Yes,79.2,16.9

`

it('finds the best row of its table', () => {
  const folder = mkdtempSync(join(tmpdir(), 'analyzer-'))
  try {
    mkdirSync(join(folder, 'results'))
    writeFileSync(join(folder, 'results/metrics-model-inference.csv'), TABLE)
    const rows = readRows(folder)
    expect(rows).toHaveLength(3)
    expect(bestRow(rows)).toEqual({
      configuration: 'batched_config_3',
      instances: 2,
      maxBatchSize: 8,
      concurrency: 16,
      satisfies: true,
      throughput: 604.6,
      p99: 39.2,
    })
    expect(bestRow(rows.map((row) => ({ ...row, satisfies: false })))).toBeNull()
    writeFileSync(join(folder, 'results/metrics-model-inference.csv'), 'Model,Batch\nx,1\n')
    expect(() => readRows(folder)).toThrow("no column 'Model Config Path'")
  } finally {
    rmSync(folder, { recursive: true })
  }
})
