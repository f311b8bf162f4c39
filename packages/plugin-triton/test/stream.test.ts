/** Streams against a gRPC server that behaves as Triton's: decoupled answers, the last word, errors, sequences. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { patchOf } from 'servebench/testing'
import type { FakeGrpcServer } from '../../plugin-oip/test/support/fake-grpc-server.ts'
import type { TritonOptions } from '../src/index.ts'
import { startStreamServer } from './support/stream-models.ts'
import { connect, openTriton } from './support/triton-target.ts'

let server: FakeGrpcServer
beforeAll(async () => {
  server = await startStreamServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})
beforeEach(() => void server.requests.splice(0))

const ask = (count: number, gap = 0) => ({
  inputs: { COUNT: { data: [count], shape: [1, 1] }, GAP_MS: { data: [gap], shape: [1, 1] } },
})
const open = (options: Partial<TritonOptions>, ...contents: ReturnType<typeof ask>[]) =>
  openTriton({ url: server.url, protocol: 'grpc', model: 'repeat', ...options }, ...contents)

describe.each(['request', 'shared'] as const)('decoupled answers, streams %s', (stream) => {
  it.each([0, 1, 2, 7])('may be %i', async (count) => {
    await using target = await open({ stream }, ask(count))
    for (let round = 0; round < 3; round++) {
      const { response, calls, messages } = await target.ask(0, patchOf(round))
      expect(response?.answers.map((answer) => answer.output('INDEX').data)).toEqual(
        Array.from({ length: count }, (_, index) => Int32Array.of(index)),
      )
      expect(calls.filter((call) => call === 'message')).toHaveLength(count)
      expect(calls.filter((call) => call === 'done')).toHaveLength(1)
      expect(messages.filter(({ length }) => length > 0)).toHaveLength(count)
    }
  })

  it('of requests that are in flight together find their own', async () => {
    await using target = await open({ stream }, ask(5, 10), ask(0), ask(2, 1))
    const answers = await Promise.all([0, 1, 2].map((slot) => target.ask(slot, patchOf(slot), slot)))
    expect(answers.map(({ response }) => response?.answers.length)).toEqual([5, 0, 2])
  })

  it('that are errors fail the request, and not the next one', async () => {
    await using target = await open({ stream }, ask(-1), ask(1))
    const failed = await target.ask(0)
    expect(failed).toMatchObject(stream === 'request' ? { kind: 10, code: 3 } : { kind: 11, code: 0 })
    expect(target.session.statistics().notes?.join()).toContain('COUNT is negative')
    expect((await target.ask(1)).response?.answers).toHaveLength(1)
  })

  it('that come after a request was given up are nobody’s', async () => {
    await using target = await open({ stream }, ask(50, 5), ask(1))
    target.exchange.expect(0)
    const settlement = target.exchange.settlement(0)
    target.exchange.onMessage = () => {
      target.exchange.onMessage = undefined
      setImmediate(() => target.session.cancel(0))
    }
    target.session.open(0, target.prepared[0] as never, patchOf(0))
    expect(await settlement).toMatchObject({ kind: 13 })
    // The same slot, while answers of the request before still come.
    for (let round = 1; round < 4; round++) {
      expect((await target.ask(1, patchOf(round))).response?.answers).toHaveLength(1)
    }
    expect(target.exchange.violations).toEqual([])
  })
})

describe('a shared stream', () => {
  it('carries all requests of a connection, each with an id of its own, and asks for the last word', async () => {
    await using target = await open({ stream: 'shared' }, ask(1))
    for (let round = 0; round < 4; round++) await target.ask(0, patchOf(0), round % 2)
    const requests = server.requests as { id: string; parameters: unknown }[]
    expect(new Set(requests.map(({ id }) => id)).size).toBe(4)
    expect(requests[0]?.parameters).toMatchObject({
      triton_enable_empty_final_response: { bool_param: true },
    })
  })

  it('ends its requests with the server', async () => {
    const short = await startStreamServer()
    await using target = await openTriton(
      { url: short.url, protocol: 'grpc', model: 'repeat', stream: 'shared' },
      ask(1000, 20),
    )
    target.exchange.onMessage = () => {
      target.exchange.onMessage = undefined
      void short[Symbol.asyncDispose]()
    }
    const { calls, kind } = await target.ask(0)
    expect(calls.at(-1)).toBe('fail')
    expect(kind).not.toBe(13)
    expect(target.exchange.violations).toEqual([])
  })

  it('carries models that answer once', async () => {
    await using target = await open({ model: 'echo', stream: 'shared' }, ask(41))
    const { response, calls } = await target.ask(0)
    expect(response?.answers.map((answer) => answer.output('INDEX').data)).toEqual([Int32Array.of(41)])
    expect(calls.at(-1)).toBe('done')
  })
})

describe('sequences', () => {
  const patch = (unit: number, start: boolean, end: boolean) => ({ ...patchOf(unit), start, end })
  const fields = () =>
    (server.requests as { parameters: Record<string, Record<string, unknown>> }[]).map(({ parameters }) => [
      parameters['sequence_id']?.['int64_param'] ?? parameters['sequence_id']?.['uint64_param'],
      parameters['sequence_start']?.['bool_param'],
      parameters['sequence_end']?.['bool_param'],
    ])

  it.each(['off', 'request', 'shared'] as const)('have ids of their own, with streams %s', async (stream) => {
    await using target = await open({ model: 'sums', stream }, ask(1))
    for (const [unit, start, end] of [
      [0, true, false],
      [1, true, false],
      [0, false, false],
      [1, false, true],
      [0, false, true],
    ] as const) {
      await target.ask(0, patch(unit, start, end))
    }
    const found = fields()
    const first = BigInt(String(found[0]?.[0]))
    expect(found.map(([id, ...flags]) => [BigInt(String(id)) - first, ...flags])).toEqual([
      [0n, true, false],
      [1n, true, false],
      [0n, false, false],
      [1n, false, true],
      [0n, false, true],
    ])
  })

  it('of two clients never meet', async () => {
    const ids = new Set<unknown>()
    for (let client = 0; client < 4; client++) {
      await using target = await open({ model: 'sums' }, ask(1))
      await target.ask(0)
      ids.add(fields().at(-1)?.[0])
    }
    expect(ids.size).toBe(4)
  })
})

describe('the preflight', () => {
  const asked = (options: Partial<TritonOptions>, exchange?: 'stream') =>
    connect(
      { url: server.url, protocol: 'grpc', model: 'repeat', ...options },
      exchange === undefined ? {} : { exchange },
    )

  it('gives decoupled models a stream for each request', async () => {
    expect((await asked({})).options).toMatchObject({ stream: 'request' })
    expect((await asked({ model: 'echo' })).options).toMatchObject({ stream: 'off' })
    expect((await asked({ model: 'echo' }, 'stream')).options).toMatchObject({ stream: 'exchange' })
  })

  it.each([
    [
      { stream: 'off' },
      "Model 'repeat' is decoupled: it answers any number of times, which only streams can carry.",
    ],
    [{ stream: 'shared', requestId: 'unit' }, 'where ids tell answers apart'],
    [{ stream: 'shared', compression: { request: 'gzip' } }, 'reads and writes ids in messages'],
    [{ stream: 'sometimes' }, "must be 'request', 'shared' or 'off'"],
    [{ priority: -1 }, 'must be a whole number'],
    [{ queueTimeout: '5' }, 'triton.queueTimeout'],
    [{ composing: { a: 'b' } }, 'must be lists of models by name'],
    [{ tracing: true }, 'tracing'],
  ])('refuses %j', async (options, message) => {
    const error: Error = await asked(options as Partial<TritonOptions>).then(
      () => new Error('nothing was refused'),
      (thrown: Error) => thrown,
    )
    expect(`${error.message} ${JSON.stringify((error as { problems?: unknown }).problems ?? '')}`).toContain(
      message,
    )
  })

  it('turns priority and timeout into parameters of requests', async () => {
    await using target = await open({ model: 'echo', priority: 2, queueTimeout: '20ms' }, ask(1))
    await target.ask(0)
    expect(server.requests[0]?.['parameters']).toMatchObject({
      priority: expect.objectContaining({ int64_param: '2' }),
      timeout: expect.objectContaining({ int64_param: '20000' }),
    })
  })
})
