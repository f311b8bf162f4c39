import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { arithmeticModel, externalModel, identityModel } from './support/models.ts'
import { ServerUnderTest } from './support/server.ts'
import type { InferReply } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-repository-'))
let server: ServerUnderTest

const CONFIG = { max_batch_size: 4, instance_group: [{ count: 2, kind: 'KIND_CPU' }] }

beforeAll(async () => {
  put('plain', '1', identityModel(directory, 'FP32', ['N', 2]))
  put('configured', '1', identityModel(directory, 'FP32', ['N', 2]), CONFIG)
  put('versioned', '1', identityModel(directory, 'FP32', ['N', 2]))
  put('versioned', '12', identityModel(directory, 'INT8', ['N', 2]))
  mkdirSync(join(directory, 'repository', 'empty'))
  server = await ServerUnderTest.start([`--model-repository=${join(directory, 'repository')}`])
})
// Every test finds the models as their files have them.
beforeEach(async () => {
  for (const name of ['plain', 'configured']) {
    await unload(name)
    expect(await load(name)).toBe(200)
  }
})
afterAll(async () => {
  await server.stop()
  rmSync(directory, { recursive: true })
})

function put(name: string, version: string, file: string, config?: object): void {
  const folder = join(directory, 'repository', name)
  mkdirSync(join(folder, version), { recursive: true })
  symlinkSync(file, join(folder, version, 'model.onnx'))
  if (config !== undefined) writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

async function load(name: string, config?: object): Promise<number> {
  const body = JSON.stringify(config === undefined ? {} : { parameters: { config: JSON.stringify(config) } })
  return (await fetch(`${server.http}/v2/repository/models/${name}/load`, { method: 'POST', body })).status
}

async function unload(name: string): Promise<void> {
  await server.json(`/v2/repository/models/${name}/unload`, {})
}

async function stateOf(name: string): Promise<unknown> {
  const index = (await server.json('/v2/repository/index', {})) as { name: string }[]
  return index.find((entry) => entry.name === name)
}

async function infer(name: string): Promise<InferReply> {
  return (await server.json(`/v2/models/${name}/infer`, {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }],
  })) as InferReply
}

async function configOf(name: string): Promise<Record<string, unknown>> {
  return (await server.json(`/v2/models/${name}/config`)) as Record<string, unknown>
}

describe('the repository', () => {
  it('serves every model with its configuration file, in its newest version', async () => {
    expect(await server.json('/v2/repository/index', { ready: true })).toEqual([
      { name: 'configured', version: '1', state: 'READY', reason: '' },
      { name: 'plain', version: '1', state: 'READY', reason: '' },
      { name: 'versioned', version: '12', state: 'READY', reason: '' },
    ])
    expect(await configOf('configured')).toMatchObject({ max_batch_size: 4, instance_group: [{ count: 2 }] })
    expect(await server.json('/v2/models/versioned/versions/12')).toMatchObject({
      inputs: [{ datatype: 'INT8' }],
    })
    expect((await fetch(`${server.http}/v2/models/versioned/versions/1`)).status).toBe(404)
  })

  it('finds weights that lie beside the file that a link points to', async () => {
    put('external', '1', externalModel(directory))
    expect(await load('external')).toBe(200)
    expect((await infer('external')).outputs[0]?.data).toEqual([2, 4])
    await unload('external')
  })

  it('finds a model that appears later', async () => {
    expect(await load('late')).toBe(500)
    put('late', '1', arithmeticModel(directory))
    expect(await stateOf('late')).toEqual({ name: 'late' })
    expect(await load('late')).toBe(200)
    expect(await stateOf('late')).toMatchObject({ state: 'READY' })
  })
})

