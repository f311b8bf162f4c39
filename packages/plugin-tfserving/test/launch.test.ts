import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { RunningServer, ServebenchError } from 'servebench/plugin'
import { launchServer } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatBatchingParameters, formatModelConfig } from '../src/control.ts'
import { plugin, tfservingServer } from '../src/index.ts'
import type { TfServingLaunchOptions } from '../src/index.ts'
import { FakeRuntime } from '../../core/test/support/fake-runtime.ts'
import { findServer } from '../src/launch/find-server.ts'

const BINARY = join(import.meta.dirname, 'support/model-server.mjs')
let root = ''
const disposables: AsyncDisposable[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tfserving-'))
  savedModel('models/mlp/1')
  savedModel('models/mlp/2')
  savedModel('alone')
})
afterEach(async () => {
  for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

function savedModel(folder: string): void {
  mkdirSync(join(root, folder, 'variables'), { recursive: true })
  writeFileSync(join(root, folder, 'saved_model.pb'), 'graph')
}

async function launch(options: Partial<TfServingLaunchOptions> = {}): Promise<RunningServer> {
  const { env = {}, ...rest } = options
  const spec = tfservingServer({
    models: ['models/mlp'],
    binary: BINARY,
    startTimeout: '20s',
    env: { ...env, FAKE_ARGUMENTS: join(root, 'arguments.json') },
    ...rest,
  })
  const launched = await launchServer(plugin, spec, { root })
  disposables.push(launched)
  return launched.server
}

/** What the program was started with. */
const readArguments = (): readonly string[] =>
  JSON.parse(readFileSync(join(root, 'arguments.json'), 'utf8')) as readonly string[]
const pathOf = (flag: string): string =>
  readArguments()
    .find((one) => one.startsWith(`--${flag}=`))
    ?.slice(flag.length + 3) ?? ''
const fileOf = (flag: string): string => readFileSync(pathOf(flag), 'utf8')
/** Where the server's own files are. */
const scratch = (): string => dirname(pathOf('model_config_file'))

describe('a launched server', () => {
  it('gets its files and flags, and is ready when its models are', async () => {
    const server = await launch({
      models: ['models/mlp', { model: 'models/mlp', name: 'other', versions: [1, 2], labels: { stable: 1 } }],
      batching: {
        maxBatchSize: 32,
        timeout: '1.5ms',
        allowedSizes: [8, 32],
        threads: 2,
        padVariableLengths: true,
      },
      threads: { intraOp: 4, interOp: 2, rest: 8 },
      tensorContent: true,
      args: ['--xla_cpu_compilation_enabled'],
    })
    expect(server).toMatchObject({ kind: 'tfserving', local: true, version: '2.19.1-rc0+dev' })
    const { http, grpc, metrics } = server.endpoints
    expect(metrics).toBe(`${http}/monitoring/prometheus/metrics`)
    expect(readArguments().filter((flag) => !flag.includes('_file='))).toEqual([
      `--port=${new URL(grpc ?? '').port}`,
      `--rest_api_port=${new URL(http ?? '').port}`,
      '--enable_batching=true',
      '--tensorflow_intra_op_parallelism=4',
      '--tensorflow_inter_op_parallelism=2',
      '--rest_api_num_threads=8',
      '--enable_serialization_as_tensor_content=true',
      '--xla_cpu_compilation_enabled',
      '--allow_version_labels_for_unavailable_models=true',
    ])
    expect(fileOf('model_config_file').replaceAll(root, '')).toBe(`model_config_list {
  config {
    name: "mlp"
    base_path: "/models/mlp"
    model_platform: "tensorflow"
  }
  config {
    name: "other"
    base_path: "/models/mlp"
    model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 versions: 2 } }
    version_labels { key: "stable" value: 1 }
  }
}
`)
    expect(fileOf('batching_parameters_file')).toBe(`max_batch_size { value: 32 }
num_batch_threads { value: 2 }
pad_variable_length_inputs: true
batch_timeout_micros { value: 1500 }
allowed_batch_sizes: 8
allowed_batch_sizes: 32
`)
    expect(fileOf('monitoring_config_file')).toBe(`prometheus_config {
  enable: true
  path: "/monitoring/prometheus/metrics"
}
`)
    // Both have the same folder: the first one stands for it.
    expect(server.startup).toMatchObject({ 'modelLoad.mlp': 6e6 })
    expect(server.startup['ready']).toBeGreaterThanOrEqual(server.startup['process'] as number)
    expect(await server.control?.health()).toEqual({ live: true, ready: true })
    expect((await server.control?.metadata())?.models).toEqual([
      { name: 'mlp', version: '1', state: 'AVAILABLE' },
      { name: 'other', version: '1', state: 'AVAILABLE' },
    ])
    expect((await server.control?.tunables?.())?.map(({ path }) => path)).toContain('batching.timeout')
  })

  it('serves a SavedModel that stands alone as version 1', async () => {
    await launch({ models: ['alone'] })
    expect(fileOf('model_config_file')).toContain(`base_path: "${scratch()}/models/alone"`)
    expect(readlinkSync(join(scratch(), 'models/alone/1'))).toBe(join(root, 'alone'))
  })

  it('gets warm-up requests beside links to the model, whose folder stays as it is', async () => {
    const inputs = { x: { datatype: 'FP32', shape: [1, 2], data: [1, 2] } } as const
    await launch({ models: [{ model: 'models/mlp', warmup: [{ inputs }] }] })
    const version = join(scratch(), 'models/mlp/2')
    expect(readFileSync(join(version, 'saved_model.pb'), 'utf8')).toBe('graph')
    expect(readlinkSync(join(version, 'variables'))).toBe(join(root, 'models/mlp/2/variables'))
    expect(readFileSync(join(version, 'assets.extra/tf_serving_warmup_requests')).length).toBeGreaterThan(16)
  })

  const errorOf = async (options: Partial<TfServingLaunchOptions>): Promise<ServebenchError> =>
    launch(options).then(
      () => expect.fail('It has started.'),
      (error: ServebenchError) => error,
    )

  it('says which model cannot be loaded, and why', async () => {
    const error = await errorOf({ env: { FAKE_ERROR: 'Op type not registered' } })
    expect(error.message).toBe("Version 1 of model 'mlp' is END: Op type not registered")
  })

  it('that ends is not waited for', async () => {
    expect((await errorOf({ env: { FAKE_EXIT: '3' } })).message).toContain('3')
  })

  it('needs folders that have a model, all written', async () => {
    mkdirSync(join(root, 'models/half/1'), { recursive: true })
    mkdirSync(join(root, 'models/empty'))
    expect((await errorOf({ models: ['models/none'] })).message).toContain('cannot be read')
    expect((await errorOf({ models: ['models/empty'] })).message).toContain('has no version of a SavedModel')
    expect((await errorOf({ models: ['models/half'] })).message).toContain('has no saved_model.pb')
    expect(existsSync(join(root, 'arguments.json'))).toBe(false)
  })

  it('needs the program', async () => {
    const error = await errorOf({ binary: 'nowhere/tensorflow_model_server' })
    expect(error.message).toBe(`${root}/nowhere/tensorflow_model_server is no program.`)
    const none = await findServer(null, root, { PATH: root }).then(
      () => expect.fail('There is one.'),
      (thrown: ServebenchError) => thrown,
    )
    expect(none).toMatchObject({
      code: 'SERVEBENCH_TFSERVING_BINARY',
      message: 'There is no tensorflow_model_server on this machine.',
    })
    expect(none.advice).toContain('TF_SERVING_BIN')
    expect(await findServer(null, root, { TF_SERVING_BIN: BINARY })).toBe(BINARY)
  })
})

it('text in files is quoted as protobuf does it', () => {
  const labels = { 'é"\\\n': '1' }
  const text = formatModelConfig([{ name: 'm', basePath: '/a b', versions: { all: true }, labels }])
  expect(text).toContain('base_path: "/a b"')
  expect(text).toContain('model_version_policy { all {} }')
  expect(text).toContain('key: "\\303\\251\\"\\\\\\012"')
  expect(formatBatchingParameters({})).toBe('')
})

describe('a server in a container', () => {
  const IMAGE = 'tensorflow/serving:2.19.1'

  it('sees its models where they are here, and is timed without them in a cold start', async () => {
    const programs = { tensorflow_model_server: [process.execPath, BINARY] }
    using runtime = new FakeRuntime(join(root, 'engine'), {
      local: { [IMAGE]: { id: 'sha256:1', entrypoint: ['tf_serving_entrypoint.sh'], programs } },
    }).install()
    const inputs = { x: { shape: [1, 2], datatype: 'FP32', data: [1, 2] } }
    const server = await launch({
      models: [{ model: 'models/mlp', warmup: [{ inputs }] }],
      binary: undefined,
      env: {},
      container: { image: IMAGE },
    } as never)
    expect(server.container).toMatchObject({ image: IMAGE, imageId: 'sha256:1' })
    expect(await server.control?.health()).toEqual({ live: true, ready: true })
    expect(server.bare?.launch['models']).toEqual([])
    const [call = []] = runtime.calls('run')
    expect(call).toContain('--entrypoint=tensorflow_model_server')
    // Its folder is one of links, to the version without its warm-up file.
    expect(call.filter((argument) => argument.startsWith('--mount=')).length).toBeGreaterThan(1)
    for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]()
    expect(runtime.containers()).toEqual([])
  })
})
