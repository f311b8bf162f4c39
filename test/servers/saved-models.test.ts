import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { provideModel } from '../../packages/plugin-models/src/artifact-cache.ts'
import { savedModel, type SavedModelOptions } from '../../packages/plugin-models/src/saved-model.ts'
import { CASES, SAVED } from '../../packages/plugin-models/test/cases.ts'
import { errorOf, feedsFor } from '../../packages/plugin-models/test/feeds.ts'
import { Models, run } from '../../packages/plugin-models/test/sessions.ts'
import type { Values } from '../../packages/plugin-models/test/evaluate.ts'
import { install, serverFiles } from './support/install.ts'

interface Answered {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

it('answers in TensorFlow as the ONNX file of the same model does in ONNX Runtime', async () => {
  const folder = install('tfserving')
  using models = new Models()
  const cases = []
  const expected: Record<string, Values>[] = []
  for (const name of SAVED) {
    const options = CASES[name] as SavedModelOptions
    const { graph, session } = await models.open(options)
    const feeds = feedsFor(graph)
    expected.push(await run({ graph, session }, feeds))
    const inputs = graph.inputs.map(({ name: input, type }) => {
      const { shape, data } = feeds[input] as Values
      return [input, { type, shape, data: [...data] }] as const
    })
    const { path } = await provideModel(savedModel(options), models.path)
    cases.push({ path, inputs: Object.fromEntries(inputs) })
  }
  const file = join(models.path, 'cases.json')
  writeFileSync(file, JSON.stringify(cases))
  const { stdout, stderr } = spawnSync(
    join(folder, 'venv/bin/python'),
    [join(serverFiles('tfserving'), 'predict.py'), file],
    {
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1' },
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  const answers = JSON.parse(stdout || `"${stderr.slice(-2000)}"`) as Record<string, Answered>[]
  expect(answers).toHaveLength(SAVED.length)
  SAVED.forEach((name, index) => {
    const { output } = answers[index] as { output: Answered }
    const reference = expected[index]?.['output'] as Values
    expect(output.shape, name).toEqual(reference.shape)
    expect(
      errorOf({ shape: output.shape, data: Float64Array.from(output.data) }, reference),
      name,
    ).toBeLessThan(1e-5)
  })
})