describe('load and unload', () => {
  it('unloads: later requests get 404, the index says why, and loading brings it back', async () => {
    await unload('plain')
    await expect
      .poll(() => stateOf('plain'))
      .toEqual({ name: 'plain', version: '1', state: 'UNAVAILABLE', reason: 'unloaded' })
    await expect(infer('plain')).rejects.toThrow(
      '404 {"error":"Request for unknown model: \'plain\' has no available versions."}',
    )
    expect(await load('plain')).toBe(200)
    expect((await infer('plain')).outputs[0]?.data).toEqual([1, 2])
  })

  it('takes unloading what is not loaded or not known for done, as Triton does', async () => {
    await unload('plain')
    await unload('plain')
    await unload('nope')
  })

  it('replaces the whole configuration by an override, keeps it on a plain load, and returns to the file by unload and load', async () => {
    expect(
      await load('configured', {
        instance_group: [{ count: 3 }],
        dynamic_batching: { max_queue_delay_microseconds: 7 },
        max_batch_size: 16,
      }),
    ).toBe(200)
    const overridden = {
      max_batch_size: 16,
      instance_group: [{ count: 3 }],
      dynamic_batching: { max_queue_delay_microseconds: 7 },
    }
    expect(await configOf('configured')).toMatchObject(overridden)
    expect(await load('configured')).toBe(200)
    expect(await configOf('configured')).toMatchObject(overridden)
    await unload('configured')
    expect(await load('configured')).toBe(200)
    expect(await configOf('configured')).toMatchObject({ max_batch_size: 4, instance_group: [{ count: 2 }] })
    expect(await configOf('configured')).not.toHaveProperty('dynamic_batching')
  })

  it('takes back the configuration that it gives', async () => {
    const before = await configOf('configured')
    expect(await load('configured', before)).toBe(200)
    expect(await configOf('configured')).toEqual(before)
  })

  it('keeps statistics when only the number of instances changes, and starts anew otherwise', async () => {
    await infer('plain')
    const config = await configOf('plain')
    await load('plain', { ...config, instance_group: [{ count: 2 }] })
    expect((await server.statistics('plain')).inference_count).toBe(1)
    await load('plain', { ...config, max_batch_size: 2 })
    expect((await server.statistics('plain')).inference_count).toBe(0)
  })

  it.each([
    ['not JSON', '{', 'its configuration is not JSON'],
    ['an unknown field', '{"max_batch":1}', 'max_batch is not supported'],
    ['a bad value', '{"max_batch_size":-3}', 'max_batch_size must be a whole number'],
    [
      'an unknown parameter',
      '{"parameters":{"threads":{"string_value":"2"}}}',
      'parameters.threads is unknown',
    ],
    [
      'several problems',
      '{"instance_group":[{"count":0}],"optimization":{"graph":{"level":9}}}',
      'instance_group.count must be a whole number from 1 to 256, not 0. optimization.graph.level',
    ],
    ['an unknown session setting', '{"parameters":{"execution_providers":{"string_value":"nope"}}}', 'nope'],
  ])('refuses an override that is %s, and the old one serves on', async (_what, config, message) => {
    const response = await fetch(`${server.http}/v2/repository/models/plain/load`, {
      method: 'POST',
      body: JSON.stringify({ parameters: { config } }),
    })
    expect([response.status, (await response.json()) as unknown]).toEqual([
      400,
      { error: expect.stringContaining(message) },
    ])
    expect((await infer('plain')).outputs[0]?.data).toEqual([1, 2])
    expect(await stateOf('plain')).toMatchObject({ state: 'READY', reason: expect.stringContaining(message) })
  })

  it('loses no request while a model is loaded again and again', async () => {
    const control = new AbortController()
    const statuses: number[] = []
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] })
    const client = async (): Promise<void> => {
      while (!control.signal.aborted) {
        const response = await fetch(`${server.http}/v2/models/plain/infer`, { method: 'POST', body })
        statuses.push(response.status)
        await response.arrayBuffer()
      }
    }
    const clients = Promise.all([client(), client(), client()])
    for (const count of [2, 1, 3, 1]) expect(await load('plain', { instance_group: [{ count }] })).toBe(200)
    control.abort()
    await clients
    expect(statuses.length).toBeGreaterThan(10)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  it('takes no files over the wire', async () => {
    const response = await fetch(`${server.http}/v2/repository/models/plain/load`, {
      method: 'POST',
      body: JSON.stringify({ parameters: { 'file:1/model.onnx': 'AAAA', config: '{}' } }),
    })
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.stringContaining("server's repository only") },
    ])
  })
})
