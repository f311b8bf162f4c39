import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ValidationError } from 'servebench/plugin'
import type { ImportOptions } from 'servebench/plugin'
import { afterEach, describe, expect, it } from 'vitest'
import { importStudies } from './import-studies.ts'
import { parseModel } from './repository-model.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function repository(models: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'imported-'))
  folders.push(folder)
  for (const [name, config] of Object.entries(models)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'config.pbtxt'), config)
  }
  return folder
}

function bench(text: string, options: ImportOptions = {}): string {
  return importStudies({ file: 'config.yaml', text, directory: '/srv' }, options).text
}

function problems(text: string, options: ImportOptions = {}): readonly string[] {
  try {
    bench(text, options)
  } catch (error) {
    if (error instanceof ValidationError)
      return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
  return []
}

it('writes what a person would have written', () => {
  const text = `
model_repository: models
checkpoint_directory: checkpoints
triton_launch_mode: remote
triton_http_endpoint: gpu-host:9000
triton_grpc_endpoint: gpu-host:9001
triton_metrics_url: http://gpu-host:9002/metrics
profile_models:
  resnet:
    parameters: { batch_sizes: [1], concurrency: [1, 4, 16] }
    model_config_parameters:
      max_batch_size: [1, 8]
      instance_group: [{ kind: KIND_CPU, count: [1, 2] }]
      dynamic_batching: { max_queue_delay_microseconds: [100], preferred_batch_size: [[4], [4, 8]] }
    objectives: [perf_throughput]
    constraints: { perf_latency_p99: { max: 60 } }
    perf_analyzer_flags: { shape: 'INPUT:3,224,224', percentile: 95 }
`
  expect(bench(text)).toBe(`import { study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

// What config.yaml asked Model Analyzer for.
//
// - checkpoint_directory: results are kept by configuration in the output folder (\`output\`), and
//   not measured again.
// - perf_analyzer_flags.percentile: all percentiles are there: nothing has to be chosen.

study('resnet', {
  server: tritonServer({
    url: 'http://gpu-host:9000',
    grpcUrl: 'http://gpu-host:9001',
    metricsUrl: 'http://gpu-host:9002/metrics',
    state: { models: { resnet: {} } },
  }),
  target: triton({ model: 'resnet', protocol: 'grpc', defaultInput: { shapes: { INPUT: [3, 224, 224] } } }),
  settings: {
    'state.models.resnet.maxBatchSize': [1, 8],
    'state.models.resnet.instanceKind': 'cpu',
    'state.models.resnet.instances': [1, 2],
    'state.models.resnet.dynamicBatching.maxQueueDelay': '100us',
    'state.models.resnet.dynamicBatching.preferred': [[4], [4, 8]],
  },
  baseline: 'unchanged',
  loads: { concurrency: [1, 4, 16], gain: 0, refine: 0 },
  latencyBudget: '60ms',
  search: 'grid',
})
`)
})

it('writes what its page shows', () => {
  const page = readFileSync(new URL('../../../../docs/from-model-analyzer.md', import.meta.url), 'utf8')
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? []
  const [, code = ''] = /^```ts\n([\s\S]*?)^```/m.exec(page) ?? []
  expect(bench(yaml)).toBe(code)
})

describe('a server', () => {
  const model = 'profile_models: m\n'

  it('is started, in a container, or attached to', () => {
    expect(bench(`${model}model_repository: /models`)).toContain(
      "tritonServer({ repository: '/models', state:",
    )
    const local = bench(
      `${model}model_repository: models\ntriton_server_path: /opt/t/tritonserver\ngpus: GPU-1,GPU-2\ntriton_server_flags: { log_verbose: True }`,
    )
    expect(local).toContain("repository: '/srv/models'")
    expect(local).toContain("binary: '/opt/t/tritonserver'")
    expect(local).toContain("args: ['--log-verbose=true']")
    expect(local).toContain("env: { CUDA_VISIBLE_DEVICES: 'GPU-1,GPU-2' }")
    const docker = bench(
      `${model}model_repository: /models\ntriton_launch_mode: docker\ntriton_docker_mounts: ['/a:/b:ro', '/c:/c']\ntriton_docker_shm_size: 2G`,
    )
    expect(docker).toContain("image: 'nvcr.io/nvidia/tritonserver:26.04-py3'")
    expect(docker).toContain("gpus: 'all'")
    expect(docker).toContain("mounts: [{ source: '/a', target: '/b' }, { source: '/c', readOnly: false }]")
    expect(docker).toContain("args: ['--shm-size=2G']")
    expect(docker).toContain('triton_docker_image: is not said')
    const remote = bench(`${model}triton_launch_mode: remote\ntriton_server_flags: { log_verbose: True }`)
    expect(remote).toContain("tritonServer({ url: 'http://localhost:8000', state: { models: { m: {} } } })")
    expect(remote).toContain('triton_server_flags: is of a server that is started')
  })

  it('is what the command line says before what the file says', () => {
    const file = `${model}model_repository: /models\nlatency_budget: 100\nmin_throughput: 5\n`
    const options = bench(file, {
      url: 'http://other:1234',
      launch: 'attach',
      protocol: 'http',
      latencyBudget: '10ms',
      minThroughput: 7,
      maxConcurrency: 16,
      shapes: { X: [4] },
    })
    expect(options).toContain("tritonServer({ url: 'http://other:1234', state: { models: { m: {} } } })")
    expect(options).toContain(
      "triton({ model: 'm', protocol: 'http', defaultInput: { shapes: { X: [4] } } })",
    )
    expect(options).toContain('loads: { concurrency: { from: 1, to: 16 } }')
    expect(options).toContain("latencyBudget: '10ms',\n  minThroughput: 7,")
    expect(bench(`${model}triton_launch_mode: remote`, { repository: 'here' })).toContain(
      "repository: '/srv/here'",
    )
  })

  it('has for each model what the file says of its server', () => {
    const text = bench(
      'model_repository: /m\nprofile_models:\n  a: { triton_server_flags: { exit_timeout_secs: 120 } }\n  b: { triton_server_environment: { X: 1 } }\n',
    )
    const [, a = '', b = ''] = text.split(/^study\(/m)
    expect(a).toContain("args: ['--exit-timeout-secs=120']")
    expect(a).not.toContain('env')
    expect(b).toContain("env: { X: '1' }")
    expect(b).not.toContain('args')
  })
})

describe('a space', () => {
  it('is what the server says where nothing is known of the model', () => {
    const text = bench('model_repository: /nowhere\nprofile_models:\n  m: { cpu_only: true }')
    expect(text).not.toContain('settings:')
    expect(text).toContain("state: { models: { m: { instanceKind: 'cpu' } } }")
    expect(text).toContain('its automatic space is what the plugin of the server says')
  })

  it('leaves batches out of models that have none', () => {
    const folder = repository({ plain: 'backend: "python"', deep: 'max_batch_size: 4' })
    const text = bench(`model_repository: ${folder}\nprofile_models: plain,deep`)
    expect(text).toContain("settings: { 'state.models.plain.instances': [1, 2, 3, 4, 5] }")
    expect(text).toContain("'state.models.deep.maxBatchSize': [1, 2, 4, 8, 16, 32, 64, 128]")
    expect(text).toContain("'state.models.deep.dynamicBatching': true")
  })

  it('of an ensemble is that of its models, and is climbed', () => {
    const folder = repository({
      whole: 'ensemble_scheduling { step [ { model_name: "one" }, { model_name: "two" } ] }',
      one: 'max_batch_size: 8',
      two: 'backend: "python"',
    })
    const text = bench(
      `model_repository: ${folder}\nprofile_models: whole\nensemble_composing_models:\n  two: { model_config_parameters: { instance_group: [{ count: [1, 2, 4] }] } }\n  other: {}`,
    )
    expect(text).not.toMatch(/models\.(whole|other)/)
    expect(text).toContain("'state.models.two.instances': [1, 2, 4]")
    expect(text).toContain("'state.models.one.instances': [1, 2, 3, 4, 5]")
    expect(text).toContain("'state.models.one.maxBatchSize'")
    expect(text).toContain("search: 'quick'")
  })

  it('of a model that calls others is theirs, too, and loads them', () => {
    const folder = repository({
      bls: 'backend: "python"',
      add: 'backend: "python"',
      deep: 'max_batch_size: 4',
    })
    const text = bench(
      `model_repository: ${folder}\nprofile_models: bls\nbls_composing_models: add,deep\ncpu_only_composing_models: add`,
    )
    expect(text).toContain('state: { models: { bls: {}, add: {}, deep: {} } }')
    expect(text).toContain("composing: { bls: ['add', 'deep'] }")
    expect(text).toContain("'state.models.add.instanceKind': 'cpu'")
    expect(text).toContain("'state.models.bls.instances': [1, 2, 3, 4, 5]")
    expect(text).toContain("'state.models.deep.maxBatchSize'")
    expect(text).not.toMatch(/(bls|add)\.maxBatchSize/)
    expect(text).toContain("search: 'quick'")
  })

  it('varies the batch of the client, and counts inferences', () => {
    const text = bench(
      'model_repository: /m\nprofile_models:\n  m:\n    parameters: { batch_sizes: [1, 8], concurrency: 4 }\n    constraints: { perf_throughput: { min: 100 }, perf_latency_avg: { max: 5 } }\n',
    )
    expect(text).toContain('space: { batch: [1, 8] }')
    expect(text).toContain(
      "target: ({ batch }) => triton({ model: 'm', protocol: 'grpc', defaultInput: { batch } })",
    )
    expect(text).toContain("objective: 'items.throughput'")
    expect(text).toContain("({ batch }) => ({ responseTime: { mean: '5ms' }, throughput: 100 / batch })")
    const single = bench(
      'model_repository: /m\nmin_throughput: 100\nprofile_models:\n  m: { parameters: { batch_sizes: 8, concurrency: 4 } }',
    )
    expect(single).toContain('minThroughput: 12.5')
  })

  it('takes the inputs of perf_analyzer', () => {
    const of = (flags: string, more = ''): string =>
      bench(`model_repository: /m\nprofile_models: m\nperf_analyzer_flags: { ${flags} }\n${more}`)
    expect(of('input-data: in/a.json')).toContain("input: perfAnalyzerData({ file: '/srv/in/a.json' })")
    expect(of('input-data: /a.json, b: 8')).toContain("perfAnalyzerData({ file: '/a.json', batch: 8 })")
    expect(of('input-data: /a.json', 'batch_sizes: 1,8')).toContain(
      "input: ({ batch }) => perfAnalyzerData({ file: '/a.json', batch })",
    )
    expect(of('input-data: zero')).toContain("input: tensors({ values: 'zeros' })")
    expect(of('input-data: [/folder]')).toContain('/folder: give these as `input`')
    expect(of('input-data: random')).not.toContain('input')
  })

  it('has rates', () => {
    const grid = bench('model_repository: /m\nprofile_models: m\nrequest_rate: 100,200')
    expect(grid).toContain('loads: { rate: [100, 200], gain: 0, refine: 0 }')
    expect(grid).toContain('load: constantRate({ rate: 200 })')
    const quick = bench(
      'model_repository: /m\nprofile_models: m\nrun_config_search_mode: quick\nrequest_rate_search_enable: true',
    )
    expect(quick).toContain('loads: { rate: { from: 16, to: 8192 } }')
    expect(quick).not.toContain('load: ')
    expect(quick).toContain('Poisson')
  })
})

describe('a search', () => {
  const of = (text: string): string =>
    bench(`model_repository: /m\nprofile_models: m\nrun_config_search_max_instance_count: 4\n${text}`)

  it('has the numbers of the file', () => {
    expect(of('run_config_search_mode: quick\nnum_configs_per_model: 5')).toContain(
      "search: { strategy: 'quick', top: 5 }",
    )
    expect(of('run_config_search_mode: quick\nconcurrency_sweep_disable: true')).toContain(
      "search: { strategy: 'quick', top: 1 }",
    )
    // 4 instances, 8 batches, 11 loads: 5 and 10 % of them.
    expect(of('run_config_search_mode: optuna')).toContain(
      "search: { strategy: 'bayesian', fewest: 17 },\n  budget: 35,",
    )
    expect(
      of(
        'run_config_search_mode: optuna\nuse_concurrency_formula: true\noptuna_min_trials: 9\noptuna_max_trials: 12',
      ),
    ).toContain("search: { strategy: 'bayesian', fewest: 9 },\n  budget: 12,")
    expect(of('run_config_search_max_binary_search_steps: 2')).toContain('refine: 2')
  })
})

it('reads the GPU where something is said of it: here, or where the server runs', () => {
  const constraint = 'profile_models: m\nconstraints: { gpu_used_memory: { max: 200 } }\n'
  const here = bench(`${constraint}model_repository: /m`)
  expect(here).toContain("import { nvmlSampler } from '@servebench/plugin-nvml'")
  expect(here).toContain('samplers: [nvmlSampler()]')
  expect(here).toContain("constraints: { gauges: { 'gpu0.memory.used': { max: 200000000 } } }")
  const there = bench(`${constraint}triton_launch_mode: remote`)
  expect(there).toContain("{ metric: 'nv_gpu_memory_used_bytes', as: 'gpu0.memory.used', unit: 'By' }")
})

it('is one study for models that are profiled concurrently, each with what is its own', () => {
  const text = bench(`
model_repository: /m
run_config_profile_models_concurrently_enable: true
run_config_search_max_instance_count: 2
run_config_search_max_model_batch_size: 2
concurrency: 1,4,8
latency_budget: 10
profile_models:
  a: { weighting: 3, objectives: { perf_latency_p99: 1 } }
  b: { constraints: { perf_latency_p99: { max: 50 } }, parameters: { batch_sizes: [1, 2] } }
`)
  expect(text).toContain(`study('a and b', {
  server: tritonServer({ repository: '/m', state: { models: { a: {}, b: {} } } }),
  models: {
    a: {
      settings: { instances: [1, 2], maxBatchSize: [1, 2], dynamicBatching: true },
      objective: 'responseTime.p99',
      weight: 3,
      latencyBudget: '10ms',
    },
    b: {
      settings: { instances: [1, 2], maxBatchSize: [1, 2], dynamicBatching: true },
      latencyBudget: '50ms',
    },
  },
  streams: {
    a: stream({ target: triton({ model: 'a', protocol: 'grpc' }) }),
    b: stream({ target: triton({ model: 'b', protocol: 'grpc' }) }),
  },
  baseline: 'unchanged',
  loads: { concurrency: [2, 4, 8], gain: 0, refine: 0 },
  search: 'quick',
})`)
  expect(text).toContain('profile_models.b.parameters.batch_sizes: only the first, 1')
})

it('varies models that those of a study are composed of', () => {
  const text = bench(`
model_repository: /m
run_config_profile_models_concurrently_enable: true
bls_composing_models: { 1.part: { model_config_parameters: { instance_group: [{ count: [1, 2] }] } } }
profile_models: [a, 2.b]
`)
  expect(text).toContain("settings: { 'state.models.1.part.instances': [1, 2] }")
  expect(text).toContain("state: { models: { a: {}, '1.part': {}, '2.b': {} } }")
  expect(text.replaceAll(/\s+/g, ' ')).toContain("'m-2-b': stream({ target: triton({ model: '2.b'")
})

it('names all that is wrong, in the file and beside it', () => {
  expect(
    problems(
      'profile_models: [a, "../b"]\nmodel_type: LLM\nconcurrency: 0\nclient_protocol: udp\nobjectives: { perf_throughput: -1 }',
      { models: ['other'] },
    ),
  ).toEqual([
    'model_type: is LLM: servebench has no loads and metrics by tokens.',
    'client_protocol: must be http or grpc.',
    'objectives.perf_throughput: must be a number from 0 on.',
    'concurrency: must be numbers above 0.',
    "profile_models.../b: '../b' is no name of a model: letters, digits, '.', '_' and '-'.",
    "--model: the file has no 'other', only a, ../b.",
    'model_repository: is missing: say it here, with --repository, or give --url.',
  ])
})

it.each([
  ['aliases that repeat each other', bomb(9), /stands for more than 100000 values/],
  ['an alias inside of itself', 'profile_models: &a\n  - *a', /nested more than 64 deep|inside of itself/],
  ['a deep list', `profile_models: ${'['.repeat(80)}${']'.repeat(80)}`, /nested more than 64 deep/],
  ['a date', 'profile_models: m\nexport_path: 2024-01-01', /has a date/],
  ['no number', 'profile_models: m\nconcurrency: .inf', /a number that is none/],
  ['an object of Python', 'profile_models: !!python/object:os.system x', /is not YAML: unknown/],
  ['several documents', 'a: 1\n---\nb: 2', /is not YAML/],
  ['tabs', 'profile_models:\n\t- m', /is not YAML: tab characters/],
  ['a program', '#!/bin/sh\necho hello world', /the file: must be an object/],
  ['too much', `# ${'x'.repeat(1024 * 1024)}\nprofile_models: m`, /more than 1 MiB/],
])('refuses %s', (_what, text, message) => {
  expect(problems(text).join('\n')).toMatch(message)
})

/** Nine aliases of nine each, so many levels deep. */
function bomb(levels: number): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < levels; level++)
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  return `${lines.join('\n')}\nprofile_models: m`
}

