import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxModel } from '@servebench/plugin-models'
import { writeModels } from 'servebench/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tritonServer } from '../src/index.ts'

let root = ''
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'triton-models-'))))
afterEach(() => rmSync(root, { recursive: true }))

const model = onnxModel({ family: 'mlp', inputs: 4, width: 8, layers: 1, outputs: 2, name: 'small' })

it('settings are in the configuration of a model that is written', async () => {
  const state = { instances: 3, maxBatchSize: 8, dynamicBatching: { maxQueueDelay: '200us' } } as const
  const server = tritonServer({ models: [{ model, backend: 'onnxruntime' }], state })
  expect(await writeModels(server, 'repository', { root })).toEqual([
    { name: 'small', version: '1', path: 'small' },
  ])
  const config = readFileSync(join(root, 'repository/small/config.pbtxt'), 'utf8')
  expect(config).toContain('backend: "onnxruntime"')
  expect(config).toContain('max_batch_size: 8')
  expect(config).toMatch(/instance_group \{[^}]*count: 3/)
  expect(config).toContain('max_queue_delay_microseconds: 200')
  expect(readFileSync(join(root, 'repository/small/1/model.onnx')).length).toBeGreaterThan(200)
})

it('folders of models are taken as they are, or not at all', async () => {
  mkdirSync(join(root, 'mine/1'), { recursive: true })
  writeFileSync(join(root, 'mine/config.pbtxt'), 'name: "mine"')
  expect(await writeModels(tritonServer({ models: ['mine'] }), 'repository', { root })).toEqual([
    { name: 'mine', version: null, path: 'mine' },
  ])
  expect(readFileSync(join(root, 'repository/mine/config.pbtxt'), 'utf8')).toBe('name: "mine"')
  const changed = tritonServer({ models: [{ model: 'mine', instances: 2 }] })
  await expect(writeModels(changed, 'other', { root })).rejects.toThrow('a configuration of its own')
  await expect(writeModels(tritonServer({ models: ['nosuch'] }), 'other', { root })).rejects.toThrow(
    /Model 'nosuch': there is no .*nosuch/,
  )
  const attached = tritonServer({ url: 'http://127.0.0.1:8000' })
  await expect(writeModels(attached, 'other', { root })).rejects.toMatchObject({
    code: 'SERVEBENCH_NO_PROVIDER',
  })
})
