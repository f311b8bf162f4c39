import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { ServerOptions } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import { fakeModel, fakeOptions, findModel, STATISTICS, unknownModel } from './fake-models.ts'
import type { FakeModel, FakeOptions } from './fake-models.ts'

interface Tensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data?: unknown
  readonly parameters?: { readonly binary_data_size?: number }
}
interface InferRequest {
  readonly id?: string
  readonly parameters?: { readonly binary_data_output?: boolean }
  readonly inputs: readonly Tensor[]
}

/**
 * The protocol over HTTP as its text has it, independent of the code under test: models answer with their inputs.
 * Numbers pass through as they were written.
 */
export class FakeHttpServer {
  readonly options: FakeOptions
  readonly url: string
  /** Bodies of inference requests, decompressed, and their headers. */
  readonly requests: {
    readonly headers: IncomingMessage['headers']
    readonly body: Buffer
    readonly path: string
  }[] = []
  /** Model control, in order: `load echo {…}`. */
  readonly control: string[] = []
  readonly #server: Server

  private constructor(server: Server, options: FakeOptions, secure: boolean) {
    this.options = options
    this.#server = server
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on(
      'request',
      (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response),
    )
  }

  static async start(options: Partial<FakeOptions> = {}, tls?: ServerOptions): Promise<FakeHttpServer> {
    const server = tls === undefined ? createServer() : createTlsServer(tls)
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeHttpServer(server, fakeOptions(options), tls !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const raw = Buffer.concat(parts)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const { authorization, extensions, models } = this.options
    if (authorization !== null && request.headers.authorization !== authorization)
      return sendError(response, 401, 'who are you?')
    const path = decodeURIComponent(request.url as string)
    if (path === '/v2') return sendJson(response, { name: 'fake', version: '1.2', extensions })
    if (path === '/v2/health/live' || path === '/v2/health/ready') return void response.end()
    if (path === '/metrics') return void response.end('up 1\n')
    if (path === '/v2/models/stats' && extensions.includes('statistics')) {
      return sendJson(response, {
        model_stats: models.map(({ name }) => ({ name, version: '1', ...STATISTICS })),
      })
    }
    if (path === '/v2/repository/index' && extensions.includes('model_repository')) {
      return sendJson(
        response,
        models.map(({ name, state, reason }) => ({ name, version: '1', state, reason })),
      )
    }
    const [, change, changed = ''] = /^\/v2\/repository\/models\/(.+)\/(load|unload)$/.exec(path) ?? []
    if (change !== undefined) {
      this.control.push(`${changed} ${change} ${body.toString()}`)
      this.#setState(change, changed === 'load' ? 'READY' : 'UNLOADING')
      return void response.end()
    }
    const [, name = '', version = '', action = ''] =
      /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(infer|ready|config))?$/.exec(path) ?? []
    const model = findModel(this.options, name, version)
    if (action === 'ready')
      return model === undefined ? sendError(response, 400, 'Model version not ready') : void response.end()
    if (model === undefined) return sendError(response, 404, name === '' ? 'Not Found' : unknownModel(name))
    if (action === 'config') return sendJson(response, model.config)
    if (action === 'infer') {
      this.requests.push({ headers: request.headers, body, path })
      return this.#infer(request, response, body, model)
    }
    const { versions, platform, inputs, outputs } = model
    sendJson(response, { name, versions, platform, inputs, outputs })
  }

  #infer(request: IncomingMessage, response: ServerResponse, body: Buffer, model: FakeModel): void {
    const { failure, stages } = this.options
    if (failure !== null) {
      if (failure.type === undefined) return sendError(response, failure.http, failure.text)
      response.writeHead(failure.http, { 'content-type': failure.type })
      return void response.end(failure.text)
    }
    const header = request.headers['inference-header-content-length']
    const jsonLength = header === undefined ? body.length : Number(header)
    const asked = JSON.parse(body.toString('utf8', 0, jsonLength), keepDigits) as InferRequest
    const binaryOutput = asked.parameters?.binary_data_output === true
    let at = jsonLength
    const tensors: Buffer[] = []
    const outputs = asked.inputs.map(({ datatype, shape, data, parameters }, index) => {
      const size = parameters?.binary_data_size ?? 0
      const bytes = body.subarray(at, at + size)
      at += size
      const name = model.outputs[index]?.name ?? 'y'
      if (!binaryOutput) return { name, datatype, shape, data }
      tensors.push(bytes)
      return { name, datatype, shape, parameters: { binary_data_size: size } }
    })
    const answer = Buffer.from(
      JSON.stringify({ model_name: model.name, model_version: '1', id: asked.id, outputs }),
    )
    const content = Buffer.concat([answer, ...tensors])
    const zipped = request.headers['accept-encoding'] === 'gzip'
    response.writeHead(200, {
      ...(binaryOutput ? { 'inference-header-content-length': answer.length } : {}),
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
      ...(stages === null
        ? {}
        : { 'server-timing': `queue;dur=${stages.queue / 1e6}, compute;dur=${stages.compute / 1e6}` }),
    })
    response.end(zipped ? gzipSync(content) : content)
  }

  #setState(name: string, state: string): void {
    const { models } = this.options
    const index = models.findIndex((model) => model.name === name)
    if (index === -1) return
    models[index] = { ...(models[index] ?? fakeModel(name)), state }
    // As with real servers, an unload is answered before it is done.
    if (state === 'UNLOADING') setTimeout(() => this.#setState(name, 'UNAVAILABLE'), 70)
  }
}

const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

/** Integers beyond 2^53 and −0, which JSON.stringify would not write as they came. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const lossy =
    typeof value === 'number' && (Object.is(value, -0) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
  return lossy && context?.source !== undefined ? rawJson(context.source) : value
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function sendError(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status)
  response.end(JSON.stringify({ error }))
}
