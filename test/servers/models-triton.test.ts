import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectTarget, launchServer, openTarget } from 'servebench/testing'
import type { LaunchedServer } from 'servebench/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { onnxModel } from '../../packages/plugin-models/src/index.ts'
import { plugin, triton, tritonServer } from '../../packages/plugin-triton/src/index.ts'
import type { TritonResponse } from '../../packages/plugin-triton/src/index.ts'
import { install } from './support/install.ts'
import { expectSameAnswers, MODEL, ROWS, SHAPE, WrittenModels } from './support/written-models.ts'

let binary = ''
beforeAll(() => {
  binary = join(install('triton'), 'bin/tritonserver')
})

const write = () =>
  WrittenModels.of(
    tritonServer({ binary, models: [onnxModel(MODEL)], state: { instances: 2, maxBatchSize: 4 } }),
  )
const launch = (repository: string, name: string): Promise<LaunchedServer> =>
  launchServer(plugin, tritonServer({ binary, repository, state: { load: [name] } }))

it('answers from a written repository as ONNX Runtime does in this process', async () => {
  const { written, models } = await write()
  using _ = written
  expect(models).toEqual([{ name: 'written', version: '1', path: 'written' }])
  expect(written.files).toEqual(['written/1/model.onnx', 'written/1/model.py', 'written/config.pbtxt'])
  await using launched = await launch(written.folder, 'written')
  expect(launched.effective).toMatchObject({
    models: { written: { max_batch_size: 4, instance_group: [{ count: 2 }] } },
  })
  const target = await connectTarget(plugin, triton({ model: 'written' }), { server: launched.server })
  await using open = await openTarget<TritonResponse>(target, [
    { inputs: { input: { data: ROWS, shape: SHAPE } } },
  ])
  const { response } = await open.ask()
  await expectSameAnswers(response?.answers[0]?.output('output').data as Float32Array)
})

describe('a repository that is not whole', () => {
  const damages: readonly [string, (folder: string) => void, RegExp][] = [
    [
      'a model without versions',
      (folder) => rmSync(join(folder, 'written/1'), { recursive: true }),
      /version/,
    ],
    ['a model without its file', (folder) => rmSync(join(folder, 'written/1/model.onnx')), /model\.onnx/],
    [
      'a file that is cut short',
      (folder) => truncateSync(join(folder, 'written/1/model.onnx'), 100),
      /protobuf/i,
    ],
    [
      'another name in the configuration',
      (folder) => writeFileSync(join(folder, 'written/config.pbtxt'), 'name: "other"\nbackend: "python"\n'),
      /other/,
    ],
    [
      'another name of the folder',
      (folder) => renameSync(join(folder, 'written'), join(folder, 'else')),
      /written/,
    ],
  ]
  it.each(damages)('%s is refused in the words of the server', async (_what, damage, words) => {
    const { written } = await write()
    using _ = written
    damage(written.folder)
    await expect(launch(written.folder, 'written')).rejects.toMatchObject({
      message: expect.stringMatching(words) as string,
      cause: expect.objectContaining({ code: 'SERVEBENCH_TRITON_LOAD' }) as Error,
    })
  })
})
