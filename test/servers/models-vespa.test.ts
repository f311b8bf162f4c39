import { join } from 'node:path'
import { connectTarget, launchServer, openTarget } from 'servebench/testing'
import { beforeAll, expect, it } from 'vitest'
import { onnxModel } from '../../packages/plugin-models/src/index.ts'
import { plugin, vespaModel, vespaServer } from '../../packages/plugin-vespa/src/index.ts'
import type { VespaModelResponse } from '../../packages/plugin-vespa/src/index.ts'
import { install } from './support/install.ts'
import { expectSameAnswers, MODEL, ROWS, WrittenModels } from './support/written-models.ts'

let jars = ''
beforeAll(() => {
  jars = join(install('vespa'), 'lib')
})

it('answers from a written application as ONNX Runtime does in this process', async () => {
  const { written, models } = await WrittenModels.of(
    vespaServer({ models: { written: { file: onnxModel(MODEL), intraOpThreads: 1 } } }),
  )
  using _ = written
  expect(models).toEqual([{ name: 'written', version: null, path: 'models/written.onnx' }])
  expect(written.files).toEqual(['models/written.onnx', 'services.xml'])
  await using launched = await launchServer(plugin, vespaServer({ jars, application: written.folder }))
  const url = launched.server.endpoints['http'] as string
  const target = await connectTarget(plugin, vespaModel({ url, model: 'written' }))
  await using open = await openTarget<VespaModelResponse>(target, [{ inputs: { input: { data: ROWS } } }])
  const { response } = await open.ask()
  await expectSameAnswers(response?.tensor.data as Float64Array)
})