it('lets nothing of the file become code', () => {
  const evil = `
model_repository: "/m'); process.exit(1); ('"
"x\\nprocess.exit(2) //": 1
"x\\u2028process.exit(3) //": 1
profile_models:
  m:
    model_config_parameters:
      parameters:
        "k': process.exit(4), '": { string_value: ["1'); process.exit(5)", "2"] }
        __proto__: { string_value: x }
      metric_tags: { call: exit, from: process, argument: "5" }
    perf_analyzer_flags: { "y\\rprocess.exit(6)": 1, shape: "A'+process.exit(7)+':3" }
`
  const text = bench(evil)
  // What is neither a comment nor text in quotation marks.
  const code = text
    .split('\n')
    .filter((line) => !line.startsWith('//'))
    .join('\n')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
  expect(code).not.toContain('process')
  expect(code).not.toContain('exit')
  expect(text).toContain("['__proto__']")
  expect(text).not.toMatch(/[\u2028\r]/)
})

it('finds what matters in a configuration of a model', () => {
  expect(parseModel('')).toEqual({ isBatched: false, steps: [] })
  expect(parseModel('max_batch_size:8')).toEqual({ isBatched: true, steps: [] })
  expect(parseModel("# max_batch_size: 8\nname: 'max_batch_size: 9 {'\nmax_batch_size: 0")).toEqual({
    isBatched: false,
    steps: [],
  })
  expect(
    parseModel(`
      platform: "ensemble"
      parameters { key: "model_name" value { string_value: "no" } }
      ensemble_scheduling {
        step [
          { model_name: "a" input_map { key: "model_name" value: "x" } },
          { model_name: "b" model_version: -1 }
        ]
        step { model_name: 'c' }
      }
      optimization { x { model_name: "no" } }
    `),
  ).toEqual({ isBatched: false, steps: ['a', 'b', 'c'] })
})
