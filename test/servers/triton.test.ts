import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elementCount } from 'servebench/plugin'
import { openTarget, patchOf } from 'servebench/testing'
import type { TritonResponse } from '../../packages/plugin-triton/src/index.ts'
import { connect, openTriton } from '../../packages/plugin-triton/test/support/triton-target.ts'
import { install } from './support/install.ts'
import { Triton } from './support/triton.ts'

let server: Triton
beforeAll(async () => {
  install('triton')
  server = await Triton.start([
    '--cache-config=local,size=1048576',
    '--rate-limit=execution_count',
    '--rate-limit-resource=R:2',
  ])
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const PROTOCOLS = ['http', 'http-json', 'grpc'] as const
const urlOf = (protocol: string): string => (protocol === 'grpc' ? server.grpc : server.http)
const answerOf = (response: TritonResponse | null): TritonResponse => {
  if (response === null) throw new Error('The request has failed.')
  return response
}
const tensor = (data: unknown, shape?: readonly number[]) =>
  ({ data, ...(shape === undefined ? {} : { shape }) }) as never

describe('datatypes', () => {
  const wide = {
    IN_INT64: tensor([-(2n ** 63n), 9007199254740993n]),
    IN_UINT64: tensor([2n ** 64n - 1n, 0n]),
  }
  const values = {
    IN_BOOL: tensor([true, false]),
    IN_UINT8: tensor([0, 255]),
    IN_UINT16: tensor([0, 65535]),
    IN_UINT32: tensor([0, 4294967295]),
    IN_INT8: tensor([-128, 127]),
    IN_INT16: tensor([-32768, 32767]),
    IN_INT32: tensor([-2147483648, 2147483647]),
    ...wide,
    IN_FP32: tensor([0.1, -1e30]),
    IN_FP64: tensor([0.1, -1e300]),
    IN_STRING: tensor(['é', '']),
  }
  const halves = { IN_FP16: tensor([0.5, 65504]), IN_BF16: tensor([0.5, -3.3895313892515355e38]) }

  it.each(PROTOCOLS)('come back as they were sent over %s', async (protocol) => {
    const inputs = { ...values, ...(protocol === 'http-json' ? {} : halves) }
    await using target = await openTriton({ url: urlOf(protocol), protocol, model: 'datatypes' }, { inputs })
    const { response } = await target.ask()
    for (const [name, input] of Object.entries(inputs) as [string, { data: unknown[] }][]) {
      const output = answerOf(response).output(name.replace('IN_', 'OUT_'))
      const sent =
        name === 'IN_STRING'
          ? input.data
          : input.data.map((value) => (typeof value === 'boolean' ? Number(value) : value))
      const got = name === 'IN_STRING' ? output.texts() : [...(output.data as Float32Array)]
      expect(got, name).toEqual(name === 'IN_FP32' ? sent.map((value) => Math.fround(value as number)) : sent)
      expect(elementCount(output.shape)).toBe(2)
    }
  })
})

describe('classification', () => {
  it.each(PROTOCOLS)('gives classes with their labels over %s', async (protocol) => {
    const outputs = [{ name: 'SCORES', parameters: { classification: 2 } }]
    await using target = await openTriton(
      { url: urlOf(protocol), protocol, model: 'classes', outputs },
      { inputs: { X: tensor(Float32Array.of(0, 1, 2, 3, 3, 2, 1, 0), [2, 4]) } },
    )
    const { response } = await target.ask()
    // softmax of 0, 1, 2, 3
    const [first, second] = [expect.closeTo(0.643914, 5), expect.closeTo(0.236883, 5)]
    expect(response?.output('SCORES').classes()).toEqual([
      [
        { score: first, index: 3, label: 'dog' },
        { score: second, index: 2, label: 'cat' },
      ],
      [
        { score: first, index: 0, label: 'ant' },
        { score: second, index: 1, label: 'bee' },
      ],
    ])
  })
})

describe('sequences', () => {
  const steps = [
    { inputs: { VALUE: tensor([1], [1, 1]) } },
    { inputs: { VALUE: tensor([10], [1, 1]) } },
    { inputs: { VALUE: tensor([100], [1, 1]) } },
  ]
  const patch = (unit: number, step: number) => ({
    ...patchOf(unit),
    start: step === 0,
    end: step === steps.length - 1,
  })

  const ways = [
    { model: 'running_sum', protocol: 'http' },
    { model: 'running_sum', protocol: 'http-json' },
    { model: 'running_sum', protocol: 'grpc' },
    { model: 'running_sum', protocol: 'grpc', stream: 'request' },
    { model: 'running_sum', protocol: 'grpc', stream: 'shared' },
    { model: 'running_sum_text', protocol: 'http', sequence: 'text' },
    { model: 'running_sum_text', protocol: 'grpc', sequence: 'text' },
    { model: 'running_sum_text', protocol: 'grpc', sequence: 'text', stream: 'shared' },
  ] as const

  it.each(ways)('keep their state apart: $model over $protocol $stream', async (way) => {
    await using target = await openTriton({ ...way, url: urlOf(way.protocol) }, ...steps)
    const sums: unknown[][] = [[], []]
    const ids = new Set<unknown>()
    // Two sequences, step by step in turn.
    for (let step = 0; step < steps.length; step++) {
      for (const unit of [0, 1]) {
        const { response } = await target.ask(step, patch(unit, step))
        sums[unit]?.push(...(answerOf(response).output('SUM').data as Int32Array))
        if (way.model === 'running_sum') ids.add((answerOf(response).output('ID').data as BigUint64Array)[0])
      }
    }
    expect(sums).toEqual([
      [1, 11, 111],
      [1, 11, 111],
    ])
    if (way.model !== 'running_sum') return
    const [first, second] = [...ids] as [bigint, bigint]
    expect(ids.size).toBe(2)
    expect(second - first).toBe(1n)
  })

  it('of two clients have different ids', async () => {
    const ids: unknown[] = []
    for (let client = 0; client < 2; client++) {
      await using target = await openTriton(
        { url: server.grpc, protocol: 'grpc', model: 'running_sum' },
        ...steps,
      )
      const { response } = await target.ask(0)
      ids.push((answerOf(response).output('ID').data as BigUint64Array)[0])
    }
    expect(ids[0]).not.toBe(ids[1])
  })

  it('without a start are refused', async () => {
    await using target = await openTriton({ url: server.http, model: 'running_sum' }, ...steps)
    expect(await target.ask(0, { ...patchOf(5), start: false })).toMatchObject({ kind: 9, code: 400 })
    expect(target.session.statistics().notes?.join()).toContain('must specify the START flag')
  })
})

describe.each(['request', 'shared'] as const)('answers of decoupled models, streams %s', (stream) => {
  const ask = (count: number, gap = 0, wait = 0) => ({
    inputs: { COUNT: tensor([count]), GAP_MS: tensor([gap]), WAIT_MS: tensor([wait]) },
  })
  const open = (...contents: ReturnType<typeof ask>[]) =>
    openTriton({ url: server.grpc, protocol: 'grpc', model: 'repeat', stream }, ...contents)

  it('come one by one', async () => {
    await using target = await open(ask(3, 30, 60))
    const began = performance.now()
    const { response, calls } = await target.ask()
    expect(performance.now() - began).toBeGreaterThan(110)
    expect(response?.answers.map((answer) => answer.output('INDEX').data)).toEqual(
      [0, 1, 2].map((index) => Int32Array.of(index)),
    )
    expect(calls.filter((call) => call.startsWith('message'))).toHaveLength(3)
    expect(calls.at(-1)).toBe('done')
  })

  it('may be none at all', async () => {
    await using target = await open(ask(0, 0, 50))
    const { response, calls } = await target.ask()
    expect(response?.answers).toEqual([])
    expect(calls.filter((call) => call.startsWith('message'))).toEqual([])
    expect(calls.at(-1)).toBe('done')
  })

  it('interleave with those of other requests', async () => {
    await using target = await open(ask(4, 20), ask(2, 5), ask(0))
    const answers = await Promise.all([0, 1, 2].map((slot) => target.ask(slot, patchOf(slot), slot)))
    expect(answers.map(({ response }) => response?.answers.length)).toEqual([4, 2, 0])
  })

  it('may be an error', async () => {
    await using target = await open(ask(-1), ask(1))
    const failed = await target.ask(0)
    // On a stream of its own a status, INVALID_ARGUMENT; on a shared one a text in a message.
    expect(failed).toMatchObject(stream === 'request' ? { kind: 10, code: 3 } : { kind: 11, code: 0 })
    expect(target.session.statistics().notes?.join()).toContain('COUNT is negative')
    expect((await target.ask(1)).response?.answers).toHaveLength(1)
  })

  it('can be given up', async () => {
    await using target = await open(ask(100, 20), ask(1))
    target.exchange.expect(0)
    const settlement = target.exchange.settlement(0)
    target.session.open(0, target.prepared[0] as never, patchOf(0))
    setTimeout(() => target.session.cancel(0), 50)
    expect(await settlement).toMatchObject({ kind: 13 })
    expect((await target.ask(1)).response?.answers).toHaveLength(1)
  })
})

describe('streams as exchanges', () => {
  it('carry several requests', async () => {
    await using target = await openTarget<TritonResponse>(
      await connect({ url: server.grpc, protocol: 'grpc', model: 'identity' }, { exchange: 'stream' }),
      [{ inputs: { INPUT: tensor([1, 2], [1, 2]) } }, { inputs: { INPUT: tensor([3, 4], [1, 2]) } }],
      { exchangeKind: 'stream' },
    )
    const [first, second] = target.prepared as [never, never]
    target.exchange.expect(0)
    const settlement = target.exchange.settlement(0)
    target.session.open(0, first, patchOf(0))
    target.session.write(0, second, patchOf(0))
    target.session.end(0)
    const { response } = await target.answered(await settlement)
    expect(response?.answers.map((answer) => [...(answer.output('OUTPUT').data as Float32Array)])).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
})
