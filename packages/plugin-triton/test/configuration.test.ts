import { applyTunables } from 'servebench/plugin'
import type { ConfigurationFile, JsonValue, ServerSpec } from 'servebench/plugin'
import { diffFiles } from 'servebench/node'
import { connectTuning, launchServer } from 'servebench/testing'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseModelConfig } from '../src/config/parse-model-config.ts'
import { plugin, tritonServer } from '../src/index.ts'
import { FakeTriton } from './support/fake-triton.ts'

let fake: FakeTriton | undefined
afterEach(async () => {
  await fake?.[Symbol.asyncDispose]()
  fake = undefined
})

const MODELS = {
  plain: {
    backend: 'python',
    max_batch_size: 8,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [4] }],
    instance_group: [{ count: 1, kind: 'KIND_CPU' }],
  },
}
const artifact = (): never => {
  throw new Error('No artifact is expected.')
}

it('is config.pbtxt of each model, and a patch from the present one', async () => {
  fake = await FakeTriton.start({ models: MODELS, loaded: ['plain'] })
  const server = tritonServer({ url: fake.url })
  await using launched = await launchServer(plugin, server)
  const tuning = await connectTuning(plugin, server)
  const render = async (spec: ServerSpec): Promise<readonly ConfigurationFile[]> =>
    (await tuning.configuration?.(spec, { artifact, root: '/', control: launched.server.control })) ?? []
  // A plan that names no model says nothing about any; with a setting as it is, it is the present configuration.
  expect(await render(server)).toEqual([])
  const present = await render(applyTunables(server, { 'state.models.plain.instances': 1 }, tuning))
  const better = await render(
    applyTunables(
      server,
      {
        'state.models.plain.instances': 3,
        'state.models.plain.dynamicBatching': true,
        'state.models.plain.dynamicBatching.maxQueueDelay': '500us',
      },
      tuning,
    ),
  )
  expect(better).toEqual([
    {
      path: 'plain/config.pbtxt',
      text: [
        'name: "plain"',
        'version_policy {',
        '  latest {',
        '    num_versions: 1',
        '  }',
        '}',
        'max_batch_size: 8',
        'backend: "python"',
        'input {',
        '  name: "x"',
        '  data_type: TYPE_FP32',
        '  dims: 4',
        '}',
        'instance_group {',
        '  name: "plain_0"',
        '  kind: KIND_CPU',
        '  count: 3',
        '}',
        'dynamic_batching {',
        '  max_queue_delay_microseconds: 500',
        '}',
        '',
      ].join('\n'),
    },
  ])
  expect(diffFiles(present, better)).toBe(
    [
      '--- a/plain/config.pbtxt',
      '+++ b/plain/config.pbtxt',
      '@@ -14,5 +14,8 @@',
      ' instance_group {',
      '   name: "plain_0"',
      '   kind: KIND_CPU',
      '-  count: 1',
      '+  count: 3',
      '+}',
      '+dynamic_batching {',
      '+  max_queue_delay_microseconds: 500',
      ' }',
      '',
    ].join('\n'),
  )
})

it('has the arguments and variables of a launch', async () => {
  const server = tritonServer({
    repository: 'r',
    cache: '1MiB',
    rateLimits: { R: 2 },
    args: ['--http-thread-count=4'],
    env: { OMP_NUM_THREADS: '1' },
    state: { load: ['m'] },
  })
  const tuning = await connectTuning(plugin, server)
  const control = { modelConfig: async () => ({ name: 'm' }) } as never
  expect(await tuning.configuration?.(server, { artifact, root: '/', control })).toEqual([
    { path: 'm/config.pbtxt', text: 'name: "m"\n' },
    {
      path: 'tritonserver.args',
      text: [
        '--cache-config=local,size=1048576',
        '--rate-limit=execution_count',
        '--rate-limit-resource=R:2',
        '--http-thread-count=4\n',
      ].join('\n'),
    },
    { path: 'tritonserver.env', text: 'OMP_NUM_THREADS=1\n' },
  ])
})

it('needs the server where a model has files of its own', async () => {
  const server = tritonServer({ url: 'http://x', state: { models: { m: { instances: 2 } } } })
  const tuning = await connectTuning(plugin, server)
  await expect(tuning.configuration?.(server, { artifact, root: '/', control: null })).rejects.toMatchObject({
    code: 'SERVEBENCH_TRITON_CONFIG',
    advice: expect.stringContaining('control of a server'),
  })
})

describe('without a server', () => {
  const TEXT = `name: "m" # by hand
    backend: "python" max_batch_size: 4
    parameters [{ key: "api_key" value { string_value: "geheim" } }, { key: "mode" value { string_value: "fast" } }]`
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'servebench-repository-'))
    await mkdir(join(folder, 'second/m'), { recursive: true })
    await writeFile(join(folder, 'second/m/config.pbtxt'), TEXT)
  })
  afterEach(() => rm(folder, { recursive: true }))

  const render = async (server: ServerSpec, effective?: JsonValue): Promise<readonly ConfigurationFile[]> => {
    const tuning = await connectTuning(plugin, server)
    const context = { artifact, root: folder, control: null }
    const known = effective === undefined ? context : { ...context, effective }
    return (await tuning.configuration?.(server, known)) ?? []
  }

  it('it is that of the repository, with the settings in it and without secrets', async () => {
    const server = tritonServer({
      repository: ['first', 'second'],
      state: { models: { m: { instances: 2 } } },
    })
    const [file] = await render(server, { models: { m: { name: 'm', max_batch_size: 99 } } })
    expect(file?.path).toBe('m/config.pbtxt')
    expect(parseModelConfig(file?.text ?? '')).toEqual({
      name: 'm',
      backend: 'python',
      max_batch_size: 4,
      instance_group: [{ count: 2 }],
      parameters: { api_key: { string_value: '[redacted]' }, mode: { string_value: 'fast' } },
    })
  })

  it('it is what the server told, where its files are somewhere else', async () => {
    const server = tritonServer({ url: 'http://x', state: { models: { m: { instances: 2 } } } })
    const told = {
      name: 'm',
      max_batch_size: 4,
      instance_group: [{ name: 'm_0', count: 2, kind: 'KIND_CPU' }],
    }
    const [file] = await render(server, { models: { m: told } })
    expect(parseModelConfig(file?.text ?? '')).toEqual(told)
    await expect(render(server, { models: {} })).rejects.toMatchObject({ code: 'SERVEBENCH_TRITON_CONFIG' })
  })

  it('it says where a file cannot be understood', async () => {
    await writeFile(join(folder, 'second/m/config.pbtxt'), 'name: "m"\nmax_batch_size: many')
    const server = tritonServer({ repository: 'second', state: { models: { m: {} } } })
    await expect(render(server)).rejects.toThrow(
      "a 'max_batch_size' that is no whole number: 'many' (line 2)",
    )
  })
})
