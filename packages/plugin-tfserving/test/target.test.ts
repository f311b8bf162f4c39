import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ServebenchError } from 'servebench/plugin'
import { failureName } from 'servebench/session'
import { checkTarget, openTarget } from 'servebench/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { TfServingOptions, TfServingProtocol } from '../src/index.ts'
import { FakeGrpcServer } from './support/fake-grpc-server.ts'
import { fakeModel, Refusal } from './support/fake-models.ts'
import type { FakeOptions } from './support/fake-models.ts'
import { FakeRestServer } from './support/fake-rest-server.ts'
import { answerOf, connect, openTfServing } from './support/tfserving-target.ts'

const disposables: AsyncDisposable[] = []
afterEach(async () => {
  for (const disposable of disposables.splice(0)) await disposable[Symbol.asyncDispose]()
})

const PROTOCOLS: readonly TfServingProtocol[] = ['http', 'http-columns', 'grpc', 'grpc-typed']
const X = { inputs: { x: { data: [1, 2, 3, 4] } } }
// x = [[1, 2], [3, 4]], W = [[1, 2, 3], [4, 5, 6]], b = 0.5
const Y = [9.5, 12.5, 15.5, 19.5, 26.5, 33.5]

async function serve(
  protocol: TfServingProtocol,
  options: Partial<FakeOptions> = {},
): Promise<FakeRestServer | FakeGrpcServer> {
  const server = await (protocol.startsWith('grpc') ? FakeGrpcServer : FakeRestServer).start(options)
  disposables.push(server)
  return server
}

async function errorOf(promise: Promise<unknown>): Promise<ServebenchError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toHaveProperty('exitCode')
  return error as ServebenchError
}

