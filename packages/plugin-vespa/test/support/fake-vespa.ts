import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

const DOCUMENTS = 1000
const TYPE = 'tensor<float>(d0[],d1[8])'
const WIDTH = 8
const NOT_BOUND = `Argument 'input' must be bound to a value of type ${TYPE}`
/** Of results without hits, by the code of their error. */
const STATUSES: Readonly<Record<number, number>> = { 3: 400, 4: 400, 10: 503, 12: 504 }

/**
 * What a real container answers (8.700.24, with the searcher and a model of the tests against it), byte for byte where
 * something depends on it. Its model `mlp` answers the sum of each row, and twice that.
 */
export class FakeVespa implements AsyncDisposable {
  readonly url: string
  /** Requests as they came. */
  readonly requests: { readonly method: string; readonly path: string; readonly body: string }[] = []
  /** Bytes in each part of a chunked answer. */
  cut = 1 << 20
  status = 'up'
  hasModels = true
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response)
    })
  }

  static async start(): Promise<FakeVespa> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeVespa(server)
  }

  async stop(): Promise<void> {
    await this[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const body = Buffer.concat(parts).toString()
    const path = request.url as string
    const method = request.method as string
    this.requests.push({ method, path, body })
    const url = new URL(path, this.url)
    const form = request.headers['content-type'] === 'application/x-www-form-urlencoded' ? body : ''
    const parameters = new URLSearchParams([...url.searchParams, ...new URLSearchParams(form)])
    if (request.headers['content-type'] === 'application/json') {
      for (const [name, value] of Object.entries(JSON.parse(body) as object))
        parameters.set(name, String(value))
    }
    // One that never answers: its connection is closed with the server.
    if (parameters.get('sleep') === 'forever') return
    const isBenchmark = request.headers['x-yahoo-vespa-benchmarkdata'] === 'true'
    const answer = this.#route(url.pathname, parameters, isBenchmark)
    response.writeHead(answer.status, {
      'content-type': answer.type ?? 'application/json; charset=utf-8',
      ...answer.headers,
    })
    for (let at = 0; at < answer.body.length; at += this.cut)
      response.write(answer.body.slice(at, at + this.cut))
    response.end()
  }

  #route(path: string, parameters: URLSearchParams, isBenchmark: boolean): Answer {
    if (path === '/search/') return search(parameters, isBenchmark)
    if (path === '/state/v1/health')
      return {
        status: 200,
        body: `{\n  "time" : 1795350841630,\n  "status" : {\n    "code" : "${this.status}"\n  }\n}`,
      }
    if (path === '/state/v1/version') return { status: 200, body: '{\n  "version" : "8.700.24"\n}' }
    if (path === '/state/v1/metrics') return { status: 200, body: METRICS }
    if (path === '/prometheus/v1/values')
      return { status: 500, body: '{"error":"Connect to http://localhost:19092 failed: Connection refused"}' }
    if (path.startsWith('/model-evaluation/v1') && this.hasModels)
      return this.#models(path.slice('/model-evaluation/v1'.length), parameters)
    return { status: 404, type: 'text/html;charset=iso-8859-1', body: '<html>Not Found</html>' }
  }

  #models(path: string, parameters: URLSearchParams): Answer {
    const url = `${this.url}/model-evaluation/v1/mlp`
    const [, model = '', name = '', action = ''] = path.split('/')
    if (model === '') return { status: 200, body: `{"mlp":"${url}"}` }
    if (model !== 'mlp')
      return { status: 404, body: `{"error":"No model named '${model}'. Available models: mlp"}` }
    const described = `{"function":"output","info":"${url}/output","eval":"${url}/output/eval","arguments":[{"name":"input","type":"${TYPE}"}]}`
    if (name === '') return { status: 200, body: `{"model":"mlp","functions":[${described}]}` }
    if (name !== 'output')
      return {
        status: 404,
        body: `{"error":"No function '${name}' in model 'mlp'. Available functions: output"}`,
      }
    if (action !== 'eval') return { status: 404, body: '{"error":"Unrecognized API"}' }
    const rows = readRows(parameters.get('input') ?? '')
    if (rows === null) return { status: 400, body: `{"error":"${NOT_BOUND}"}` }
    const sums = rows.map((row) => row.reduce((sum, value) => sum + value, 0))
    const values = sums.map((sum) => [sum, 2 * sum])
    const type = `tensor<float>(d0[${values.length}],d1[2])`
    switch (parameters.get('format.tensors')) {
      case 'short':
        return { status: 200, body: JSON.stringify({ type, values }) }
      case 'long': {
        const cells = values.flatMap((row, d0) =>
          row.map((value, d1) => ({ address: { d0: String(d0), d1: String(d1) }, value })),
        )
        return { status: 200, body: JSON.stringify({ type, cells }) }
      }
      default:
        return { status: 400, body: `{"error":"Unknown tensor format 'Optional[x]'"}` }
    }
  }
}

