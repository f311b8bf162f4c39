import { onnxModel } from '@servebench/plugin-models'
import { canonicalJson, type JsonObject } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { onnxServer, type OnnxServerOptions } from './onnx-server.ts'

const mlp = onnxModel({ family: 'mlp' })

describe('onnxServer', () => {
  it('is plain data: what a process cannot change in launch, everything else in state', () => {
    const spec = onnxServer({ models: [mlp], instances: 2, maxRequestBytes: '1MiB' })
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec).toMatchObject({
      kind: 'onnx',
      package: '@servebench/plugin-onnxruntime',
      launch: { sharedThreadPool: false, maxRequestBytes: 1_048_576 },
    })
    expect(spec.state.models).toMatchObject([{ name: 'mlp-3x256', source: { artifact: mlp }, instances: 2 }])
  })

  it('has equal launch for servers that differ in what can be changed in place', () => {
    const launch = (options: Partial<OnnxServerOptions>): string =>
      canonicalJson(onnxServer({ models: [mlp], ...options }).launch as JsonObject)
    expect(launch({ instances: 3, intraOpThreads: 2, dynamicBatching: { maxBatchSize: 4 } })).toBe(
      launch({ models: ['other.onnx'] }),
    )
    expect(launch({ sharedThreadPool: true })).not.toBe(launch({}))
  })

  it('lets a model override what the server says', () => {
    const { models } = onnxServer({
      models: ['a.onnx', { model: 'dir/b.onnx', instances: 4 }],
      instances: 2,
      intraOpThreads: 3,
    }).state
    expect(models.map(({ name, instances, session }) => [name, instances, session.intraOpThreads])).toEqual([
      ['a', 2, 3],
      ['b', 4, 3],
    ])
  })

  it('names every problem at once', () => {
    const attempt = (): unknown =>
      onnxServer({
        models: [
          mlp,
          { model: mlp, instances: 0 },
          {
            model: 'a b.onnx',
            dynamicBatching: { maxBatchSize: 4, preferred: [8], maxQueueDelay: '5' as never },
          },
        ],
        drainTimeout: 'soon' as never,
      })
    expect(attempt).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ path: 'models[1].instances' }),
          expect.objectContaining({ path: 'models[2].name' }),
          expect.objectContaining({ path: 'models[2].dynamicBatching.maxQueueDelay' }),
          expect.objectContaining({ path: 'models[2].dynamicBatching.preferred' }),
          expect.objectContaining({ path: 'models[1]', message: expect.stringContaining("'mlp-3x256'") }),
          expect.objectContaining({ path: 'drainTimeout' }),
        ],
      }),
    )
  })

  it.each([
    ['no model', { models: [] }],
    ['instances on a shared thread pool', { models: [mlp], sharedThreadPool: true, instances: 2 }],
    ['a fraction of a thread', { models: [mlp], intraOpThreads: 0.5 }],
  ] as [string, OnnxServerOptions][])('refuses %s', (_what, options) => {
    expect(() => onnxServer(options)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_VALIDATION' }))
  })
})
