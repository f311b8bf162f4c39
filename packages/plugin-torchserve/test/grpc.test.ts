import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FailureKind } from 'servebench/session'
import { checkTarget } from 'servebench/testing'
import type { TorchServeContent, TorchServeResponse } from '../src/index.ts'
import { FakeGrpc } from './support/fake-grpc.ts'
import { connect, openTorchServe } from './support/torchserve-target.ts'

let fake: FakeGrpc
beforeEach(async () => {
  fake = await FakeGrpc.start()
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
  delete process.env['SERVEBENCH_TEST_TOKEN']
})

const options = () => ({ model: 'echo', protocol: 'grpc', url: fake.url }) as const

describe('predictions over gRPC', () => {
  it.each<[string, TorchServeContent, Record<string, string>]>([
    ['a body', { body: 'text' }, { data: 'text' }],
    ['JSON', { body: { x: [1] } }, { data: '{"x":[1]}' }],
    ['fields', { fields: { data: Buffer.from([0, 255]), b: 'ü' } }, { data: '\u0000�', b: 'ü' }],
    [
      'a tensor sample',
      { tensors: { x: { datatype: 'INT32', shape: [2], data: [1, 2] } } },
      { data: '{"x":[1,2]}' },
    ],
    ['nothing', null, {}],
  ])('carry %s', async (_name, content, input) => {
    await using target = await openTorchServe({ ...options(), version: '1.0' }, content)
    const { response } = await target.ask()
    const [request] = fake.requests
    expect(request).toMatchObject({ model_name: 'echo', model_version: '1.0' })
    const texts = Object.entries(request?.input ?? {}).map(([name, value]) => [name, value.toString()])
    expect(Object.fromEntries(texts)).toEqual(input)
    expect(response?.text()).toBe(input['data'] ?? '')
  })

  it('time the parts of a stream', async () => {
    await using target = await openTorchServe({ ...options(), stream: true }, { body: 'abc' })
    const { response, calls } = await target.ask()
    expect(response?.parts.map(String)).toEqual(['a', 'b', 'c'])
    expect(response?.text()).toBe('abc')
    expect(calls.filter((call) => call === 'message')).toHaveLength(3)
  })

  it('carry a token as metadata', async () => {
    process.env['SERVEBENCH_TEST_TOKEN'] = 'planted'
    const token = { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' } as const
    await using target = await openTorchServe({ ...options(), token }, { body: 'x' })
    await target.ask()
    expect(fake.tokens).toEqual(['Bearer planted'])
    expect(JSON.stringify(target.reference)).not.toContain('planted')
  })

  it('fail with the server’s words', async () => {
    await using target = await openTorchServe({ ...options(), model: 'nosuch' }, { body: 'x' })
    expect(await target.ask()).toMatchObject({ kind: FailureKind.grpcStatus, code: 13 })
    expect(target.session.statistics().notes).toEqual([
      'One answer that failed with grpc-internal said: Model not found: nosuch',
    ])
  })

  it('refuse headers of single requests, which gRPC does not have', async () => {
    const attempt = openTorchServe(options(), { body: 'x', headers: { a: 'b' } })
    await expect(attempt).rejects.toMatchObject({ code: 'SERVEBENCH_TORCHSERVE_REQUEST' })
  })

  it('keep the rules of targets', async () => {
    const { held } = await checkTarget<TorchServeContent, TorchServeResponse>(await connect(options()), {
      request: { body: 'x' },
      accept: (response) => response.text() === 'x',
    })
    expect(held.length).toBeGreaterThan(5)
  })
})
