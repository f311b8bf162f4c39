import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonValue, RunResult } from 'servebench/plugin'
import { failureName } from 'servebench/session'
import { checkTarget } from 'servebench/testing'
import { tfservingControl } from '../../packages/plugin-tfserving/src/control.ts'
import type { TfServingOptions, TfServingProtocol } from '../../packages/plugin-tfserving/src/index.ts'
import type { TfServingContent } from '../../packages/plugin-tfserving/src/mapping/map-json.ts'
import {
  answerOf,
  connect,
  openTfServing,
} from '../../packages/plugin-tfserving/test/support/tfserving-target.ts'
import { install } from './support/install.ts'
import { expectCounted } from './support/kill.ts'
import { expectLaws } from './support/laws.ts'
import { Project } from './support/project.ts'
import { TfServing } from './support/tfserving.ts'

let folder = ''
let server: TfServing
beforeAll(async () => {
  folder = install('tfserving')
  server = await TfServing.start()
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const PROTOCOLS: readonly TfServingProtocol[] = ['http', 'http-columns', 'grpc', 'grpc-typed']
const at = (protocol: TfServingProtocol, rest: Partial<TfServingOptions> = {}): TfServingOptions => ({
  url: protocol.startsWith('grpc') ? server.grpc : server.http,
  protocol,
  model: 'mlp',
  ...rest,
})
const ROW = Float32Array.from({ length: 64 }, (_, index) => Math.sin(index))
const X: TfServingContent = { inputs: { x: { data: ROW } } }

it("is profiled by TensorFlow's own profiler, which tells every operator of every call", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tfserving-profile-'))
  try {
    const control = tfservingControl({
      httpUrl: server.http,
      grpcUrl: server.grpc,
      metricsUrl: null,
      local: true,
    })
    const profiler = await control.profile?.({ directory, targets: [], duration: null })
    {
      await using target = await openTfServing(at('grpc'), X)
      for (let call = 0; call < 10; call++) expect((await target.ask()).response).not.toBeNull()
    }
    const profile = await profiler?.stop()
    expect(profile?.notes).toEqual([])
    const [operators, types] = profile?.tables ?? []
    const relu = operators?.rows.find(([, type]) => type === 'Relu')
    expect(relu?.slice(2, 4)).toEqual(['CPU', 10])
    expect(types?.rows.map(([type]) => type)).toContain('Relu')
    expect(statSync(join(directory, profile?.files[0] ?? '')).size).toBeGreaterThan(1000)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

describe.each(PROTOCOLS)('over %s', (protocol) => {
  it('keeps the contract of sessions', async () => {
    const { held, skipped } = await checkTarget(await connect(at(protocol)), {
      request: X,
      accept: (response) => (response as { outputs: unknown[] }).outputs.length === 1,
    })
    expect(held).toHaveLength(10)
    expect(skipped).toHaveLength(4)
  })

  const values: Readonly<Record<string, readonly (number | bigint | boolean | string)[]>> = {
    float32: [0.1, -1e30, 0, 1e-7],
    float64: [0.1, -1e300],
    int64: [-(2n ** 63n), 9007199254740993n, -1n, 0n],
    int32: [-2147483648, 2147483647, -1],
    int16: [-32768, 32767],
    int8: [-128, 127],
    uint8: [0, 255],
    uint32: [0, 4294967295],
    uint64: [2n ** 64n - 1n, 0n],
    bool: [true, false],
    string: ['é', '', 'a"b'],
    ...(protocol.startsWith('grpc')
      ? {
          uint16: [0, 65535],
          float16: [0.5, 65504, -0.333251953125],
          bfloat16: [0.5, -3.3895313892515355e38],
        }
      : {}),
  }
  it.each(Object.keys(values))('%s come back as they were sent', async (signature) => {
    const sent = values[signature] ?? []
    const shape = [sent.length, 1]
    const content = { inputs: { x: { shape, data: sent as readonly number[] } } }
    const output = (await answerOf(at(protocol, { model: 'echo', signature }), content)).output('y')
    expect(output.shape).toEqual(shape)
    const got: unknown[] = signature === 'string' ? output.texts() : [...(output.data as Float32Array)]
    const expected = sent.map((value) => (typeof value === 'boolean' ? Number(value) : value))
    expect(got).toEqual(
      signature === 'float32' ? expected.map((value) => Math.fround(Number(value))) : expected,
    )
  })

  it('bytes, several inputs, and numbers that JSON does not have', async () => {
    const content = {
      inputs: { image: { data: [Uint8Array.of(0, 255, 10), 'text'] }, scale: { data: [1, 0] } },
    }
    const response = await answerOf(at(protocol, { model: 'echo', signature: 'several' }), content)
    expect((response.output('image_bytes').data as Uint8Array[]).map((bytes) => [...bytes])).toEqual([
      [0, 255, 10],
      [116, 101, 120, 116],
    ])
    expect([...(response.output('length').data as Int32Array)]).toEqual([3, 4])
    expect([...(response.output('ratio').data as Float32Array)]).toEqual([Infinity, NaN])
  })

  it('versions differ by what they are made to differ by', async () => {
    const [first, second, newest] = await Promise.all(
      [{ version: 1 }, { version: 2 }, {}].map(
        async (rest) => (await answerOf(at(protocol, rest), X)).output('y').data as Float32Array,
      ),
    )
    expect(newest).toEqual(second)
    expect([...(second as Float32Array)]).toEqual(
      [...(first as Float32Array)].map((value) => expect.closeTo(value + 1, 5) as number),
    )
  })

  it('a wrong shape that no metadata could tell of is the failure of the server', async () => {
    const content = { inputs: { x: { shape: [2, 2], data: [1, 2, 3, 4] } } }
    await using target = await openTfServing(at(protocol, { model: 'echo', signature: 'float32' }), content)
    expect((await target.ask()).response?.output('y').shape).toEqual([2, 2])
    await expect(connect(at(protocol, { model: 'nosuch' }))).rejects.toMatchObject({
      code: 'SERVEBENCH_TFSERVING_MODEL',
    })
    await expect(connect(at(protocol, { version: 9 }))).rejects.toMatchObject({
      message: expect.stringContaining('has no version 9') as string,
      advice: 'It has the versions 2, 1.',
    })
  })
})

it('all protocols agree on an answer', async () => {
  const answers = await Promise.all(
    PROTOCOLS.map(async (protocol) => (await answerOf(at(protocol), X)).output('y')),
  )
  expect(answers[0]?.shape).toEqual([1, 10])
  for (const { data } of answers) {
    for (const [index, value] of [...(data as Float32Array)].entries())
      expect(value).toBeCloseTo(answers[0]?.data[index] as number, 5)
  }
})

describe.each(['http', 'grpc'] as const)('examples over %s', (protocol) => {
  const examples = [
    { score: 0.75, label: 'cat' },
    { score: 2, weight: 3n },
  ]

  it('are classified', async () => {
    const options = at(protocol, { model: 'examples', method: 'classify', signature: 'classify' })
    const { classifications } = await answerOf(options, { examples })
    expect(classifications).toEqual([
      [
        { label: 'cat', score: 0.75 },
        { label: 'other', score: 0.25 },
      ],
      [
        { label: 'none', score: 2 },
        { label: 'other', score: -1 },
      ],
    ])
  })

  it('have values', async () => {
    const options = at(protocol, { model: 'examples', method: 'regress', signature: 'regress' })
    expect((await answerOf(options, { examples })).regressions).toEqual([0.75, 6])
    const context = { weight: { int64: 2 } }
    const shared = await answerOf(options, { examples: [{ score: 0.5 }], context })
    expect(shared.regressions).toEqual([1])
  })

  it('that lack a feature fail with the status of the server', async () => {
    const options = at(protocol, { model: 'examples', method: 'regress', signature: 'regress' })
    await using target = await openTfServing(options, { examples: [{ label: 'x' }] })
    const { kind, code } = await target.ask()
    expect(failureName(kind, code)).toBe(protocol === 'grpc' ? 'grpc-invalid-argument' : 'http-400')
  })
})

it('a configuration is changed, read back, and taken back', async () => {
  const models = ['mlp', 'echo', 'examples'].map((name) => ({
    name,
    basePath: join(folder, 'models', name),
    versions: { all: true } as const,
    labels: {},
  }))
  const control = tfservingControl({ httpUrl: server.http, grpcUrl: server.grpc, metricsUrl: null, models })
  const steps: JsonValue[] = []
  const options = {
    artifact: () => Promise.reject(new Error('none')),
    changing: (step: JsonValue) => void steps.push(step),
  }
  const state = { models: [{ name: 'mlp', versions: { specific: ['1'] }, labels: { stable: '1' } }] }
  expect(await control.configure?.(state, options)).toMatchObject({
    models: { mlp: { versions: ['1'], labels: { stable: '1' } }, echo: { versions: ['1'] } },
  })
  const { modelVersion } = await answerOf(at('grpc', { versionLabel: 'stable' }), X)
  expect(modelVersion).toBe('1')
  await expect(connect(at('http', { version: 2 }))).rejects.toThrow('has no version 2')
  await control.restore?.()
  expect((await answerOf(at('grpc'), X)).modelVersion).toBe('2')
  expect(steps).toHaveLength(1)
})

describe('a whole run', () => {
  it('starts the server, warms its models up, and parts its time', async () => {
    using project = new Project(`
import { closed, describe, scenario } from 'servebench'
import { savedModel } from '@servebench/plugin-models'
import { tfserving, tfservingServer } from '@servebench/plugin-tfserving'

const row = { x: { datatype: 'FP32', shape: [1, 64], data: Array.from({ length: 64 }, (_, index) => index / 64) } }
const server = tfservingServer({
  binary: process.env.TF_SERVING_BIN ?? '${join(folder, 'bin/tensorflow_model_server')}',
  models: [{ model: '${join(folder, 'models/mlp')}', labels: { stable: 1 }, versions: [1, 2], warmup: [{ inputs: row }] }],
  threads: { intraOp: 1 },
})
describe('tfserving', { records: 'all' }, () => {
  scenario('protocols', {
    matrix: { protocol: ['http', 'grpc'] },
    server,
    target: ({ protocol }) => tfserving({ model: 'mlp', protocol, versionLabel: 'stable' }),
    input: { inputs: row },
    load: closed({ concurrency: 2 }),
    check: (response) => response.output('y').data.length === 10,
  })
  scenario('artifact', {
    server: tfservingServer({
      binary: process.env.TF_SERVING_BIN ?? '${join(folder, 'bin/tensorflow_model_server')}',
      models: [savedModel({ family: 'mlp', inputs: 4, width: 8, layers: 2, outputs: 3, seed: 5, name: 'mlp' })],
    }),
    target: () => tfserving({ model: 'mlp', protocol: 'grpc' }),
    input: { inputs: { input: { shape: [1, 4], data: [1, 2, 3, 4] } } },
    load: closed({ concurrency: 1 }),
    // What ONNX Runtime answers with the ONNX file of the same model.
    check: (response) =>
      [0.027436089, 0.949555397, 0.02300857].every(
        (value, index) => Math.abs(response.output('output').data[index] - value) < 1e-6,
      ),
  })
})
`)
    const { code, output } = await project.run()
    expect(code, output).toBe(0)
    const { trials }: RunResult = project.result()
    expect(trials).toHaveLength(3)
    for (const trial of trials) {
      expect(trial.counts.checked).toBeGreaterThan(0)
      expect(trial.counts).toMatchObject({ failed: 0, timedOut: 0, incorrect: 0 })
      await expectLaws(trial, project, { stages: [] })
      const { total = null, computeInfer = null } = trial.server?.stages ?? {}
      expect(total).toBeGreaterThan(computeInfer as number)
    }
    expect(output).toContain('TensorFlow Serving: where the time of a request goes')
  })

  it('counts every request when the server is killed', async () => {
    const victim = await TfServing.start()
    using project = new Project(`
import { constantRate, describe, scenario } from 'servebench'
import { tfserving } from '@servebench/plugin-tfserving'

describe('tfserving', () => {
  scenario('killed', {
    target: () => tfserving({ url: '${victim.grpc}', model: 'mlp', protocol: 'grpc' }),
    load: constantRate({ rate: 50 }),
    timeout: '1s',
  })
})
`)
    await expectCounted(project, () => process.kill(victim.pid, 'SIGKILL'))
    await victim[Symbol.asyncDispose]()
  })
})
