import type { ValidationError } from 'servebench/plugin'
import { expect, it } from 'vitest'
import { tfservingServer } from '../src/index.ts'

const problemsOf = (options: object): string[] => {
  try {
    tfservingServer(options as never)
  } catch (error) {
    return (error as ValidationError).problems.map(({ path, message }) => `${path}: ${message}`)
  }
  return []
}

it('is plain data, with everything in its place', () => {
  const spec = tfservingServer({
    models: ['models/mlp', { model: '/abs/other/', versions: { latest: 2 }, labels: { stable: 1 } }],
    batching: true,
    state: { models: { mlp: { versions: 'all' } } },
  })
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
  expect(spec).toEqual({
    kind: 'tfserving',
    package: '@servebench/plugin-tfserving',
    launch: {
      mode: 'launch',
      models: [
        { name: 'mlp', source: { path: 'models/mlp' }, warmup: null, versions: null, labels: {} },
        {
          name: 'other',
          source: { path: '/abs/other/' },
          warmup: null,
          versions: { latest: 2 },
          labels: { stable: '1' },
        },
      ],
      binary: null,
      args: [],
      env: {},
      batching: {},
      threads: {},
      tensorContent: false,
      startTimeout: 120e9,
    },
    state: { models: [{ name: 'mlp', versions: { all: true } }] },
  })
})

it('knows where an attached server has its ports', () => {
  expect(tfservingServer({ url: 'https://host:8501/' }).launch).toMatchObject({
    mode: 'attach',
    http: 'https://host:8501',
    grpc: 'https://host:8500',
    metrics: 'https://host:8501/monitoring/prometheus/metrics',
    metricsWanted: false,
  })
})

it('says all that is wrong at once', () => {
  expect(
    problemsOf({
      models: [
        'models/a',
        { model: 'b/a' },
        { model: 'c d' },
        { model: 'e', versions: [], labels: { x: 'one' }, warm: [] },
        { model: 'f', warmup: [{ inputs: { x: { datatype: 'FP32', shape: [2], data: [1] } } }] },
      ],
      batching: { maxBatchSize: 0, timeout: 5, allowedSizes: [4, 2], size: 1 },
      threads: { intraOp: 1, session: 2, both: 3 },
      startTimeout: 'soon',
      state: { models: { z: { versions: 'newest' } } },
      ports: [1],
    }),
  ).toEqual([
    'ports: is no option.',
    'models[3].warm: is no option.',
    'models[3].labels.x: must be the number of a version.',
    "models[3].versions: must be 'latest', 'all', { latest: 2 }, or a list of numbers of versions.",
    'models[4].warmup.inputs.x: has 1 elements; its shape [2] needs 2.',
    'batching.size: is no option.',
    'batching.maxBatchSize: must be a whole number above 0.',
    expect.stringContaining('batching.timeout:'),
    'batching.allowedSizes: must be whole numbers in ascending order.',
    'threads.both: is no option.',
    'threads.session: sets both intraOp and interOp: leave them out.',
    expect.stringContaining('startTimeout:'),
    "models[1].name: is 'a', as that of models[0] is: give one of them another `name`.",
    expect.stringContaining("models[2].name: 'c d' must be letters"),
    'state.models.z: is no model of this server.',
    expect.stringContaining('state.models.z.versions: must be'),
  ])
})

it('needs what only its user knows', () => {
  expect(problemsOf({ models: [] })).toEqual(['models: are missing: name at least one folder of a model.'])
  expect(problemsOf({ url: 'host:8501', state: { models: { m: { versions: 'all' } } } })).toEqual([
    expect.stringContaining('url: must be a URL'),
    expect.stringContaining('grpcUrl: must be a URL'),
    'models: are needed for state: a change replaces the configuration, which no call tells.',
  ])
  expect(problemsOf({ url: 'http://h', models: [{ name: 'm', basePath: 'models/m' }] })).toEqual([
    'models[0].basePath: must be a path as the server sees it, from its root.',
  ])
  expect(problemsOf({ models: ['a'], batching: { maxBatchSize: 8, allowedSizes: [2, 4] } })).toEqual([
    'batching.allowedSizes: must end with maxBatchSize, which is 8.',
  ])
})