/** Both forms of literals, read another way than they are written. */
function readRows(literal: string): number[][] | null {
  const text = literal.startsWith(`${TYPE}:`) ? literal.slice(TYPE.length + 1) : literal
  if (text.startsWith('{')) {
    const rows: number[][] = []
    for (const [, d0, d1, value] of text.matchAll(/\{d0:(\d+),d1:(\d+)\}:([^,}]+)/g))
      (rows[Number(d0)] ??= [])[Number(d1)] = Number(value)
    return rows.length > 0 && rows.every(({ length }) => length === WIDTH) ? rows : null
  }
  try {
    const rows = JSON.parse(text) as number[][]
    return rows.every((row) => Array.isArray(row) && row.length === WIDTH) ? rows : null
  } catch {
    return null
  }
}

function search(parameters: URLSearchParams, isBenchmark: boolean): Answer {
  const number = (name: string, otherwise: number): number => Number(parameters.get(name) ?? otherwise)
  const code = number('error', 0)
  const errors =
    code === 0 ? '' : `,"errors":[{"code":${code},"summary":"Asked to fail","message":"by the query"}]`
  const isEmpty = code !== 0 && parameters.get('partial') !== 'true'
  const total = isEmpty ? 0 : number('total', 100)
  const count = isEmpty ? 0 : Math.min(total, number('hits', 10))
  const covered = number('covered', DOCUMENTS)
  const full = covered === DOCUMENTS
  const degraded = full
    ? ''
    : ',"degraded":{"match-phase":false,"timeout":true,"adaptive-timeout":false,"anntimeout":false,"non-ideal-state":false}'
  const coverage = isEmpty
    ? ''
    : `,"coverage":{"coverage":${(100 * covered) / DOCUMENTS},"documents":${covered}${degraded},"full":${full},"nodes":1,"results":1,"resultsFull":${full ? 1 : 0}}`
  const text = JSON.stringify(parameters.get('query') ?? '')
  const hits = Array.from(
    { length: count },
    (_, index) => `{"id":"doc:${index}","relevance":${1 - index / total},"fields":{"text":${text}}}`,
  )
  const children = count === 0 ? '' : `,"children":[${hits.join(',')}]`
  const timing =
    parameters.get('presentation.timing') === 'true'
      ? '"timing":{"querytime":0.003,"summaryfetchtime":0.0,"searchtime":0.004},'
      : ''
  return {
    // Partial results are a success, unless benchmark headers are asked for.
    status: code !== 0 && (isEmpty || isBenchmark) ? (STATUSES[code] ?? 500) : 200,
    body: `{${timing}"root":{"id":"toplevel","relevance":1.0,"fields":{"totalCount":${total}}${coverage}${errors}${children}}}`,
    ...(isBenchmark
      ? {
          headers: {
            'X-Yahoo-Vespa-DocsSearched': String(covered),
            'X-Yahoo-Vespa-FillTime': '1',
            'X-Yahoo-Vespa-NodesSearched': '1',
            'X-Yahoo-Vespa-NumErrors': code === 0 ? '0' : '1',
            'X-Yahoo-Vespa-NumHits': String(count),
            'X-Yahoo-Vespa-SearchTime': '3',
            'X-Yahoo-Vespa-TotalHitCount': String(total),
          },
        }
      : {}),
  }
}

const metric = (name: string, last: number | null, dimensions: object): object => ({
  name,
  values: { average: last, sum: null, count: 20, last, max: last, min: last, rate: 0.66 },
  dimensions,
})
const METRICS = JSON.stringify({
  time: 1795350869388,
  status: { code: 'up' },
  metrics: {
    snapshot: { from: 1795350839.157, to: 1795350869.159 },
    values: [
      metric('jdisc.thread_pool.active_threads', 2, { threadpool: 'default-handler-common' }),
      metric('jdisc.thread_pool.active_threads', 3, { threadpool: 'default-pool' }),
      metric('jdisc.thread_pool.active_threads', 5, { threadpool: 'search-handler' }),
      metric('jdisc.thread_pool.size', 20, { threadpool: 'search-handler' }),
      metric('jdisc.thread_pool.work_queue.size', 7, { threadpool: 'search-handler' }),
      metric('jdisc.thread_pool.work_queue.size', null, { threadpool: 'default-pool' }),
      { name: 'mem.heap.used', values: { last: 1e8 } },
    ],
  },
})