describe.each(PROTOCOLS)('over %s', (protocol) => {
  const options = (url: string, rest: Partial<TfServingOptions> = {}): TfServingOptions => ({
    url,
    model: 'm',
    protocol,
    ...rest,
  })

  it('keeps the contract of sessions', async () => {
    const server = await serve(protocol)
    const { held, skipped } = await checkTarget(await connect(options(server.url, { version: 1 })), {
      request: X,
      accept: (response) =>
        [...(response as { output(name: string): { data: Float32Array } }).output('y').data].join() ===
        Y.join(),
      failing: {
        request: { inputs: { x: { data: [-2, 0] } } },
        failure: protocol.startsWith('grpc') ? 'grpc-invalid-argument' : 'http-400',
      },
      slow: { inputs: { x: { data: [-1, 0] } } },
      stopServer: () => server[Symbol.asyncDispose](),
    })
    expect(skipped).toEqual([])
    expect(held).toHaveLength(14)
  })

  it('describes the model', async () => {
    const server = await serve(protocol)
    const { options: session, ...reference } = await connect(options(server.url))
    expect(reference).toMatchObject({
      engine: protocol.startsWith('grpc') ? 'grpc-http2' : 'http1-raw',
      multiplexed: protocol.startsWith('grpc'),
      warnings: [],
      metadata: {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 3] }],
        maxBatchSize: null,
      },
      server: {
        protocol,
        model: {
          name: 'm',
          version: '2',
          signature: 'serving_default',
          signatures: ['any', 'classes', 'half', 'pair', 'serving_default', 'values'],
        },
      },
      defaultInput: { options: { options: { tensors: [{ name: 'x', datatype: 'FP32', shape: [1, 2] }] } } },
    })
    expect(JSON.parse(JSON.stringify(session))).toEqual(session)
  })

  it('asks the version, the label, or what is newest', async () => {
    const server = await serve(protocol)
    const first = async (rest: Partial<TfServingOptions>): Promise<unknown> =>
      (await answerOf(options(server.url, rest), X)).output('y').data[0]
    expect(await first({})).toBe(10.5)
    expect(await first({ version: 1 })).toBe(9.5)
    expect(await first({ version: '2' })).toBe(10.5)
    expect(await first({ versionLabel: 'stable' })).toBe(9.5)
  })

  it('counts the rows of a request as items', async () => {
    const server = await serve(protocol)
    await using target = await openTfServing(options(server.url), X, { ...X, items: 7, label: 'seven' })
    expect(target.prepared.map(({ items, label }) => [items, label])).toEqual([
      [2, undefined],
      [7, 'seven'],
    ])
  })

  it('takes several inputs, and gives several outputs with whatever numbers they have', async () => {
    const server = await serve(protocol)
    const content = {
      inputs: { id: { data: [7, -1, 3] }, text: { data: ['hé', Uint8Array.of(0, 255), ''] } },
    }
    const response = await answerOf(options(server.url, { signature: 'pair' }), content)
    expect(response.outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ['id', 'INT64', [3]],
      ['text_bytes', 'BYTES', [3]],
      ['weight', 'FP64', [3]],
    ])
    expect(response.output('id').data).toEqual(BigInt64Array.of(7n, -1n, 3n))
    expect((response.output('text_bytes').data as Uint8Array[]).map((bytes) => [...bytes])).toEqual([
      [104, 195, 169],
      [0, 255],
      [],
    ])
    expect([...(response.output('weight').data as Float64Array)]).toEqual([NaN, Infinity, -Infinity])
  })

  it('takes tensors of any rank where the signature does', async () => {
    const server = await serve(protocol)
    const data = [1, 2, 3, 4, 5, 6]
    const at = options(server.url, { signature: 'any' })
    const { shape, data: back } = (await answerOf(at, { inputs: { x: { shape: [3, 1, 2], data } } })).output(
      'y',
    )
    expect([shape, [...(back as Float32Array)]]).toEqual([[3, 1, 2], data])
    const error = await errorOf(answerOf(at, { inputs: { x: { data } } }))
    expect(error.message).toContain('needs a shape: the model takes tensors of any rank.')
  })

  it('takes the bodies of the REST API', async () => {
    const server = await serve(protocol)
    const at = options(server.url, { version: 1 })
    for (const json of [
      {
        instances: [
          [1, 2],
          [3, 4],
        ],
      },
      { instances: [{ x: [1, 2] }, { x: [3, 4] }] },
      {
        inputs: [
          [1, 2],
          [3, 4],
        ],
      },
      {
        inputs: {
          x: [
            [1, 2],
            [3, 4],
          ],
        },
      },
    ]) {
      expect([...((await answerOf(at, { json })).output('y').data as Float32Array)]).toEqual(Y)
    }
    const pair = await answerOf(options(server.url, { signature: 'pair' }), {
      json: {
        instances: [
          { id: 1, text: 'a' },
          { id: 2, text: { b64: 'AP8=' } },
        ],
      },
    })
    expect((pair.output('text_bytes').data as Uint8Array[]).map((bytes) => [...bytes])).toEqual([
      [97],
      [0, 255],
    ])
  })

  it('reports the failures of the server by their status, with one text of each', async () => {
    const server = await serve(protocol)
    await using target = await openTfServing(options(server.url), X)
    const seen: string[] = []
    for (const failure of [
      new Refusal(400, 3, 'wrong'),
      new Refusal(404, 5, 'gone'),
      new Refusal(429, 8, 'too many'),
      new Refusal(503, 14, 'the batching queue is full'),
      new Refusal(504, 4, 'too late'),
    ]) {
      server.options.failure = failure
      const { kind, code } = await target.ask()
      seen.push(failureName(kind, code))
    }
    expect(seen).toEqual(
      protocol.startsWith('grpc')
        ? [
            'grpc-invalid-argument',
            'grpc-not-found',
            'grpc-resource-exhausted',
            'grpc-unavailable',
            'grpc-deadline-exceeded',
          ]
        : ['http-400', 'http-404', 'http-429', 'http-503', 'http-504'],
    )
    expect(target.session.statistics().notes).toContain(
      `One answer that failed with ${seen[3]} said: the batching queue is full`,
    )
    server.options.failure = null
    expect((await target.ask()).response?.output('y').data[0]).toBe(10.5)
  })

  it('compresses', async () => {
    const server = await serve(protocol)
    const compression = { request: 'gzip', response: 'gzip' } as const
    const response = await answerOf(options(server.url, { compression, version: 1 }), X)
    expect([...(response.output('y').data as Float32Array)]).toEqual(Y)
  })

  it('sends headers', async () => {
    const server = await serve(protocol, { authorization: 'Bearer t' })
    const denied = await errorOf(connect(options(server.url)))
    expect(denied.advice).toContain('headers')
    const headers = { authorization: 'Bearer t' }
    await answerOf(options(server.url, { headers }), X)
  })

  it.each<[string, unknown, string]>([
    [
      'too few elements',
      { inputs: { x: { data: [1, 2, 3] } } },
      'has 3 elements, which do not fill the shape [-1, 2]',
    ],
    ['elements beside the shape', { inputs: { x: { shape: [2, 2], data: [1, 2, 3] } } }, 'needs 4'],
    ['a wrong shape', { inputs: { x: { shape: [1, 3], data: [1, 2, 3] } } }, 'the model takes [-1, 2]'],
    [
      'a wrong datatype',
      { inputs: { x: { datatype: 'INT32', data: [1, 2] } } },
      'is INT32; the model takes FP32',
    ],
    ['a wrong name', { inputs: { y: { data: [1, 2] } } }, 'is no input of the model'],
    ['text for numbers', { inputs: { x: { data: ['1', 'b'] } } }, 'which is no FP32'],
    ['nothing', null, 'inputs.x: is missing'],
    ['examples', { examples: [{ a: 1 }] }, 'input'],
  ])('refuses %s before any load', async (_name, content, message) => {
    const server = await serve(protocol)
    const error = await errorOf(openTfServing(options(server.url), content as never))
    expect(error.message).toContain(message)
    expect(server.requests).toEqual([])
  })

  it.each<[string, Partial<TfServingOptions>, string, string]>([
    ['model', { model: 'n' }, "has no model 'n'", 'Check the name'],
    ['version', { version: 9 }, "Model 'm' at URL has no version 9.", 'It has the versions 2, 1.'],
    ['label', { versionLabel: 'canary' }, "has the label 'canary'", 'It has the versions 2, 1.'],
    [
      'signature',
      { signature: 'serving_defualt' },
      "has no signature 'serving_defualt'",
      "Did you mean 'serving_default'?",
    ],
    ['output', { outputs: ['z'] }, "'z' is no output of the signature", ''],
  ])('says which %s there is not', async (_name, rest, message, advice) => {
    const server = await serve(protocol)
    const error = await errorOf(connect(options(server.url, rest)))
    expect(error.message.replace(server.url, 'URL')).toContain(message)
    expect(error.advice ?? '').toContain(advice)
  })

  it('says why a version is not available', async () => {
    const models = [fakeModel('m', { versions: { '4': 'END' }, error: 'File not found.' })]
    const server = await serve(protocol, { models })
    for (const rest of [{}, { version: 4 }]) {
      const error = await errorOf(connect(options(server.url, rest)))
      expect(error.message).toContain("Version 4 of model 'm'")
      expect(error.message).toContain('is END: File not found.')
    }
  })

  it('says when the other API is behind the port, or none', async () => {
    const other = await serve(protocol.startsWith('grpc') ? 'http' : 'grpc')
    const wrong = await errorOf(connect(options(other.url)))
    expect(wrong.advice).toMatch(/gRPC|grpc/)
    const server = createServer((_request, response) => {
      response.writeHead(404).end('<html>not here</html>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (protocol.startsWith('http')) {
      const none = await errorOf(connect(options(`http://127.0.0.1:${port}`)))
      expect(none).toMatchObject({ code: 'SERVEBENCH_TFSERVING_SERVER' })
    }
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    const closed = await errorOf(connect(options(`http://127.0.0.1:${port}`)))
    expect(closed.exitCode).toBe(4)
  })
})

