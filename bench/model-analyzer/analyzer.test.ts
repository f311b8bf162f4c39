import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readModelAnalyzerConfig } from '@servebench/plugin-triton/model-analyzer'
import { bestRow, readRows, writeSettings } from './analyzer.ts'

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

it('tells servebench the same by its file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'analyzer-'))
  try {
    const [http, grpc, metrics] = [1, 2, 3].map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
      string,
    ]
    const file = writeSettings({
      models: '/models',
      folder,
      http,
      grpc,
      metrics,
      perfAnalyzer: '/perf_analyzer',
    })
    const { study, notes } = readModelAnalyzerConfig(readFileSync(file, 'utf8'))
    expect(study.server).toMatchObject({ mode: 'attach', url: http, grpcUrl: grpc, metricsUrl: metrics })
    expect(study.models[0]).toMatchObject({
      axes: [
        { path: 'state.models.batched.maxBatchSize', values: [1, 8] },
        { path: 'state.models.batched.instanceKind', values: ['cpu'] },
        { path: 'state.models.batched.instances', values: [1, 2] },
        { path: 'state.models.batched.dynamicBatching.maxQueueDelay', values: ['100us'] },
      ],
      load: { vary: 'concurrency', values: [1, 4, 16], areAll: true },
      constraints: { responseTime: { p99: '60ms' } },
    })
    expect(notes.every(({ kind }) => kind === 'elsewhere' || kind === 'needless')).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
