import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyTunables } from 'servebench/plugin'
import { checkTuning, connectTarget, connectTuning, launchServer, openTarget } from 'servebench/testing'
import type { LaunchedServer } from 'servebench/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { onnxModel } from '../../packages/plugin-models/src/index.ts'
import type { TritonControl } from '../../packages/plugin-triton/src/control.ts'
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

  // Tuned, and written into the file that the server reads.
  const server = tritonServer({ binary, repository: written.folder, state: { load: ['written'] } })
  const tuning = await connectTuning(plugin, server)
  const control = launched.server.control as TritonControl
  expect((await checkTuning(tuning, server, (await control.tunables?.()) ?? [])).applied).toBeGreaterThan(30)
  const tuned = applyTunables(server, TUNED, tuning)
  const files = (await tuning.configuration?.(tuned, { artifact, root: '/', control })) ?? []
  expect(files.map(({ path }) => path)).toEqual(['written/config.pbtxt'])
  const before = await control.modelConfig?.('written')
  for (const { path, text } of files) writeFileSync(join(written.folder, path), text)
  await control.unloadModel?.('written')
  await control.loadModel?.('written')
  const found = await control.modelConfig?.('written')
  expect(found).not.toEqual(before)
  expect(found).toMatchObject({
    max_batch_size: 8,
    instance_group: [{ count: 3, kind: 'KIND_CPU' }],
    dynamic_batching: { max_queue_delay_microseconds: 500, preferred_batch_size: [4] },
    parameters: { intra_op_thread_count: { string_value: '2' } },
  })
  // As an override, the same settings make the same configuration.
  await control.configure?.(tuned.state, { artifact })
  expect(await control.modelConfig?.('written')).toEqual(found)
})

const TUNED = {
  'state.models.written.instances': 3,
  'state.models.written.maxBatchSize': 8,
  'state.models.written.dynamicBatching': true,
  'state.models.written.dynamicBatching.maxQueueDelay': '500us',
  'state.models.written.dynamicBatching.preferred': [4],
  'state.models.written.intraOpThreads': 2,
}
const artifact = (): never => {
  throw new Error('No artifact is expected.')
}

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
