import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { gunzipSync, inflateSync } from 'node:zlib'
import { monotonicNanos } from '../clock.ts'
import { describeModel, describeServer, describeStatistics } from '../describe.ts'
import type { InferenceServer } from '../inference-server.ts'
import { bindTensors } from '../model/bind-tensors.ts'
import type { Model } from '../model/model.ts'
import { formatModelConfig } from '../model/format-model-config.ts'
import { formatMetrics } from '../prometheus.ts'
import { httpStatusOf, invalid, RequestError } from '../status.ts'
import { checkJsonOutputs, HttpCall } from './http-call.ts'
import { readInferBody, type InferBody } from './infer-body.ts'
import { readRawBody } from './raw-body.ts'
import { sendError, sendJson, sendText } from './send.ts'

const RAW_BODY: InferBody = { id: undefined, inputs: [], outputs: [], binaryOutput: true, timeout: 0 }

const socketsOf = new WeakMap<Server, Set<Socket>>()

/** The Open Inference Protocol over HTTP/1.1, and `/metrics`. */
export function createHttpServer(server: InferenceServer): Server {
  const http = createServer(
    { noDelay: true, keepAliveTimeout: 0, requestTimeout: 0 },
    (request, response) => {
      if (server.draining) response.shouldKeepAlive = false
      readBody(request, response, server.maxRequestBytes, (body) => {
        try {
          route(server, request, response, body)
        } catch (error) {
          answerError(response, error)
        }
      })
    },
  )
  const sockets = new Set<Socket>()
  socketsOf.set(http, sockets)
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  http.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  return http
}

/** Closes every connection as soon as what was written to it is sent; resolves when all are closed. */
export async function closeHttp(http: Server): Promise<void> {
  // Not `http.close`: that destroys connections without a request, also while the last answer is still being sent.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http, () => resolve()))
  for (const socket of socketsOf.get(http) ?? []) socket.destroySoon()
  await closed
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size <= limit) chunks.push(chunk)
    else refuseLarge(request, response, limit)
  })
  request.on('end', () => {
    if (size <= limit) done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))
  })
  request.on('error', () => response.destroy())
}

/** The rest of the body is not read: the connection ends. */
function refuseLarge(request: IncomingMessage, response: ServerResponse, limit: number): void {
  request.removeAllListeners('data')
  request.removeAllListeners('end')
  response.shouldKeepAlive = false
  response.once('finish', () => request.destroy())
  sendError(response, 413, `The request is larger than ${limit} bytes.`)
}

function route(
  server: InferenceServer,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  const path = (request.url as string).split('?', 1)[0] as string
  const parts = path.split('/').slice(1).map(decode)
  if (parts[0] === 'metrics' && parts.length === 1) {
    if (allow(request, response, 'GET'))
      sendText(response, 200, 'text/plain; version=0.0.4', formatMetrics(server.repository.models))
  } else if (parts[0] !== 'v2') {
    sendError(response, 404, 'Not Found')
  } else if (parts.length === 1) {
    if (allow(request, response, 'GET')) sendJson(response, describeServer(server))
  } else if (parts[1] === 'models') {
    routeModel(server, request, response, parts.slice(2), body)
  } else if (parts[1] === 'health' && parts.length === 3 && (parts[2] === 'live' || parts[2] === 'ready')) {
    if (allow(request, response, 'GET')) sendHealth(response, parts[2] === 'live' || server.ready)
  } else if (parts[1] === 'repository') {
    routeRepository(server, request, response, parts.slice(2), body)
  } else {
    sendError(response, 404, 'Not Found')
  }
}

function routeModel(
  server: InferenceServer,
  request: IncomingMessage,
  response: ServerResponse,
  parts: string[],
  body: Buffer,
): void {
  const [name = '', ...rest] = parts
  if (name === 'stats' && rest.length === 0) {
    if (allow(request, response, 'GET'))
      sendJson(response, { model_stats: server.repository.models.map(describeStatistics) })
    return
  }
  let version = ''
  if (rest[0] === 'versions' && /^\d+$/.test(rest[1] ?? ''))
    [, version] = rest.splice(0, 2) as [string, string]
  const [action = ''] = rest
  if (name === '' || rest.length > 1) {
    sendError(response, 404, 'Not Found')
  } else if (action === 'infer') {
    if (allow(request, response, 'POST')) infer(server, request, response, server.accept(name, version), body)
  } else if (action === 'ready') {
    if (allow(request, response, 'GET')) sendModelReady(server, response, name, version)
  } else if (action === '' || action === 'config' || action === 'stats') {
    if (!allow(request, response, 'GET')) return
    const model = server.repository.find(name, version)
    if (action === '') sendJson(response, describeModel(model))
    else
      sendJson(
        response,
        action === 'config' ? formatModelConfig(model) : { model_stats: [describeStatistics(model)] },
      )
  } else {
    sendError(response, 404, 'Not Found')
  }
}

