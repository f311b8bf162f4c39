import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Random } from 'servebench/plugin'
import { failureName } from 'servebench/session'
import { checkTarget, connectTarget, openTarget } from 'servebench/testing'
import { formatCells, formatNested, parseTensorType } from '../src/control.ts'
import { plugin, vespaModel } from '../src/index.ts'
import type { CreateSource } from 'servebench/session'
import type { VespaModelOptions, VespaModelResponse } from '../src/index.ts'
import { elementFormat } from '../src/model/tensor-literal.ts'
import { readTensor } from '../src/model/vespa-tensor.ts'
import { FakeVespa } from './support/fake-vespa.ts'

const ROW = [1, 2, 3, 4, 5, 6, 7, 8.5]
let server: FakeVespa
beforeEach(async () => {
  server = await FakeVespa.start()
})
afterEach(async () => {
  await server.stop()
})

const connect = (options: Partial<VespaModelOptions> = {}) =>
  connectTarget(plugin, vespaModel({ url: server.url, model: 'mlp', ...options }))

it('keeps the contract of targets', async () => {
  const { held, skipped } = await checkTarget(await connect(), {
    request: { inputs: { input: { data: ROW } } },
    accept: (response) => (response as VespaModelResponse).tensor.data[0] === 36.5,
    failing: { request: { inputs: { input: 'not a tensor' } }, failure: 'http-400' },
    stopServer: () => server.stop(),
  })
  expect(skipped).toEqual(['an exchange that is under way can be cancelled'])
  expect(held.length).toBeGreaterThan(10)
})

describe('evaluation', () => {
  const forms = (['POST', 'GET'] as const).flatMap((method) =>
    (['nested', 'cells'] as const).flatMap((literals) =>
      (['values', 'cells'] as const).map((answer) => ({ method, literals, answer })),
    ),
  )

  it.each(forms)('answers the same by %j', async (options) => {
    const data = Float32Array.from([...ROW, ...ROW.map((value) => value / 8)])
    await using target = await openTarget<VespaModelResponse>(await connect(options), [
      { inputs: { input: { data } } },
    ])
    const { response } = await target.ask()
    expect(response).toEqual({
      model: 'mlp',
      function: 'output',
      tensor: {
        type: 'tensor<float>(d0[2],d1[2])',
        shape: [2, 2],
        data: Float64Array.of(36.5, 73, 4.5625, 9.125),
        cells: [],
      },
    })
    expect(target.prepared[0]?.items).toBe(2)
  })

  it('says why the server refuses', async () => {
    await using target = await openTarget(await connect(), [{ inputs: { input: '[[1,2]]' } }])
    const { kind, code } = await target.ask()
    expect(failureName(kind, code)).toBe('http-400')
    expect(target.session.statistics().notes).toEqual([
      "One answer that failed with http-400 said: Argument 'input' must be bound to a value of type tensor<float>(d0[],d1[8])",
    ])
  })

  it('takes whatever a literal has, as a form and in a path', async () => {
    const literal = 'tensor<float>(d0[],d1[8]):{{d0:0,d1:0}:+1e-7, x="a&b=%c#é"}'
    for (const method of ['POST', 'GET'] as const) {
      await using target = await openTarget(await connect({ method }), [{ inputs: { input: literal } }])
      await target.ask()
      const { body, path } = server.requests.at(-1) as { body: string; path: string }
      const sent = method === 'POST' ? body : path.slice(path.indexOf('?') + 1)
      expect(new URLSearchParams(sent).get('input')).toBe(literal)
    }
  })

  it('makes random tensors for a scenario without input', async () => {
    const { defaultInput, metadata } = await connect({ defaultInput: { batch: 3 } })
    expect(metadata).toEqual({
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 8] }],
      outputs: [],
      maxBatchSize: null,
    })
    const { createSource } = (await import(defaultInput?.module as string)) as { createSource: CreateSource }
    const source = await createSource(defaultInput?.options as never)
    const sample = await source.sample(0, new Random([1, 2, 3, 4]), () => new Random([1, 2, 3, 4]))
    await using target = await openTarget<VespaModelResponse>(await connect(), [sample])
    expect((await target.ask()).response?.tensor.shape).toEqual([3, 2])
  })
})

describe('requests that do not fit', () => {
  it.each([
    [{ inputs: {} }, 'input: is missing: the model wants a tensor<float>(d0[],d1[8]).'],
    [{ inputs: { inptu: { data: ROW } } }, 'inptu: is no argument of the model.'],
    [{ inputs: { input: { data: [1, 2, 3] } } }, 'input: of 3 elements does not fit'],
    [{ inputs: { input: { data: ROW, shape: [1, 4] } } }, 'input: of shape [1, 4] does not fit'],
    [{ inputs: { input: { data: ROW, shape: [2, 8] } } }, 'has 8 elements instead of 16'],
    [{ inputs: { input: { data: [...ROW.slice(1), NaN] } } }, 'has the element NaN'],
    [{ inputs: { input: { data: [...ROW.slice(1), 'x'] } } }, 'has the element x'],
    [{ inputs: { input: { rows: 1 } } }, 'has no data'],
    [{ text: 'tea' }, 'has no tensors'],
  ])('are refused before the load: %j', async (request, message) => {
    await expect(openTarget(await connect(), [request])).rejects.toThrow(message)
  })

  it('are refused where they are too long for a path', async () => {
    const data = new Float32Array(8 * 2000).fill(0.123)
    const request = { inputs: { input: { data } } }
    await expect(openTarget(await connect({ method: 'GET' }), [request])).rejects.toThrow(
      /path of \d+ characters/,
    )
  })
})