describe.each(['http', 'grpc'] as const)('examples over %s', (protocol) => {
  const examples = [{ a: [0.75, 1] }, { a: -2, n: 5n, s: 'text', b: Uint8Array.of(255) }]

  it('are classified', async () => {
    const server = await serve(protocol)
    const at = { url: server.url, model: 'm', protocol, method: 'classify', signature: 'classes' } as const
    await using target = await openTfServing(at, { examples })
    expect(target.prepared[0]?.items).toBe(2)
    const { response } = await target.ask()
    expect(response?.classifications).toEqual([
      [
        { label: 'cat', score: 0.75 },
        { label: 'dog', score: 0.25 },
      ],
      [
        { label: 'cat', score: -2 },
        { label: 'dog', score: 0.25 },
      ],
    ])
    expect(response?.outputs).toEqual([])
  })

  it('have values', async () => {
    const server = await serve(protocol)
    const at = { url: server.url, model: 'm', protocol, method: 'regress', signature: 'values' } as const
    const response = await answerOf(at, { examples, context: { d: { int64: [1, 2] } } })
    expect(response.regressions).toEqual([0.75, -2])
    expect(response.modelName).toBe('m')
  })

  it('are needed, with features of one kind, outside of the context', async () => {
    const server = await serve(protocol)
    const at = { url: server.url, model: 'm', protocol, method: 'classify', signature: 'classes' } as const
    const messageOf = async (content: unknown): Promise<string> =>
      (await errorOf(openTfServing(at, content as never))).message
    expect(await messageOf(X)).toContain('examples: are missing')
    expect(await messageOf(null)).toContain('examples: are missing')
    expect(await messageOf({ examples: [] })).toContain('at least one example')
    expect(
      await messageOf({ examples: [{ a: [1, 'b'], c: { double: 1 }, d: [], e: { int64: 1.5 } }] }),
    ).toMatch(
      /examples\[0\]\.a: has values of several kinds[\s\S]*examples\[0\]\.c: must be[\s\S]*examples\[0\]\.d: is an empty list[\s\S]*examples\[0\]\.e: has 1\.5/,
    )
    expect(await messageOf({ examples: [{ a: 1 }], context: { a: 2 } })).toContain('is in the context, too')
  })
})

