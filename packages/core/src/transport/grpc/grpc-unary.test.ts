import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { grpcMessage } from '../../testing/http2-frames.ts'
import { GrpcError } from './grpc-error.ts'
import { grpcUnary } from './grpc-unary.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }
let seen: unknown

async function serve(behave: (stream: ServerHttp2Stream, request: Buffer) => void): Promise<string> {
  const server = createServer()
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    seen = headers
    const parts: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => behave(stream, Buffer.concat(parts)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function succeed(stream: ServerHttp2Stream, body: Buffer, head = {}): void {
  stream.respond({ ...HEAD, ...head }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(body)
}

async function errorOf(promise: Promise<unknown>): Promise<GrpcError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(GrpcError)
  return error as GrpcError
}

const ask = (url: string, options?: Parameters<typeof grpcUnary>[3]) =>
  grpcUnary(url, '/a.B/C', Buffer.from('ping'), options)

it('answers', async () => {
  const url = await serve((stream, request) => {
    expect(request).toEqual(grpcMessage('ping'))
    succeed(stream, grpcMessage('pong'))
  })
  expect(Buffer.from(await ask(url, { metadata: { key: 'value' } })).toString()).toBe('pong')
  expect(seen).toMatchObject({ ':path': '/a.B/C', key: 'value', te: 'trailers' })
})

it('decompresses', async () => {
  const url = await serve((stream) =>
    succeed(stream, grpcMessage(gzipSync('pong'), 1), { 'grpc-encoding': 'gzip' }),
  )
  expect(Buffer.from(await ask(url)).toString()).toBe('pong')
})

it('throws the status with its message', async () => {
  const url = await serve((stream) =>
    stream.respond({ ...HEAD, 'grpc-status': '5', 'grpc-message': 'no model %27x%27' }, { endStream: true }),
  )
  const error = await errorOf(ask(url))
  expect(error).toMatchObject({ code: 'SERVEBENCH_GRPC', status: 5, exitCode: 4 })
  expect(error.message).toBe(`${url.slice(7)} did not answer /a.B/C (grpc-not-found): no model 'x'`)
  expect(error).toMatchObject({ authority: url.slice(7), path: '/a.B/C', details: "no model 'x'" })
  const malformed = await serve((stream) =>
    stream.respond({ ...HEAD, 'grpc-status': '12', 'grpc-message': '%zz' }, { endStream: true }),
  )
  expect(await errorOf(ask(malformed))).toMatchObject({
    status: 12,
    message: expect.stringContaining('%zz') as string,
  })
})

it('does not let the server write to the terminal', async () => {
  const text = `%1b[31mred%0d%0aline ${'x'.repeat(1000)}`
  const url = await serve((stream) =>
    stream.respond({ ...HEAD, 'grpc-status': '13', 'grpc-message': text }, { endStream: true }),
  )
  const { message } = await errorOf(ask(url))
  expect(message).toContain('(grpc-internal): [31mred line xxx')
  expect(message).toMatch(/^[ -~…]{1,600}$/)
})

it('throws when the answer never ends', async () => {
  const url = await serve((stream) => stream.respond(HEAD))
  expect(await errorOf(ask(url, { timeout: 50 }))).toMatchObject({ status: 4 })
})

it('throws when the connection ends', async () => {
  const url = await serve((stream) => stream.session?.destroy())
  expect(await errorOf(ask(url))).toMatchObject({ status: 14, details: null })
})

it('throws when the answer is too large or no gRPC', async () => {
  const large = await serve((stream) => succeed(stream, grpcMessage('x'.repeat(100))))
  expect(await errorOf(ask(large, { maxResponseBytes: 99 }))).toMatchObject({ status: 2 })
  const page = await serve((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/html' })
    stream.end('<html>')
  })
  expect(await errorOf(ask(page))).toMatchObject({ status: 2 })
})

it('stops when it is aborted', async () => {
  const url = await serve((stream) => stream.respond(HEAD))
  const controller = new AbortController()
  const call = ask(url, { signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await expect(call).rejects.toThrow('enough')
  await expect(ask(url, { signal: controller.signal })).rejects.toThrow('enough')
})

it('stops when it is aborted before anything has happened', async () => {
  const url = await serve((stream) => stream.respond(HEAD))
  const controller = new AbortController()
  const call = ask(url, { signal: controller.signal, timeout: 1000 })
  controller.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
})

it('says when nobody listens', async () => {
  const url = await serve(() => {})
  for (const cleanup of cleanups.splice(0)) await cleanup()
  await expect(ask(url)).rejects.toMatchObject({ code: 'SERVEBENCH_TARGET_REFUSED' })
})
