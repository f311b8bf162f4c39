import { describe, expect, it } from 'vitest'
import { onnxModel } from '@servebench/plugin-models'
import type { ValidationError } from 'servebench/plugin'
import { tritonServer } from './server.ts'
import type { TritonAttachOptions, TritonLaunchOptions } from './server.ts'

const mlp = onnxModel({ family: 'mlp' })

function problemsOf(options: unknown): string[] {
  try {
    tritonServer(options as TritonLaunchOptions & TritonAttachOptions)
  } catch (error) {
    return (error as ValidationError).problems.map(({ path, message }) => `${path} ${message}`)
  }
  return []
}

describe('a server to launch', () => {
  it('is one process for all settings: they are its state', () => {
    const one = tritonServer({ models: [mlp], state: { instances: 1 } })
    const two = tritonServer({ models: [mlp], state: { instances: 2 } })
    expect(one.launch).toEqual(two.launch)
    expect(JSON.parse(JSON.stringify(two))).toEqual(two)
    expect(two.state.models).toMatchObject([{ name: mlp.name, settings: { instances: 2 } }])
  })

  it('gives models the settings of the state, of the state for them, and their own, in this order', () => {
    const { state } = tritonServer({
      models: [
        { model: 'zoo/a', instances: 3 },
        { model: 'zoo/b.onnx', backend: 'python' },
      ],
      repository: 'zoo',
      state: {
        maxBatchSize: 8,
        models: { a: { instances: 2, maxBatchSize: 4 }, c: { dynamicBatching: { maxQueueDelay: '1.5ms' } } },
        load: ['c', 'd'],
      },
    })
    expect(state.models).toEqual([
      { name: 'a', source: { path: 'zoo/a' }, backend: 'auto', settings: { instances: 3, maxBatchSize: 4 } },
      { name: 'b', source: { path: 'zoo/b.onnx' }, backend: 'python', settings: { maxBatchSize: 8 } },
      {
        name: 'c',
        source: null,
        backend: 'auto',
        settings: { maxBatchSize: 8, dynamicBatching: { maxQueueDelay: 1500 } },
      },
      { name: 'd', source: null, backend: 'auto', settings: { maxBatchSize: 8 } },
    ])
  })

  it('says everything that is wrong at once', () => {
    expect(
      problemsOf({
        models: [{ model: 'a', batch: 1 }, 'x/a', { model: 'b', name: '../b', backend: 'torch' }],
        startTimeout: '5',
        cache: 'much',
        rateLimits: { R: 0 },
        state: {
          instances: 0,
          gpus: [0],
          instanceKind: 'tpu',
          dynamicBatching: { delay: '1ms', maxQueueDelay: 'soon' },
          executionMode: 'fast',
          models: { a: { instances: 1.5, foo: 1 } },
        },
        ports: 3,
      }).map((problem) => problem.split(' ')[0]),
    ).toEqual(
      expect.arrayContaining([
        'ports',
        'state.instances',
        'state.gpus',
        'state.instanceKind',
        'state.dynamicBatching.delay',
        'state.dynamicBatching.maxQueueDelay',
        'state.executionMode',
        'models[0].batch',
        'state.models.a.instances',
        'state.models.a.foo',
        'models[1]',
        'models[2].name',
        'models[2].backend',
        'startTimeout',
        'cache',
        'rateLimits.R',
      ]),
    )
    expect(problemsOf({})).toEqual([expect.stringMatching(/^models are missing/)])
  })
})

describe('a server to attach to', () => {
  it('has the usual ports, unless others are named', () => {
    expect(tritonServer({ url: 'https://gpu:9000/' }).launch).toMatchObject({
      mode: 'attach',
      http: 'https://gpu:9000',
      grpc: 'https://gpu:8001',
      metrics: 'https://gpu:8002/metrics',
    })
    expect(problemsOf({ url: 'gpu:8000' })[0]).toMatch(/^url must be a URL/)
    expect(problemsOf({ url: 'http://gpu', models: [mlp] })).toContain('models is no option.')
  })
})