describe('JSON', () => {
  const bodyOf = async (content: unknown, rest: Partial<TfServingOptions>): Promise<string> => {
    const server = (await serve('http')) as FakeRestServer
    await answerOf({ url: server.url, model: 'm', ...rest }, content as never)
    return server.requests[0]?.body ?? ''
  }

  it('has rows, or columns, with names where there are several', async () => {
    expect(await bodyOf(X, {})).toBe('{"signature_name":"serving_default","instances":[[1,2],[3,4]]}')
    expect(await bodyOf(X, { protocol: 'http-columns' })).toBe(
      '{"signature_name":"serving_default","inputs":[[1,2],[3,4]]}',
    )
    const pair = { inputs: { text: { data: ['a"', Uint8Array.of(255)] }, id: { data: [1n, 2 ** 53] } } }
    expect(await bodyOf(pair, { signature: 'pair' })).toBe(
      '{"signature_name":"pair","instances":[{"id":1,"text":"a\\""},{"id":9007199254740992,"text":{"b64":"/w=="}}]}',
    )
    expect(await bodyOf(pair, { signature: 'pair', protocol: 'http-columns' })).toBe(
      '{"signature_name":"pair","inputs":{"id":[1,9007199254740992],"text":["a\\"",{"b64":"/w=="}]}}',
    )
  })

  it('tells floats from integers in examples', async () => {
    const examples = [{ a: [1, 0.5, 1e21, -0], b: 3n, c: { int64: [4] }, d: ['x', Uint8Array.of(1)] }]
    expect(await bodyOf({ examples }, { method: 'regress', signature: 'values' })).toBe(
      '{"signature_name":"values","examples":[{"a":[1.0,0.5,1e+21,-0.0],"b":[3],"c":[4],"d":["x",{"b64":"AQ=="}]}]}',
    )
  })

  it('refuses what it cannot express', async () => {
    const server = await serve('http')
    const refused = async (
      content: unknown,
      rest: Partial<TfServingOptions> = {},
    ): Promise<ServebenchError> =>
      errorOf(openTfServing({ url: server.url, model: 'm', ...rest }, content as never))
    expect((await refused({ inputs: { x: { data: [NaN, 1] } } })).message).toContain(
      'has NaN at 0, which JSON cannot',
    )
    expect((await refused({ inputs: { x: { data: [1] } } }, { signature: 'half' })).message).toContain(
      'is FP16',
    )
    const uneven = { inputs: { id: { data: [1, 2] }, text: { data: ['a'] } } }
    expect((await refused(uneven, { signature: 'pair' })).advice).toContain("'http-columns'")
    const scalar = { inputs: { x: { shape: [], data: [1] } } }
    expect((await refused(scalar, { signature: 'any' })).message).toContain(
      'cannot be sent as a list of rows',
    )
  })
})

