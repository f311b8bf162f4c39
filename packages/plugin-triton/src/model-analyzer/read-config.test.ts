import { readFileSync } from 'node:fs'
import { applyTunable } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { tritonServer } from '../server.ts'
import { tuning } from '../tuning/tuning.ts'
import { NOTED, NOTED_FLAGS, READ, READ_FLAGS } from './options.ts'
import { readModelAnalyzerConfig } from './read-config.ts'
import type { ModelAnalyzerModel } from './study.ts'

const read = (text: string) => readModelAnalyzerConfig(text)
const first = (text: string): ModelAnalyzerModel => read(text).study.models[0] as ModelAnalyzerModel
const axes = ({ axes: list }: ModelAnalyzerModel): unknown =>
  Object.fromEntries(list.map(({ path, values }) => [path, values]))

describe('the automatic search', () => {
  it('is the space that Model Analyzer documents', () => {
    const { study, notes } = read('model_repository: /models\nprofile_models:\n  - resnet\n')
    expect(study).toMatchObject({
      server: { mode: 'launch', repository: '/models', url: 'http://localhost:8000', args: [], env: {} },
      protocol: 'grpc',
      together: false,
      search: { strategy: 'grid', top: 3, refine: 5 },
    })
    expect(study.models).toEqual([
      {
        name: 'resnet',
        axes: [
          { path: 'state.models.resnet.instances', values: [1, 2, 3, 4, 5] },
          { path: 'state.models.resnet.maxBatchSize', values: [1, 2, 4, 8, 16, 32, 64, 128] },
          { path: 'state.models.resnet.dynamicBatching', values: [true] },
        ],
        automatic: ['resnet'],
        isEnsemble: false,
        isLimited: false,
        calls: [],
        load: {
          vary: 'concurrency',
          values: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
          areAll: false,
        },
        batchSizes: [1],
        objective: { 'items.throughput': 1 },
        constraints: {},
        weight: 1,
        shapes: {},
        inputs: [],
        streaming: false,
        args: [],
        env: {},
        percentile: null,
      },
    ])
    expect(notes).toEqual([])
  })

  it('is limited by the options for it', () => {
    const model = first(`
profile_models: a
run_config_search_max_instance_count: 3
run_config_search_min_model_batch_size: 16
run_config_search_max_model_batch_size: 100
run_config_search_min_concurrency: 8
run_config_search_max_concurrency: 256
`)
    expect(axes(model)).toMatchObject({
      'state.models.a.instances': [1, 2, 3],
      'state.models.a.maxBatchSize': [16, 32, 64],
    })
    expect(model.load).toEqual({
      vary: 'concurrency',
      values: [8, 16, 32, 64, 128, 256],
      areAll: false,
    })
  })

  it('varies rates where one of their options is there', () => {
    expect(first('profile_models: a\nrequest_rate_search_enable: true').load).toEqual({
      vary: 'rate',
      values: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192],
      areAll: false,
    })
    expect(first('profile_models: a\nrun_config_search_min_request_rate: 4096').load.values).toEqual([
      4096, 8192,
    ])
  })

  it('is switched off: by the option, and by loads of a model', () => {
    const off = first('profile_models: a\nrun_config_search_disable: True')
    expect([off.axes, off.load.values]).toEqual([[], [1]])
    const byHand = first('profile_models:\n  a:\n    parameters:\n      concurrency: 1,2,3,128\n')
    expect([byHand.axes, byHand.load.values]).toEqual([[], [1, 2, 3, 128]])
  })
})

