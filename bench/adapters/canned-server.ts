import { once } from 'node:events'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A server that gives one answer, always the same bytes, to every request: as little work as a server can have. */
export interface CannedServer extends AsyncDisposable {
  readonly port: number
}

/** An answer as a client has seen it. */
export interface CannedAnswer {
  readonly status: number
  readonly head: Buffer
  readonly messages: readonly Buffer[]
}

export function cannedServer(transport: 'http' | 'grpc', answer: CannedAnswer): Promise<CannedServer> {
  return transport === 'http' ? cannedHttp(answer) : cannedGrpc(answer)
}

async function cannedHttp({ status, head, messages }: CannedAnswer): Promise<CannedServer> {
  const body = Buffer.concat(messages)
  const lines = head
    .toString('latin1')
    .split('\r\n')
    .filter(
      (line) => line.includes(':') && !/^(content-length|transfer-encoding|connection|date):/i.test(line),
    )
  const bytes = Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} OK\r\n${[...lines, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n`,
      'latin1',
    ),
    body,
  ])
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      for (let length = lengthOf(rest); length > 0 && length <= rest.length; length = lengthOf(rest)) {
        rest = rest.subarray(length)
        socket.write(bytes)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  return await listen(server, () => {
    for (const socket of sockets) socket.destroy()
  })
}

/** Of the first request, with its body; 0 as long as its head is not complete. */
function lengthOf(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? '0'
  return end + 4 + Number(length)
}

async function cannedGrpc({ messages }: CannedAnswer): Promise<CannedServer> {
  const bytes = Buffer.concat(
    messages.flatMap((message) => {
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(message.length, 1)
      return [prefix, message]
    }),
  )
  const server = createHttp2Server()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(bytes)
    })
    stream.resume()
  })
  return await listen(server, () => {
    for (const session of sessions) session.destroy()
  })
}

async function listen(server: Server, end: () => void): Promise<CannedServer> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose](): Promise<void> {
      end()
      server.close()
      await once(server, 'close')
    },
  }
}