it('says that the REST API has no choice of outputs', async () => {
  const server = await serve('http')
  const outputs = ['weight']
  const { warnings } = await connect({ url: server.url, model: 'm', signature: 'pair', outputs })
  expect(warnings).toEqual(['The REST API has no choice of outputs: servers send all of them.'])
})

describe('gRPC', () => {
  it('reads tensor_content as well as lists', async () => {
    const server = (await serve('grpc')) as FakeGrpcServer
    server.content = true
    const at = { url: server.url, model: 'm', version: 1, protocol: 'grpc' } as const
    expect([...((await answerOf(at, X)).output('y').data as Float32Array)]).toEqual(Y)
  })

  it('asks for outputs', async () => {
    const server = await serve('grpc')
    const at = {
      url: server.url,
      model: 'm',
      signature: 'pair',
      protocol: 'grpc',
      outputs: ['weight'],
    } as const
    const response = await answerOf(at, { inputs: { id: { data: [1] }, text: { data: ['a'] } } })
    expect(response.outputs.map(({ name }) => name)).toEqual(['weight'])
  })

  it('reports requests that are too large for the server', async () => {
    const server = await serve('grpc')
    const data = new Float32Array(2000)
    await using target = await openTfServing(
      { url: server.url, model: 'm', protocol: 'grpc' },
      { inputs: { x: { data } } },
    )
    const { kind, code } = await target.ask()
    expect(failureName(kind, code)).toBe('grpc-resource-exhausted')
  })

  it.each(PROTOCOLS)('answers beyond the limit are too large over %s', async (protocol) => {
    const server = await serve(protocol)
    const content = { inputs: { x: { data: new Float32Array(200) } } }
    await using target = await openTarget(
      await connect({ url: server.url, model: 'm', protocol }),
      [content],
      { maxResponseBytes: 500 },
    )
    const { kind, code } = await target.ask()
    expect(failureName(kind, code)).toBe('too-large')
  })
})

it('says all that is wrong with the options at once', async () => {
  const error = await errorOf(
    connect({
      url: 'http://127.0.0.1:1/v1/models',
      model: '',
      version: 1.5,
      versionLabel: 'x',
      protocol: 'grcp',
      method: 'clasify',
      outputs: [1],
      serverStages: true,
      engine: 'fast',
    } as never),
  )
  expect(error.message.split('\n').slice(1)).toEqual([
    '  tfserving.serverStages: is not an option of the tfserving target.',
    expect.stringMatching(/tfserving\.protocol: must be one of .* Did you mean 'grpc'\?/),
    expect.stringMatching(/tfserving\.method: must be one of .* Did you mean 'classify'\?/),
    '  tfserving.version: must be a whole number, as 2 or "2".',
    '  tfserving.versionLabel: cannot be combined with version: it chooses one, too.',
    '  tfserving.outputs: must be a list of names.',
    "  tfserving.url: must end where the API's own path begins: http://127.0.0.1:1",
    '  tfserving.model: must be the name of a model.',
    expect.stringContaining('tfserving.engine: must be one of'),
  ])
})
