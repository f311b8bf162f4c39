import { createServer, type AddressInfo, type Socket } from 'node:net'

/** A server on loopback that answers at once and does nothing else. */
export interface NullServer {
  readonly url: string
  close(): void
}

const HTTP_ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
)

/**
 * Answers HTTP/1.1 requests of a known size.
 * @param requestBytes head and body of each request
 */
export function createNullHttpServer(requestBytes: number): Promise<NullServer> {
  return listen((socket) => {
    let received = 0
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length
      for (; received >= requestBytes; received -= requestBytes) socket.write(HTTP_ANSWER)
    })
  })
}

const PREFACE_BYTES = 24
const FRAME_HEADER = 9
const END_STREAM = 1
const END_HEADERS = 4
const Frame = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 } as const

/** `:status: 200`, `content-type: application/grpc`, and the trailer `grpc-status: 0`, without a header table. */
const GRPC_HEAD = Buffer.concat([Buffer.from([0x88]), literal('content-type', 'application/grpc')])
const GRPC_TRAILERS = literal('grpc-status', '0')
const EMPTY_MESSAGE = Buffer.alloc(5)

/** Answers gRPC calls with an empty message, whatever they ask. */
export function createNullGrpcServer(): Promise<NullServer> {
  return listen((socket) => {
    let rest: Buffer = Buffer.alloc(0)
    let preface = PREFACE_BYTES
    const window = Buffer.alloc(4)
    window.writeUInt32BE(0x3fff_0000)
    const initialWindow = Buffer.from([0, 4, 0x3f, 0xff, 0, 0])
    socket.write(
      Buffer.concat([frame(Frame.settings, 0, 0, initialWindow), frame(Frame.windowUpdate, 0, 0, window)]),
    )
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const skipped = Math.min(preface, rest.length)
      preface -= skipped
      let at = skipped
      const answers: Buffer[] = []
      while (rest.length - at >= FRAME_HEADER) {
        const length = rest.readUIntBE(at, 3)
        if (rest.length - at < FRAME_HEADER + length) break
        const type = rest[at + 3] as number
        const flags = rest[at + 4] as number
        const stream = rest.readUInt32BE(at + 5)
        const body = rest.subarray(at + FRAME_HEADER, at + FRAME_HEADER + length)
        if (type === Frame.settings && flags === 0) answers.push(frame(Frame.settings, 1, 0))
        else if (type === Frame.ping && flags === 0) answers.push(frame(Frame.ping, 1, 0, body))
        else if ((type === Frame.data || type === Frame.headers) && (flags & END_STREAM) !== 0) {
          answers.push(
            frame(Frame.headers, END_HEADERS, stream, GRPC_HEAD),
            frame(Frame.data, 0, stream, EMPTY_MESSAGE),
            frame(Frame.headers, END_HEADERS | END_STREAM, stream, GRPC_TRAILERS),
          )
        }
        at += FRAME_HEADER + length
      }
      rest = rest.subarray(at)
      if (answers.length > 0) socket.write(Buffer.concat(answers))
    })
  })
}

function frame(type: number, flags: number, stream: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(FRAME_HEADER)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, body])
}

/** A literal field without indexing and without Huffman coding; lengths below 127. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ])
}

async function listen(serve: (socket: Socket) => void): Promise<NullServer> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
