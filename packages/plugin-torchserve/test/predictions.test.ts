import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { patchOf, checkTarget } from 'servebench/testing'
import { FailureKind } from 'servebench/session'
import { unique } from 'servebench'
import type { TorchServeContent, TorchServeOptions, TorchServeResponse } from '../src/index.ts'
import { FakeTorchServe } from './support/fake-torchserve.ts'
import type { Received } from './support/fake-torchserve.ts'
import { connect, openTorchServe } from './support/torchserve-target.ts'

let fake: FakeTorchServe
beforeEach(async () => {
  fake = await FakeTorchServe.start({
    models: { echo: { versions: ['1.0', '2.0'] }, idle: { maxWorkers: 0 } },
  })
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
})

async function send(
  options: Partial<TorchServeOptions>,
  content: TorchServeContent,
): Promise<Received & { readonly response: TorchServeResponse }> {
  await using target = await openTorchServe({ model: 'echo', url: fake.http, ...options }, content)
  const { response } = await target.ask()
  if (response === null) throw new Error('The request has failed.')
  return { ...(fake.received.at(-1) as Received), response }
}

const TENSOR = { datatype: 'FP32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const

describe('paths', () => {
  it.each<[Partial<TorchServeOptions>, string]>([
    [{}, '/predictions/echo'],
    [{ version: '2.0' }, '/predictions/echo/2.0'],
    [{ version: '2.0', path: '/a/b' }, '/predictions/echo/2.0/a/b'],
    [{ api: 'explanations' }, '/explanations/echo'],
    [{ api: 'explanations', version: '1.0' }, '/explanations/echo/1.0'],
    [{ api: 'workflow' }, '/wfpredict/echo'],
  ])('of %j', async (options, path) => {
    expect(await send(options, { body: 'x' })).toMatchObject({ path })
  })
})

describe('bodies', () => {
  it.each<[string, TorchServeContent, string, string]>([
    ['bytes', { body: Buffer.from([1, 2]) }, 'application/octet-stream', '\u0001\u0002'],
    ['text', { body: 'grüße' }, 'text/plain; charset=utf-8', 'grüße'],
    ['JSON', { body: { x: [1, 2] } }, 'application/json', '{"x":[1,2]}'],
    ['typed arrays', { body: { x: Float32Array.of(0.5) } }, 'application/json', '{"x":[0.5]}'],
    ['another type', { body: 'a,b', headers: { 'content-type': 'text/csv' } }, 'text/csv', 'a,b'],
    ['a tensor sample', { tensors: { x: TENSOR } }, 'application/json', '{"x":[[1,2],[3,4]]}'],
    ['a bytes sample', { bytes: Buffer.from('x'), type: 'image/png' }, 'image/png', 'x'],
    ['nothing', null, 'application/octet-stream', ''],
  ])('%s', async (_name, content, type, body) => {
    const received = await send({}, content)
    expect(received.headers['content-type']).toBe(type)
    expect(received.body.toString()).toBe(body)
    expect(received.response.text()).toBe(body)
  })

  it('of several fields are forms that a reader of forms understands', async () => {
    const { headers, body } = await send(
      {},
      { fields: { data: Buffer.from([0, 255, 13, 10]), b: 'text', c: { n: 1 } } },
    )
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type'] as string },
    }).formData()
    expect([...form.keys()]).toEqual(['data', 'b', 'c'])
    expect(form.get('b')).toBe('text')
    expect(Buffer.from(await (form.get('data') as File).arrayBuffer())).toEqual(Buffer.from([0, 255, 13, 10]))
    const document = form.get('c') as File
    expect([document.type, await document.text()]).toEqual(['application/json', '{"n":1}'])
  })

  it('with a boundary that is nowhere in the fields', async () => {
    const { headers, body } = await send({}, { fields: { data: '--servebench-0' } })
    expect(headers['content-type']).toBe('multipart/form-data; boundary=servebench-1')
    expect(body.toString()).toContain('--servebench-0')
  })

  it('differ from request to request where they are to', async () => {
    await using target = await openTorchServe(
      { model: 'echo', url: fake.http },
      { body: { prompt: unique.unit }, headers: { ts_request_sequence_id: unique.sequence } },
    )
    await target.ask(0, patchOf(5))
    const { body, headers } = fake.received.at(-1) as Received
    expect(body.toString()).toBe('{"prompt":"0000000000000005"}')
    expect(headers['ts_request_sequence_id']).toBe('0000000000000006')
  })
})