describe('model_config_parameters', () => {
  const of = (text: string): unknown =>
    axes(first(`profile_models:\n  m:\n    model_config_parameters:\n${text.replace(/^/gm, '      ')}`))

  it('are axes, and leave the automatic ones out; loads stay automatic', () => {
    const model = first(`
profile_models:
  m:
    model_config_parameters:
      max_batch_size: [6, 8]
      dynamic_batching:
        max_queue_delay_microseconds: [200, 300]
      instance_group:
        - kind: KIND_GPU
          count: [1, 2]
`)
    expect(axes(model)).toEqual({
      'state.models.m.maxBatchSize': [6, 8],
      'state.models.m.dynamicBatching.maxQueueDelay': ['200us', '300us'],
      'state.models.m.instanceKind': ['gpu'],
      'state.models.m.instances': [1, 2],
    })
    expect(model.load.values).toHaveLength(11)
  })

  it('that are lists are swept when they are lists of lists', () => {
    expect(
      of(`
max_batch_size: 2
dynamic_batching:
  preferred_batch_size: [4, 8]
instance_group:
  - kind: KIND_GPU
    count: 1
  - kind: KIND_CPU
    count: 1
`),
    ).toEqual({
      'state.models.m.maxBatchSize': [2],
      'state.models.m.dynamicBatching.preferred': [[4, 8]],
      'state.models.m.config.instance_group': [
        [
          { kind: 'KIND_GPU', count: 1 },
          { kind: 'KIND_CPU', count: 1 },
        ],
      ],
    })
    expect(
      of(`
dynamic_batching:
  preferred_batch_size: [[4], [4, 8]]
instance_group:
  - - kind: KIND_GPU
      count: [1, 2]
  - - kind: KIND_CPU
      count: 1
`),
    ).toEqual({
      'state.models.m.dynamicBatching.preferred': [[4], [4, 8]],
      'state.models.m.config.instance_group': [
        [{ kind: 'KIND_GPU', count: 1 }],
        [{ kind: 'KIND_GPU', count: 2 }],
        [{ kind: 'KIND_CPU', count: 1 }],
      ],
    })
  })

  it('may be any field: accelerators, parameters, the rate limiter', () => {
    expect(
      of(`
dynamic_batching: {}
optimization:
  execution_accelerators:
    gpu_execution_accelerator:
      - - name: tensorrt
          parameters:
            precision_mode: [FP16, FP32]
      - - name: auto_mixed_precision
parameters:
  intra_op_thread_count:
    string_value: ['1', '2']
`),
    ).toEqual({
      'state.models.m.dynamicBatching': [true],
      'state.models.m.config.optimization.execution_accelerators.gpu_execution_accelerator': [
        [{ name: 'tensorrt', parameters: { precision_mode: 'FP16' } }],
        [{ name: 'tensorrt', parameters: { precision_mode: 'FP32' } }],
        [{ name: 'auto_mixed_precision' }],
      ],
      'state.models.m.config.parameters': [
        { intra_op_thread_count: { string_value: '1' } },
        { intra_op_thread_count: { string_value: '2' } },
      ],
    })
  })

  it('name what is no field', () => {
    const { notes } = read('profile_models:\n  m:\n    model_config_parameters:\n      max_batchsize: 4\n')
    expect(notes).toEqual([
      {
        path: 'profile_models.m.model_config_parameters.max_batchsize',
        kind: 'unknown',
        message: "is no option of Model Analyzer: is 'max_batch_size' meant?",
      },
    ])
  })

  it('are all applied to a server', () => {
    const server = tritonServer({ url: 'http://x' })
    const models = read(readFileSync(new URL('./fixtures/everything.yaml', import.meta.url), 'utf8')).study
      .models
    let applied = 0
    for (const { axes: list } of models) {
      for (const { path, values } of list) {
        for (const value of values) {
          expect(applyTunable(server, path, value, tuning).state, path).not.toEqual(server.state)
          applied++
        }
      }
    }
    expect(applied).toBeGreaterThan(20)
  })
})

describe('what is aimed at', () => {
  it('is taken over by the names of metrics, with the words of a model before those of the file', () => {
    const { study, notes } = read(`
profile_models:
  a:
    objectives: [perf_latency_p99]
    constraints:
      perf_latency_p99: { max: 50 }
  b: {}
objectives:
  perf_latency_p99: 2
  perf_throughput: 3
constraints:
  perf_throughput: { min: 5 }
  perf_latency_p99: { max: 100 }
  gpu_used_memory: { max: 200 }
`)
    expect(study.models.map(({ objective, constraints }) => ({ objective, constraints }))).toEqual([
      {
        objective: { 'responseTime.p99': 1 },
        constraints: {
          throughput: 5,
          responseTime: { p99: '50ms' },
          gauges: { 'gpu0.memory.used': { max: 200e6 } },
        },
      },
      {
        objective: { 'responseTime.p99': 2, 'items.throughput': 3 },
        constraints: {
          throughput: 5,
          responseTime: { p99: '100ms' },
          gauges: { 'gpu0.memory.used': { max: 200e6 } },
        },
      },
    ])
    expect(notes).toEqual([])
  })

  it('has short forms', () => {
    expect(first('profile_models: a\nlatency_budget: 10\nmin_throughput: 100').constraints).toEqual({
      responseTime: { p99: '10ms' },
      throughput: 100,
    })
  })

  it('is told where servebench has it not', () => {
    const { notes } = read(`
profile_models: a
objectives: [output_token_throughput, perf_throughput, gpu_free_memory, perf_speed]
constraints:
  time_to_first_token_p99: { max: 5 }
  perf_latency_p99: { min: 5 }
`)
    expect(notes.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
      'objectives.output_token_throughput unsupported',
      'objectives.gpu_free_memory unsupported',
      'objectives.perf_speed unknown',
      'constraints.time_to_first_token_p99 unsupported',
      'constraints.perf_latency_p99.min unsupported',
    ])
  })
})