function infer(
  server: InferenceServer,
  request: IncomingMessage,
  response: ServerResponse,
  model: Model,
  encoded: Buffer,
): void {
  const receivedAt = monotonicNanos()
  let parsed: InferBody
  try {
    parsed = parseBody(request, encoded, model, server.maxRequestBytes)
  } catch (error) {
    model.statistics.recordFailure('OTHER', monotonicNanos() - receivedAt)
    throw error
  }
  const call = new HttpCall(response, model, parsed, receivedAt)
  response.on('close', () => {
    if (!response.writableFinished) model.cancel(call)
  })
  server.submit(call, model, () => {
    const outputs = parsed.outputs.map(({ name }) => name)
    bindTensors(call, model, parsed.inputs, outputs)
    checkJsonOutputs(model, call.wanted, parsed)
  })
}

function parseBody(request: IncomingMessage, encoded: Buffer, model: Model, limit: number): InferBody {
  const { headers } = request
  const body = decompress(encoded, headers['content-encoding'], limit)
  const header = headers['inference-header-content-length'] as string | undefined
  const headerLength = readHeaderLength(header, body)
  return headerLength === 0
    ? { ...RAW_BODY, inputs: [readRawBody(body, model)] }
    : readInferBody(body, headerLength)
}

function readHeaderLength(header: string | undefined, body: Buffer): number {
  if (header === undefined) return body.byteLength === 0 ? -1 : body.byteLength
  const length = Number(header)
  if (!/^\d+$/.test(header) || length > body.byteLength) {
    throw invalid(
      `Inference-Header-Content-Length is '${header}', but the body has ${body.byteLength} bytes.`,
    )
  }
  return length
}

function decompress(body: Buffer, encoding: string | undefined, limit: number): Buffer {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw invalid(`Content-Encoding '${encoding}' is not supported; there are gzip and deflate.`)
  try {
    return (encoding === 'gzip' ? gunzipSync : inflateSync)(body, { maxOutputLength: limit })
  } catch (error) {
    throw invalid(`The body is not valid ${encoding}: ${(error as Error).message}.`)
  }
}

function routeRepository(
  server: InferenceServer,
  request: IncomingMessage,
  response: ServerResponse,
  parts: string[],
  body: Buffer,
): void {
  const [first, name = '', action] = parts
  const isIndex = first === 'index' && parts.length === 1
  const isControl = first === 'models' && parts.length === 3 && (action === 'load' || action === 'unload')
  if (!isIndex && !isControl) {
    sendError(response, 404, 'Not Found')
    return
  }
  if (!allow(request, response, 'POST')) return
  const options = readJsonObject(body)
  const answer = isIndex
    ? sendIndex(server, response, options)
    : control(server, response, name, action === 'load', options)
  answer.catch((error: unknown) => answerError(response, error))
}

async function sendIndex(
  server: InferenceServer,
  response: ServerResponse,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const index = await server.repository.index()
  sendJson(response, options['ready'] === true ? index.filter(({ state }) => state === 'READY') : index)
}

async function control(
  server: InferenceServer,
  response: ServerResponse,
  name: string,
  load: boolean,
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const parameters = (options['parameters'] ?? {}) as Readonly<Record<string, unknown>>
  const { config } = parameters
  if (load && config !== undefined && typeof config !== 'string')
    throw invalid('parameters.config must be a string of JSON.')
  const file = Object.keys(parameters).find((key) => key.startsWith('file:'))
  if (file !== undefined)
    throw invalid(`parameters['${file}']: models are loaded from the server's repository only.`)
  if (load) await server.repository.load(name, (config as string | undefined) ?? null)
  else server.repository.unload(name)
  response.writeHead(200, ['Content-Length', '0']).end()
}

function readJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.byteLength === 0) return {}
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (error) {
    throw invalid(`The request is not JSON: ${(error as Error).message}.`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw invalid('The request must be a JSON object.')
}

function sendHealth(response: ServerResponse, healthy: boolean): void {
  response.writeHead(healthy ? 200 : 503, ['Content-Length', '0', 'Content-Type', 'text/plain']).end()
}

function sendModelReady(
  server: InferenceServer,
  response: ServerResponse,
  name: string,
  version: string,
): void {
  try {
    server.repository.find(name, version)
    sendHealth(response, !server.draining)
  } catch {
    sendError(response, 400, 'Model version not ready')
  }
}

function allow(request: IncomingMessage, response: ServerResponse, method: 'GET' | 'POST'): boolean {
  if (request.method === method) return true
  response.setHeader('Allow', method)
  sendError(response, 405, `Method Not Allowed: use ${method}.`)
  return false
}

function answerError(response: ServerResponse, error: unknown): void {
  const status = error instanceof RequestError ? httpStatusOf(error.status) : 500
  sendError(response, status, error instanceof Error ? error.message : String(error))
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