describe('KServe', () => {
  it.each<[string, TorchServeContent, unknown, number]>([
    ['a list', { body: [[1], [2], [3]] }, [[1], [2], [3]], 3],
    ['instances', { body: { instances: [1], parameters: 1 } }, [1], 1],
    [
      'one tensor',
      { tensors: { x: TENSOR } },
      [
        [1, 2],
        [3, 4],
      ],
      2,
    ],
    [
      'several tensors',
      { tensors: { x: TENSOR, y: TENSOR } },
      [
        { x: [1, 2], y: [1, 2] },
        { x: [3, 4], y: [3, 4] },
      ],
      2,
    ],
  ])('v1 takes %s', async (_name, content, predictions, items) => {
    await using target = await openTorchServe({ model: 'echo', url: fake.http, api: 'kserve' }, content)
    const { response } = await target.ask()
    expect(response?.json()).toEqual({ predictions })
    expect(target.prepared.at(0)?.items).toBe(items)
    expect(fake.received.at(-1)?.path).toBe('/v1/models/echo:predict')
  })

  it('v2 carries tensors there and back', async () => {
    const { response, path } = await send({ api: 'kservev2' }, { tensors: { x: TENSOR } })
    expect(path).toBe('/v2/models/echo/infer')
    expect(response.tensors().output('x')).toMatchObject({ shape: [2, 2], data: TENSOR.data })
  })

  it('v1 refuses what has no instances', async () => {
    await expect(send({ api: 'kserve' }, { body: {} })).rejects.toMatchObject({
      code: 'SERVEBENCH_TORCHSERVE_REQUEST',
    })
    await expect(send({ api: 'kserve' }, { body: 'text' })).rejects.toThrow('takes JSON')
  })
})

describe('failures', () => {
  it('are told with the server’s words', async () => {
    await using target = await openTorchServe(
      { model: 'echo', url: fake.http, version: '9.0' },
      { body: 'x' },
    )
    expect(await target.ask()).toMatchObject({ kind: FailureKind.httpStatus, code: 404 })
    expect(target.session.statistics().notes).toEqual([
      'One answer that failed with http-404 said: Model version: 9.0 does not exist for model: echo',
    ])
  })

  it('tell load shedding from failures of handlers', async () => {
    await using target = await openTorchServe(
      { model: 'echo', url: fake.http },
      { body: 'x' },
      { body: '"fail"' },
    )
    fake.places = 0
    for (let count = 0; count < 3; count++) expect(await target.ask()).toMatchObject({ code: 503 })
    fake.places = 1
    expect(await target.ask(1)).toMatchObject({ code: 503 })
    expect(await target.ask()).toMatchObject({ kind: FailureKind.none })
    expect(target.session.statistics().notes?.[0]).toBe(
      "3 requests were shed with 503 (warm-up and drain included): no place was left in the model's job queue " +
        '(job_queue_size), or it had no worker; 1 other 503 said that a handler had failed.',
    )
  })
})

describe('the preflight', () => {
  it('looks the model up', async () => {
    const found = await connect({ model: 'echo', url: fake.http, managementUrl: fake.management })
    expect(found).toMatchObject({
      engine: 'http1-raw',
      server: { api: 'predictions', model: { name: 'echo', version: '1.0', workers: 1, batchSize: 1 } },
    })
  })

  it.each<[string, Partial<TorchServeOptions>, string, string]>([
    ['an unknown model', { model: 'ecko' }, 'SERVEBENCH_TORCHSERVE_MODEL', "Did you mean 'echo'?"],
    ['an unknown version', { version: '3.0' }, 'SERVEBENCH_TORCHSERVE_MODEL', 'It has 1.0, 2.0.'],
    ['a model without workers', { model: 'idle' }, 'SERVEBENCH_TORCHSERVE_WORKERS', 'min_worker=1'],
  ])('refuses %s', async (_name, options, code, advice) => {
    const attempt = connect({ model: 'echo', url: fake.http, managementUrl: fake.management, ...options })
    await expect(attempt).rejects.toMatchObject({
      cause: { code, advice: expect.stringContaining(advice), exitCode: 4 },
    })
  })

  it('refuses an address where nobody listens', async () => {
    const { http } = fake
    await fake[Symbol.asyncDispose]()
    await expect(connect({ model: 'echo', url: http })).rejects.toMatchObject({
      cause: { code: 'SERVEBENCH_TARGET_REFUSED' },
    })
    fake = await FakeTorchServe.start()
  })

  it('reports all problems of options at once', async () => {
    const options = {
      url: 'http://a/predictions/x',
      api: 'kserve',
      version: '1.0',
      protocol: 'grpc',
      engine: 'undici',
      path: 'a b',
      stream: 'yes',
      token: 'planted',
      headers: { a: 1 },
      modle: 'x',
    } as unknown as TorchServeOptions
    const failure = (await connect(options).catch((error: unknown) => error)) as {
      cause: { problems: { path: string }[]; message: string }
    }
    expect(failure.cause.problems.map(({ path }) => path.slice('torchserve.'.length)).sort()).toEqual(
      [
        'api',
        'engine',
        'headers.a',
        'model',
        'modle',
        'path',
        'path',
        'stream',
        'token',
        'url',
        'version',
      ].sort(),
    )
    expect(failure.cause.message).not.toContain('planted')
  })
})

it.each(['raw', 'undici'] as const)('keeps the rules of targets, by %s', async (engine) => {
  const reference = await connect({ model: 'echo', url: fake.http, engine })
  const { held } = await checkTarget<TorchServeContent, TorchServeResponse>(reference, {
    request: { body: { x: 1 } },
    accept: (response) => response.text() === '{"x":1}',
    failing: { request: { body: '"fail"' }, failure: 'http-503' },
    slow: { body: '"forever"' },
    stopServer: () => fake[Symbol.asyncDispose](),
  })
  expect(held.length).toBeGreaterThan(5)
})