describe('preflight', () => {
  const failing: [Partial<VespaModelOptions>, RegExp][] = [
    [{ model: 'mpl' }, /has no model 'mpl'\. No model named 'mpl'\. Available models: mlp/],
    [{ function: 'outptu' }, /'outptu' is no function of the model 'mlp', which has output/],
    [{ defaultInput: { batch: 0 } }, /defaultInput\.batch/],
    [
      { defaultInput: { shapes: { input: [1, 9], x: [1] } } },
      /shapes\.x: is no input[^]*shapes\.input: is \[1, 9\]; the model takes \[-1, 8\]/,
    ],
    [{ model: '' }, /model: must be text/],
    [{ literals: 'short' as never }, /literals: must be one of 'nested', 'cells'/],
  ]

  it.each(failing)('refuses %j', async (options, message) => {
    await expect(connect(options)).rejects.toThrow(message)
  })

  it('says where model evaluation is not switched on', async () => {
    server.hasModels = false
    await expect(connect()).rejects.toThrow(/does not evaluate models/)
  })

  it('wants the URL of the container', async () => {
    await expect(connect({ url: `${server.url}/model-evaluation/v1` })).rejects.toThrow(
      /must end behind the port/,
    )
  })
})

describe('tensors', () => {
  it.each([
    [
      'tensor<float>(d0[],d1[8])',
      'FP32',
      [
        ['d0', null],
        ['d1', 8],
      ],
    ],
    ['tensor(x[3])', 'FP64', [['x', 3]]],
    [
      'tensor<int8>(key{}, x[2])',
      'INT8',
      [
        ['key', 'mapped'],
        ['x', 2],
      ],
    ],
    ['tensor<bfloat16>()', 'BF16', []],
  ])('have the type %s', (text, datatype, dimensions) => {
    const type = parseTensorType(text)
    expect([type?.datatype, type?.dimensions.map(({ name, size }) => [name, size])]).toEqual([
      datatype,
      dimensions,
    ])
  })

  it.each(['', 'tensor', 'tensor<half>(x[])', 'tensor(x)', 'tensor(x[)', 'tensor(x[-1])', 'tensor((x[1])'])(
    'have no type %j',
    (text) => expect(parseTensorType(text)).toBeNull(),
  )

  it('are written in both forms', () => {
    const data = [1, 2.5, -3, 4e-7, 5, 6]
    expect(formatNested(data, [2, 3], String)).toBe('[[1,2.5,-3],[4e-7,5,6]]')
    expect(formatNested([7], [], String)).toBe('7')
    expect(formatNested([], [0, 3], String)).toBe('[]')
    expect(formatCells(data.slice(0, 4), [2, 2], ['a', 'b'], String)).toBe(
      '{{a:0,b:0}:1,{a:0,b:1}:2.5,{a:1,b:0}:-3,{a:1,b:1}:4e-7}',
    )
  })

  it('have as few digits as tell floats apart', () => {
    const format = elementFormat('FP32')
    expect([0.1, 1 / 3, 16_777_216, 1e-45, 3.4028235e38].map((value) => format(value))).toEqual(
      ['0.1', '0.333333', '16777216', '1.4013e-45', '3.4028235e+38'].map((text) =>
        text === '0.333333' ? '0.33333334' : text,
      ),
    )
    const random = new Random([5, 6, 7, 8])
    for (let round = 0; round < 20_000; round++) {
      const value = Math.fround((random.next() - 0.5) * Math.exp(60 * (random.next() - 0.5)))
      expect(Math.fround(Number(format(value)))).toBe(value)
    }
    expect(elementFormat('FP64')(0.1 + 0.2)).toBe('0.30000000000000004')
  })

  // Texts of a real container and of Vespa's documentation of tensor formats.
  it.each([
    ['{"type":"tensor<float>(d0[1],d1[2])","values":[[0.5,null]]}', [1, 2], [0.5, NaN], []],
    [
      '{"type":"tensor<float>(d0[1],d1[2])","cells":[{"address":{"d0":"0","d1":"1"},"value":2},{"address":{"d0":"0","d1":"0"},"value":1}]}',
      [1, 2],
      [1, 2],
      [],
    ],
    ['{"type":"tensor()","cells":[{"address":{},"value":3.5}]}', [], [3.5], []],
    [
      '{"type":"tensor(x{})","cells":{"a":1,"b":2}}',
      null,
      [],
      [
        { address: { x: 'a' }, value: 1 },
        { address: { x: 'b' }, value: 2 },
      ],
    ],
    [
      '{"type":"tensor(x{},y[1])","cells":[{"address":{"x":"a","y":"0"},"value":1}]}',
      null,
      [],
      [{ address: { x: 'a', y: '0' }, value: 1 }],
    ],
  ])('are read from %s', (text, shape, data, cells) => {
    const tensor = readTensor(JSON.parse(text))
    expect([tensor.shape, [...tensor.data], tensor.cells]).toEqual([shape, data, cells])
  })

  it.each([
    'null',
    '[]',
    '{"type":"float","values":[]}',
    '{"type":"tensor(x[2])","values":[1]}',
    '{"type":"tensor(x[2])","values":[1,"2"]}',
    '{"type":"tensor(x[2])","cells":[{"address":{"x":"2"},"value":1}]}',
    '{"type":"tensor(x[2])","cells":[{"address":{"y":"0"},"value":1}]}',
    '{"type":"tensor(x{},y[1])","blocks":{"a":[1]}}',
  ])('are not read from %s', (text) => {
    expect(() => readTensor(JSON.parse(text))).toThrow(/The answer is no tensor/)
  })
})
