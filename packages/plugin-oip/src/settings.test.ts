import { ValidationError } from 'servebench/plugin'
import type { JsonObject } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'
import type { Endpoints } from './settings.ts'
import { oip } from './target.ts'

const URL = 'http://127.0.0.1:8000'
const read = (options: JsonObject, endpoints?: Endpoints) => readSettings(options, endpoints, '/bench')

function problems(options: JsonObject, endpoints?: Endpoints): string[] {
  try {
    read(options, endpoints)
  } catch (error) {
    if (error instanceof ValidationError) {
      return error.problems.map(
        ({ path, message, suggestion }) => `${path} ${message}${suggestion ? ` ${suggestion}?` : ''}`,
      )
    }
    throw error
  }
  return []
}

describe('oip', () => {
  it('is plain data', () => {
    const target = oip({
      url: URL,
      model: 'm',
      headers: { authorization: ['Bearer ', { secret: 'env', name: 'T' }] },
    })
    expect(JSON.parse(JSON.stringify(target))).toEqual(target)
    expect(target).toMatchObject({ kind: 'oip', package: '@servebench/plugin-oip' })
  })
})

describe('readSettings', () => {
  it('completes the options', () => {
    expect(read({ url: `${URL}/`, model: 'm' })).toEqual({
      url: URL,
      model: 'm',
      version: '',
      protocol: undefined,
      headers: {},
      serverStages: true,
      defaultInput: {},
      engine: 'raw',
      compressRequests: false,
      compressedAnswers: false,
    })
  })

  it('takes the endpoint of the launched server that fits the protocol', () => {
    const endpoints = { http: 'http://127.0.0.1:1', grpc: 'http://127.0.0.1:2' }
    expect(read({ model: 'm' }, endpoints).url).toBe('http://127.0.0.1:1')
    expect(read({ model: 'm', protocol: 'http-json' }, endpoints).url).toBe('http://127.0.0.1:1')
    expect(read({ model: 'm', protocol: 'grpc' }, endpoints).url).toBe('http://127.0.0.1:2')
    expect(read({ model: 'm', url: URL }, endpoints).url).toBe(URL)
    expect(problems({ model: 'm', protocol: 'grpc' }, { http: URL })).toEqual([
      'oip.url is missing, and the case has no server with a gRPC endpoint.',
    ])
    expect(problems({ model: 'm' })).toEqual([
      'oip.url is missing, and the case has no server with an HTTP endpoint.',
    ])
  })

  it('keeps a path in front of the protocol, as behind a proxy', () => {
    expect(read({ model: 'm', url: `${URL}/serving/a/` }).url).toBe(`${URL}/serving/a`)
  })

  it('anchors files of secrets', () => {
    const tls = { key: { secret: 'file', path: 'client.key' }, cert: { secret: 'file', path: '/abs.pem' } }
    expect(read({ url: URL, model: 'm', tls }).tls).toEqual({
      key: { secret: 'file', path: '/bench/client.key' },
      cert: { secret: 'file', path: '/abs.pem' },
    })
  })

  it.each<[JsonObject, string[]]>([
    [{ url: URL }, ['oip.model must be the name of a model.']],
    [{ url: URL, model: 'm', modle: 'x' }, ['oip.modle is not an option of the oip target. model?']],
    [{ url: 'localhost:8001', model: 'm' }, ["oip.url 'localhost:8001' is not an HTTP URL."]],
    [
      { url: `${URL}/v2/models/m/infer`, model: 'm' },
      [`oip.url must end where the protocol's own path begins: ${URL}`],
    ],
    [{ url: `${URL}/a/v2`, model: 'm' }, [`oip.url must end where the protocol's own path begins: ${URL}/a`]],
    [{ url: `${URL}?x=1`, model: 'm' }, [`oip.url must end where the protocol's own path begins: ${URL}`]],
    [{ url: `${URL}/a`, model: 'm', protocol: 'grpc' }, ['oip.url has the path /a; gRPC has none.']],
    [
      { url: URL, model: 'm', protocol: 'grcp' },
      ["oip.protocol must be one of 'http', 'http-json', 'grpc', 'grpc-typed', not \"grcp\". grpc?"],
    ],
    [{ url: URL, model: 'm', version: 1 }, ["oip.version must be text, for example '2'."]],
    [
      { url: URL, model: 'm', engine: 'undici', protocol: 'grpc' },
      ["oip.engine 'undici' speaks HTTP; for gRPC there are 'raw' and 'node'."],
    ],
    [
      { url: URL, model: 'm', engine: 'node' },
      ["oip.engine 'node' speaks gRPC; for HTTP there are 'raw' and 'undici'."],
    ],
    [{ url: URL, model: 'm', compression: { request: 'br' } }, ["oip.compression.request must be 'gzip'."]],
    [
      { url: URL, model: 'm', compression: { request: 'gzip' }, requestId: 'unit' },
      ['oip.compression.request cannot be combined with requestId: compressed requests are all the same.'],
    ],
    [{ url: URL, model: 'm', outputs: 'y' }, ['oip.outputs must be a list of names.']],
    [
      { url: URL, model: 'm', outputs: [{ nmae: 'y' }] },
      [
        'oip.outputs[0].nmae is not an option of the oip target. name?',
        'oip.outputs[0] must be a name, or { name, parameters }.',
      ],
    ],
    [
      { url: URL, model: 'm', parameters: { a: {} } },
      ['oip.parameters.a must be text, a number or a boolean.'],
    ],
    [
      { url: URL, model: 'm', headers: { a: 1 } },
      ['oip.headers.a must be text, env(…), file(…), or a list of them.'],
    ],
    [
      { url: URL, model: 'm', headers: { Host: 'x' }, protocol: 'grpc' },
      ['oip.headers.host is for HTTP; a gRPC server gets host and port of the URL.'],
    ],
    [
      { url: URL, model: 'm', tls: { key: 'PEM' } },
      ["oip.tls.key must be a reference, for example file('client.key')."],
    ],
    [{ url: URL, model: 'm', tls: { sni: 'x' } }, ['oip.tls.sni is not an option of the oip target.']],
    [{ url: URL, model: 'm', serverStages: 'yes' }, ['oip.serverStages must be true or false.']],
    [
      { url: URL, model: 'm', defaultInput: { batch: 0 } },
      ['oip.defaultInput.batch must be a whole number above 0.'],
    ],
    [
      { url: URL, model: 'm', defaultInput: { shapes: { x: [-1] } } },
      ['oip.defaultInput.shapes.x must be a list of sizes, for example [3, 224, 224].'],
    ],
    [{ url: URL, model: 'm', requestId: true }, ["oip.requestId must be one of 'unit', 'random', not true."]],
  ])('refuses #%#', (options, expected) => {
    expect(problems(options)).toEqual(expected)
  })

  it('lists all problems at once', () => {
    expect(problems({ version: 1, protocol: 'x', headers: 3, tls: [] })).toHaveLength(6)
  })
})
