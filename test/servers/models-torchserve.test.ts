import { join } from 'node:path'
import { connectTarget, launchServer, openTarget } from 'servebench/testing'
import { beforeAll, expect, it } from 'vitest'
import { onnxModel } from '../../packages/plugin-models/src/index.ts'
import { plugin, torchserve, torchServe } from '../../packages/plugin-torchserve/src/index.ts'
import type { TorchServeResponse } from '../../packages/plugin-torchserve/src/index.ts'
import { install } from './support/install.ts'
import { expectSameAnswers, MODEL, ROWS, WrittenModels } from './support/written-models.ts'

let binary = ''
beforeAll(() => {
  binary = join(install('torchserve'), 'venv/bin/torchserve')
})

it('answers from a written store as ONNX Runtime does in this process', async () => {
  const { written, models } = await WrittenModels.of(
    torchServe({ models: [{ onnx: onnxModel(MODEL) }], state: { workers: 2, batchSize: 4 } }),
  )
  using _ = written
  expect(models).toEqual([{ name: 'written', version: '1.0', path: 'written.mar' }])
  expect(written.files).toEqual(['written.mar'])
  const archive = join(written.folder, 'written.mar')
  await using launched = await launchServer(plugin, torchServe({ binary, models: [archive] }))
  // Nothing but the archive says so.
  expect(launched.effective).toMatchObject({ models: { 'written/1.0': { batchSize: 4 } } })
  const target = await connectTarget(plugin, torchserve({ model: 'written' }), { server: launched.server })
  const row = [...ROWS.subarray(0, 8)]
  await using open = await openTarget<TorchServeResponse>(target, [{ body: row }])
  const { response } = await open.ask()
  await expectSameAnswers(response?.json() as number[], ROWS.subarray(0, 8))
})
