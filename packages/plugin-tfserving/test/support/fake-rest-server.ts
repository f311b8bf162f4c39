import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import { affine, fakeOptions, findModel, findStatus, invalid, Refusal, signatureOf } from './fake-models.ts'
import type { FakeOptions, FakeSignature, FakeTensor } from './fake-models.ts'

interface Body {
  readonly signature_name?: string
  readonly instances?: readonly unknown[]
  readonly inputs?: unknown
  readonly examples?: readonly Readonly<Record<string, unknown>>[]
  readonly context?: unknown
}

/** The REST API as its documentation has it, independent of the code under test. */
export class FakeRestServer implements AsyncDisposable {
  readonly options: FakeOptions
  readonly url: string
  /** Bodies of predictions, decompressed, as text; their paths and headers. */
  readonly requests: {
    readonly path: string
    readonly body: string
    readonly headers: IncomingMessage['headers']
  }[] = []
  readonly #server: Server

  private constructor(server: Server, options: FakeOptions) {
    this.options = options
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response),
    )
  }

  static async start(options: Partial<FakeOptions> = {}): Promise<FakeRestServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeRestServer(server, fakeOptions(options))
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
    const raw = Buffer.concat(parts)
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString()
    const path = decodeURIComponent(request.url as string)
    const { authorization, metrics } = this.options
    try {
      if (path === '/monitoring/prometheus/metrics') {
        response.writeHead(metrics === null ? 404 : 200, { 'content-type': 'text/plain' })
        return void response.end(typeof metrics === 'function' ? metrics() : (metrics ?? 'Not Found'))
      }
      if (authorization !== null && request.headers.authorization !== authorization)
        throw new Refusal(401, 16, 'who are you?')
      const answer = this.#answer(request.method as string, path, body, request.headers)
      if (answer !== null) send(response, 200, answer, request.headers['accept-encoding'] === 'gzip')
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      send(response, error.http, JSON.stringify({ error: error.message }, null, 4), false)
    }
  }

  /** `null`: none, ever. */
  #answer(method: string, path: string, body: string, headers: IncomingMessage['headers']): string | null {
    const [, name, version, label, action] =
      /^\/v1\/models\/([^/:]+)(?:\/versions\/(\d+)|\/labels\/([^/:]+))?(:\w+|\/metadata)?$/i.exec(path) ?? []
    if (name === undefined || (action?.startsWith(':') ?? false) !== (method === 'POST'))
      throw invalid(`Malformed request: ${method} ${path}`)
    const spec = { name, version, label }
    if (action === undefined) {
      const statuses = findStatus(this.options, spec).map(({ version: one, state, error }) => ({
        version: one,
        state,
        status: { error_code: error === '' ? 'OK' : 'NOT_FOUND', error_message: error },
      }))
      return JSON.stringify({ model_version_status: statuses }, null, 1)
    }
    const found = findModel(this.options, spec)
    if (action === '/metadata') return describe(found.model.name, found.version, found.model.signatures)
    this.requests.push({ path, body, headers })
    if (this.options.failure !== null) throw this.options.failure
    const asked = JSON.parse(body) as Body
    const key = asked.signature_name ?? 'serving_default'
    const signature = signatureOf(found.model, key)
    if (action === ':predict') return predict(asked, key, signature, found.version)
    if (`:${signature.method}` !== action)
      throw invalid(`Expected ${action.slice(1)} signature method_name to be another one`)
    const results = (asked.examples ?? []).map((example) => {
      const [first] = Object.values(example)[0] as number[]
      return signature.method === 'regress'
        ? first
        : [
            ['cat', first],
            ['dog', 0.25],
          ]
    })
    return JSON.stringify({ results }, null, 4)
  }
}

function send(response: ServerResponse, status: number, text: string, compress: boolean): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(compress ? { 'content-encoding': 'gzip' } : {}),
  })
  response.end(compress ? gzipSync(text) : text)
}

function describe(
  name: string,
  version: string,
  signatures: Readonly<Record<string, FakeSignature>>,
): string {
  const tensors = (map: Readonly<Record<string, FakeTensor>>): unknown =>
    Object.fromEntries(
      Object.entries(map).map(([tensor, { dtype, shape }]) => [
        tensor,
        {
          dtype,
          tensor_shape: {
            dim: (shape ?? []).map((size) => ({ size: String(size), name: '' })),
            unknown_rank: shape === null,
          },
          name: `${tensor}:0`,
        },
      ]),
    )
  const signature_def = Object.fromEntries(
    Object.entries(signatures).map(([key, { inputs, outputs, method }]) => [
      key,
      { inputs: tensors(inputs), outputs: tensors(outputs), method_name: `tensorflow/serving/${method}` },
    ]),
  )
  return JSON.stringify({
    model_spec: { name, signature_name: '', version },
    metadata: { signature_def: { signature_def } },
  })
}

function predict(asked: Body, key: string, signature: FakeSignature, version: string): string | null {
  const { instances, inputs } = asked
  if ((instances === undefined) === (inputs === undefined))
    throw invalid("Missing 'inputs' or 'instances' key")
  const names = Object.keys(signature.inputs)
  const isRow = instances !== undefined
  const columns: Record<string, unknown> = isRow
    ? names.length === 1
      ? { [names[0] as string]: instances }
      : Object.fromEntries(
          names.map((name) => [name, instances.map((row) => (row as Record<string, unknown>)[name])]),
        )
    : names.length === 1
      ? { [names[0] as string]: inputs }
      : (inputs as Record<string, unknown>)
  const answer = (value: unknown): string => pretty(isRow ? { predictions: value } : { outputs: value })
  if (key === 'pair') {
    const ids = columns['id'] as number[]
    const texts = columns['text'] as (string | { readonly b64: string })[]
    const bytes = texts.map((text) =>
      typeof text === 'string' ? { b64: Buffer.from(text).toString('base64') } : text,
    )
    const weights = [NaN, Infinity, -Infinity, 0.5].slice(0, ids.length)
    const named = { id: ids, text_bytes: bytes, weight: weights }
    return answer(
      isRow ? ids.map((id, row) => ({ id, text_bytes: bytes[row], weight: weights[row] })) : named,
    )
  }
  const x = columns[names[0] as string] as number[][]
  // Asked for by the tests of what is given up: it gets no answer.
  if (x.flat()[0] === -1) return null
  if (key === 'any') return answer(x)
  const y = affine(x.flat(), version)
  return answer(x.map((_row, index) => y.slice(3 * index, 3 * index + 3)))
}

/** As the server writes numbers: with bare words for those that JSON does not have. */
function pretty(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, inner: unknown) => (typeof inner === 'number' && !Number.isFinite(inner) ? `#${inner}#` : inner),
    4,
  ).replace(/"#(.+?)#"/g, '$1')
}
