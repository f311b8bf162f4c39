import type { RunningServer, ServerControl } from 'servebench/plugin'
import { afterEach, describe, expect, it } from 'vitest'
import { oipControl } from '../src/control.ts'
import { FakeGrpcServer } from './support/fake-grpc-server.ts'
import { FakeHttpServer } from './support/fake-http-server.ts'
import { fakeModel } from './support/fake-models.ts'
import type { FakeOptions } from './support/fake-models.ts'
import { control } from './support/target-session.ts'

const disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0).reverse()) await disposable[Symbol.asyncDispose]()
})

const PROTOCOLS = ['http', 'grpc'] as const

async function serve(
  protocol: 'http' | 'grpc',
  options: Partial<FakeOptions> = {},
): Promise<FakeHttpServer | FakeGrpcServer> {
  const server = await (protocol === 'grpc' ? FakeGrpcServer : FakeHttpServer).start(options)
  disposables.push(server)
  return server
}

describe.each(PROTOCOLS)('oipControl over %s', (protocol) => {
  it('reads health, metadata, index, configuration and statistics', async () => {
    const models = [
      fakeModel('echo'),
      fakeModel('other', 'BYTES', { state: 'UNAVAILABLE', reason: 'unloaded' }),
    ]
    const server = await serve(protocol, { models })
    const made = await oipControl({ url: server.url, protocol })
    expect(await made.health()).toEqual({ live: true, ready: true })
    expect(await made.metadata()).toMatchObject({
      name: 'fake',
      version: '1.2',
      extensions: expect.arrayContaining(['statistics']),
      models: [
        { name: 'echo', version: '1', state: 'READY' },
        { name: 'other', version: '1', state: 'UNAVAILABLE' },
      ],
    })
    expect(await made.index?.()).toMatchObject([{ name: 'echo' }, { name: 'other', reason: 'unloaded' }])
    expect(await made.modelConfig?.('echo')).toMatchObject({
      name: 'echo',
      max_batch_size: 4,
      input: [{ name: 'x' }],
    })
    expect(await made.modelReady('echo')).toBe(true)
    expect(await made.modelReady('other')).toBe(false)
    expect(await made.describeModel('echo')).toMatchObject({
      model: { maxBatchSize: 4 },
      versions: ['1'],
      platform: 'fake',
    })
    const statistics = await made.statistics?.()
    expect(statistics?.models['echo']).toMatchObject({
      success: { count: 4, ns: 400 },
      queue: { count: 4, ns: 100 },
      computeInfer: { count: 4, ns: 250 },
      inferences: 12,
      executions: 3,
      batches: [{ size: 4, computeInfer: { count: 3, ns: 77 } }],
    })
  })

  it('loads with a configuration, and unloads', async () => {
    const server = await serve(protocol)
    const made = await oipControl({ url: server.url, protocol })
    await made.unloadModel?.('echo')
    expect(server.options.models[0]?.state).toBe('UNAVAILABLE')
    await made.loadModel?.('echo', { max_batch_size: 8, instance_group: [{ count: 2 }] })
    expect(server.options.models[0]?.state).toBe('READY')
    await made.loadModel?.('echo')
    const config = '{"max_batch_size":8,"instance_group":[{"count":2}]}'
    expect(server.control.map((line) => line.replace(/ (\{\})?$/, ''))).toEqual(
      protocol === 'grpc'
        ? ['unload echo', `load echo ${config}`, 'load echo']
        : ['unload echo', `load echo {"parameters":{"config":${JSON.stringify(config)}}}`, 'load echo'],
    )
  })

  it('has only what the server lists', async () => {
    const server = await serve(protocol, { extensions: ['parameters'] })
    const made = await oipControl({ url: server.url, protocol })
    const optional: readonly (keyof ServerControl | 'index' | 'modelConfig')[] = [
      'loadModel',
      'unloadModel',
      'statistics',
      'metrics',
      'index',
      'modelConfig',
    ]
    expect(optional.filter((name) => name in made)).toEqual([])
    expect((await made.metadata()).models).toEqual([])
  })
})

describe('oipControl', () => {
  it('finds a repository that a server without any extension does not list', async () => {
    // The fake over gRPC has it, as MLServer does; the one over HTTP has not, as KServe.
    const grpc = await serve('grpc', { extensions: [] })
    expect(await (await oipControl({ url: grpc.url, protocol: 'grpc' })).index?.()).toMatchObject([
      { name: 'echo', state: 'READY' },
    ])
    const http = await serve('http', { extensions: [] })
    expect((await oipControl({ url: http.url })).index).toBeUndefined()
  })

  it('reads a Prometheus endpoint', async () => {
    const server = await serve('http')
    const made = await oipControl({ url: `${server.url}/`, metricsUrl: `${server.url}/metrics` })
    expect(await made.metrics?.()).toBe('up 1\n')
    const wrong = await oipControl({ url: server.url, metricsUrl: `${server.url}/v2/nothing` })
    await expect(wrong.metrics?.()).rejects.toThrow('answers 404 instead of metrics')
  })

  it('passes on why a server refuses', async () => {
    const server = await serve('http', { authorization: 'x' })
    await expect(oipControl({ url: server.url })).rejects.toThrow('failed with HTTP 401: who are you?')
    await using authorized = server as FakeHttpServer
    disposables.length = 0
    const made = await oipControl({ url: authorized.url, headers: { authorization: 'x' } })
    await expect(made.modelConfig?.('nope')).rejects.toMatchObject({
      code: 'SERVEBENCH_OIP_CALL',
      status: 404,
      reason: "Request for unknown model: 'nope' is not found",
    })
  })
})

describe('the control of a target', () => {
  it('is that of the launched server, or of the URL', async () => {
    const own = { name: 'own' } as unknown as ServerControl
    const running = { endpoints: {}, control: own } as unknown as RunningServer
    expect(await control({ model: 'm' }, running)).toBe(own)
    const server = await serve('http')
    const made = await control({ model: 'm', url: server.url }, running)
    expect(await made.health()).toEqual({ live: true, ready: true })
    const endpoints = { http: server.url, metrics: `${server.url}/metrics` }
    const launched = await control({ model: 'm' }, { endpoints, control: null } as unknown as RunningServer)
    expect(await launched.metrics?.()).toBe('up 1\n')
  })
})
