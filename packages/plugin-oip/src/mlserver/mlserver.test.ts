import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModels } from 'servebench/node'
import { launchServer } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plugin } from '../plugin.ts'
import { mlServer } from './server.ts'
import type { MlServerOptions } from './server.ts'
import { readMetrics } from './statistics.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mlserver-'))
  writeFileSync(join(root, 'small.onnx'), 'onnx')
})
afterEach(() => rmSync(root, { recursive: true }))

describe('mlServer()', () => {
  it('tells all problems at once', () => {
    const options = {
      models: ['a.onnx', { model: 'b/a.onnx', maxBatchSize: -1, maxBatchTime: '1 week', version: 'a/b' }],
      parallelWorkers: 0.5,
      startTimeout: 'soon',
      worker: 1,
    } as unknown as MlServerOptions
    expect(() => mlServer(options)).toThrow(
      expect.objectContaining({
        problems: [
          'worker',
          'models[1].version',
          'models[1].maxBatchSize',
          'models[1].maxBatchTime',
          'models[1]',
          'parallelWorkers',
          'startTimeout',
        ].map((path) => expect.objectContaining({ path }) as object),
      }),
    )
    expect(() => mlServer({ models: [] })).toThrow(/mlServer\(\)/)
  })

  it('says where the program could come from', async () => {
    const server = mlServer({ models: ['small.onnx'], binary: 'nowhere/mlserver' })
    await expect(launchServer(plugin, server, { root })).rejects.toMatchObject({
      message: expect.stringContaining('nowhere/mlserver is no program') as string,
      cause: expect.objectContaining({ code: 'SERVEBENCH_MLSERVER_BINARY' }) as Error,
    })
  })
})

describe('written models', () => {
  it('have their settings beside the runtime', async () => {
    const model = {
      model: 'small.onnx',
      name: 'mine',
      version: '2',
      maxBatchSize: 8,
      maxBatchTime: '5ms',
      intraOpThreads: 2,
    } as const
    expect(await writeModels(mlServer({ models: [model, 'small.onnx'] }), 'models', { root })).toEqual([
      { name: 'mine', version: '2', path: 'mine' },
      { name: 'small', version: '1', path: 'small' },
    ])
    const read = (file: string): string => readFileSync(join(root, 'models', file), 'utf8')
    expect(JSON.parse(read('mine/model-settings.json'))).toEqual({
      name: 'mine',
      implementation: 'servebench_onnx.OnnxRuntime',
      max_batch_size: 8,
      max_batch_time: 0.005,
      parameters: { uri: './model.onnx', version: '2', extra: { intra_op_threads: 2 } },
    })
    expect(JSON.parse(read('small/model-settings.json'))).not.toHaveProperty('max_batch_size')
    expect(read('mine/model.onnx')).toBe('onnx')
    expect(read('mine/servebench_onnx.py')).toContain('class OnnxRuntime')
  })

  it.each([
    [null, 'has no model-settings.json'],
    ['{', 'is not JSON'],
    ['{}', 'is called null'],
    ['{ "name": "other" }', 'is called "other"'],
    ['{ "name": "folder" }', 'names no implementation'],
  ])('of a folder with the settings %s are refused', async (settings, words) => {
    mkdirSync(join(root, 'folder'))
    if (settings !== null) writeFileSync(join(root, 'folder/model-settings.json'), settings)
    const writing = writeModels(mlServer({ models: ['folder'] }), 'models', { root })
    await expect(writing).rejects.toThrow(words)
  })
})

it('reads statistics of MLServer’s page, whatever version requests have named', () => {
  const page = `
# TYPE model_infer_request_success_total counter
model_infer_request_success_total{model="mlp",version="None"} 6.0
model_infer_request_success_total{model="mlp",version="1"} 2.0
model_infer_request_failure_total{model="mlp",version="1"} 2.0
model_infer_request_duration_count{model="mlp",version="None"} 6.0
model_infer_request_duration_sum{model="mlp",version="None"} 0.08
model_infer_request_duration_count{model="mlp",version="1"} 4.0
model_infer_request_duration_sum{model="mlp",version="1"} 0.02
servebench_compute_seconds_count{model="mlp",version="1"} 4.0
servebench_compute_seconds_sum{model="mlp",version="1"} 0.004
rest_server_requests_total{method="POST",path="/v2/models/mlp/infer",status_code="200"} 8.0
`
  expect(readMetrics(page).models).toEqual({
    mlp: {
      success: { count: 8, ns: expect.closeTo(8e7, 0) as number },
      fail: { count: 2, ns: expect.closeTo(2e7, 0) as number },
      queue: { count: 0, ns: 0 },
      computeInput: { count: 0, ns: 0 },
      computeInfer: { count: 4, ns: 4e6 },
      computeOutput: { count: 0, ns: 0 },
      inferences: 8,
      executions: 4,
      batches: [],
    },
  })
})
