import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createCertificate } from '../../testing/certificate.ts'
import { prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { sessionContext } from '../../testing/session-harness.ts'
import { createGrpcSession } from './create-grpc-session.ts'
import type { GrpcEngine } from './create-grpc-session.ts'
import { encodeGrpcMessage } from './grpc-message.ts'

const { cert, key } = createCertificate({ name: 'server', names: ['127.0.0.1'] })
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const PLAIN = (): Server => createServer((_, response) => response.end())
const TLS = (): Server => createTlsServer({ cert, key }, (_, response) => response.end())
const HANGS_UP = (): Server => createSocketServer((socket) => socket.destroy())

async function failure(server: Server, scheme: string, engine: GrpcEngine): Promise<unknown> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using session = await createGrpcSession(
    sessionContext(new RecordingExchange(1), prepare([encodeGrpcMessage(Buffer.from('ping'))])),
    {
      url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: '/a.B/C',
      engine,
      tls: { insecure: true },
    },
  )
  return await session.connect().catch((error: unknown) => error)
}

const says = (text: string): string => expect.stringContaining(text) as string

it.each([
  ['a plain HTTP server', PLAIN, 'http', { exitCode: 4, advice: says('the gRPC port') }],
  ['a plain server, with TLS', PLAIN, 'https', { message: says('does not speak TLS') }],
  ['a server with TLS, without it', TLS, 'http', { advice: says('expects TLS (https://)') }],
  ['a server with TLS that has no HTTP/2', TLS, 'https', { advice: says('offers h2') }],
  ['whatever hangs up', HANGS_UP, 'http', { advice: says('the gRPC port') }],
])('tells a user of gRPC what to check at %s', async (_, server, scheme, expected) => {
  for (const engine of ['grpc-http2', 'grpc-node-http2'] as const) {
    expect(await failure(server(), scheme, engine)).toMatchObject(expected)
  }
})
