import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { connectTarget, launchServer, openTarget } from 'servebench/testing'
import { beforeAll, expect, it } from 'vitest'
import { savedModel } from '../../packages/plugin-models/src/index.ts'
import { plugin, tfserving, tfservingServer } from '../../packages/plugin-tfserving/src/index.ts'
import type { TfServingResponse } from '../../packages/plugin-tfserving/src/index.ts'
import { install } from './support/install.ts'
import { expectSameAnswers, MODEL, ROWS, SHAPE, WrittenModels } from './support/written-models.ts'

let binary = ''
beforeAll(() => {
  const folder = install('tfserving')
  binary = process.env['TF_SERVING_BIN'] ?? join(folder, 'bin/tensorflow_model_server')
})

it('answers from a written folder as ONNX Runtime does in this process with the ONNX file', async () => {
  const { written, models } = await WrittenModels.of(tfservingServer({ models: [savedModel(MODEL)] }))
  using _ = written
  expect(models).toEqual([{ name: 'written', version: '1', path: 'written/1' }])
  expect(written.files).toContain('written/1/saved_model.pb')
  const own = tfservingServer({ binary, models: [join(written.folder, 'written')] })
  {
    await using launched = await launchServer(plugin, own)
    const target = await connectTarget(plugin, tfserving({ model: 'written' }), { server: launched.server })
    const request = { inputs: { input: { data: ROWS, shape: SHAPE } } }
    await using open = await openTarget<TfServingResponse>(target, [request])
    const { response } = await open.ask()
    await expectSameAnswers(response?.output('output').data as Float32Array)
  }
  rmSync(join(written.folder, 'written/1/saved_model.pb'))
  await expect(launchServer(plugin, own)).rejects.toThrow('has no saved_model.pb')
})