it('reads all that a file may say, drops nothing silently', () => {
  const text = readFileSync(new URL('./fixtures/everything.yaml', import.meta.url), 'utf8')
  const { study, notes } = read(text)
  expect(study.server).toEqual({
    mode: 'container',
    repository: '/path/to/model/repository',
    binary: null,
    image: 'nvcr.io/nvidia/tritonserver:26.04-py3',
    mounts: ['/data:/data:ro'],
    shmSize: '1g',
    url: 'http://gpu-host:8000',
    grpcUrl: 'http://gpu-host:8001',
    metricsUrl: 'http://gpu-host:8002/metrics',
    gpus: null,
    args: ['--strict-model-config=false', '--log-verbose=true'],
    env: { LD_PRELOAD: '/path/to/custom/op.so' },
  })
  expect(study.together).toBe(true)
  expect(study.search).toEqual({
    strategy: 'quick',
    top: 2,
    refine: 5,
    fewest: { share: 0.05, configurations: null },
    most: { share: 0.1, configurations: null },
    patience: 10,
    concurrencyByRule: false,
  })
  expect(
    study.models.map(({ name, load, batchSizes, weight, shapes, percentile }) => ({
      name,
      load,
      batchSizes,
      weight,
      shapes,
      percentile,
    })),
  ).toEqual([
    {
      name: 'ensemble',
      load: { vary: 'concurrency', values: [2, 10, 18, 26, 34, 42, 50, 58], areAll: true },
      batchSizes: [1, 2, 3],
      weight: 3,
      shapes: { INPUT0: [1024, 1024], INPUT1: [8] },
      percentile: 95,
    },
    {
      name: 'plain',
      load: {
        vary: 'concurrency',
        values: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
        areAll: false,
      },
      batchSizes: [1],
      weight: 1,
      shapes: { INPUT0: [1024, 1024], INPUT1: [8] },
      percentile: null,
    },
  ])
  expect(notes.map(({ path, kind }) => `${path} ${kind}`)).toEqual([
    'checkpoint_directory elsewhere',
    'export_path elsewhere',
    'perf_analyzer_timeout needless',
    'plots elsewhere',
    'not_an_option unknown',
    'profile_models.ensemble.perf_analyzer_flags.stability-percentage elsewhere',
    'profile_models.ensemble.perf_analyzer_flags.ssl-grpc-root-certifications-file elsewhere',
    'profile_models.plain.triton_server_flags unsupported',
  ])
})

it.each([
  ['- a\n- b', /the file: must be an object/],
  ['a: [', /is not YAML/],
  ['model_repository: x', /profile_models: names no model/],
  ['profile_models: a\nclient_protocol: udp', /client_protocol: must be http or grpc/],
  [
    'profile_models: a\ntriton_launch_mode: magic',
    /triton_launch_mode: must be local, docker, remote or c_api/,
  ],
  ['profile_models: a\nrun_config_search_mode: fast', /must be brute, quick or optuna/],
  ['profile_models: a\nconcurrency: 1\nrequest_rate: 1', /exclude each other/],
  ['profile_models: a\nconcurrency: 0', /must be numbers above 0/],
  ['profile_models: a\nconcurrency: { start: 1, stop: 1000000000 }', /at most 10 000/],
  ['profile_models: a\nrun_config_search_min_instance_count: 9', /is 9, above the most: 5/],
  ['profile_models: a\nrun_config_search_disable: maybe', /must be true or false/],
  ['profile_models: a\nperf_analyzer_flags: { shape: INPUT }', /must be NAME:1,2,3, not 'INPUT'/],
  ['profile_models: a\nconstraints: 5', /constraints: must be an object/],
])('refuses what is wrong: %j', (text, message) => {
  expect(() => read(text)).toThrow(message)
})

it('refuses a space without end, also one of a few lines', () => {
  const values = `[${Array.from({ length: 200 }, (_, index) => index).join(', ')}]`
  const group = Array.from({ length: 3 }, () => `        - count: ${values}\n`).join('')
  expect(() =>
    read(`profile_models:\n  m:\n    model_config_parameters:\n      instance_group:\n${group}`),
  ).toThrow(/has more than 10 000 combinations/)
})

it.each([
  ['max_batch_size: [[1, 2], [3]]', /max_batch_size: must be a value, or a list of values/],
  [
    `backend: &a [${'x, '.repeat(100)}]\nname: &b [${'*a, '.repeat(100)}]\nplatform: [${'*b, '.repeat(100)}]`,
    /stands for more than 100000 values/,
  ],
  [
    `instance_group:\n  - &a { count: [${'1, '.repeat(9999)}] }\n${'  - [*a]\n'.repeat(50)}`,
    /stands for more than 100000 values/,
  ],
])('is not led astray by lists in lists: %#', (text, message) => {
  const indented = text.replace(/^/gm, '      ')
  expect(() => read(`profile_models:\n  m:\n    model_config_parameters:\n${indented}`)).toThrow(message)
})

it('has every option in its page, and no other', () => {
  const page = readFileSync(new URL('../../../../docs/from-model-analyzer.md', import.meta.url), 'utf8')
  const table = [...page.matchAll(/^\| ((?:`[^|]+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
  const known = [...READ, ...Object.keys(NOTED), ...READ_FLAGS, ...Object.keys(NOTED_FLAGS)]
  expect(known.filter((option) => !table.includes(option))).toEqual([])
})
