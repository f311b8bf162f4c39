import http2, {
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { afterAll, beforeAll, afterEach, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from './truth-server.ts'
import type { Fault, TruthProgram } from './program.ts'

let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const sessions: ClientHttp2Session[] = []
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy()
})

interface Reply {
  readonly headers: IncomingHttpHeaders
  readonly interim: number[]
  readonly trailers: IncomingHttpHeaders
  readonly body: string
  /** RST_STREAM code. */
  readonly code: number
  readonly error: string
}

function open(target = server): ClientHttp2Session {
  const session = http2.connect(target.url)
  session.on('error', () => {})
  sessions.push(session)
  return session
}

function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  body: Buffer | string = '',
): Promise<Reply> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': '/', ...headers })
    const reply = { headers: {}, trailers: {}, interim: [] as number[], body: '', code: 0, error: '' }
    stream.setEncoding('latin1')
    stream.on('headers', (interim) => reply.interim.push(interim[':status'] as number))
    stream.on('response', (received) => (reply.headers = received))
    stream.on('trailers', (received) => (reply.trailers = received))
    stream.on('data', (text: string) => (reply.body += text))
    stream.on('error', (error: NodeJS.ErrnoException) => (reply.error = error.code ?? error.message))
    stream.on('close', () => resolve({ ...reply, code: stream.rstCode }))
    stream.end(body)
  })
}

const closed = (session: ClientHttp2Session) =>
  new Promise<void>((resolve) =>
    session.closed || session.destroyed ? resolve() : session.once('close', () => resolve()),
  )

describe('answers over HTTP/2', () => {
  it('come on the same port, and are receipts by default', async () => {
    await server.program({ unit: { json: 'id' } })
    const reply = await call(open(), { 'x-a': 'b' }, '{"id":12}')
    expect(JSON.parse(reply.body)).toMatchObject({
      unit: 12,
      method: 'POST',
      path: '/',
      headers: { 'x-a': 'b' },
      bytes: 9,
    })
    expect(reply.headers).toMatchObject({ ':status': 200, 'content-length': String(reply.body.length) })
    expect(server.counters()).toMatchObject({
      requests: 1,
      completeRequests: 1,
      answers: 1,
      malformed: 0,
      abandoned: 0,
    })
  })

  it('carry status, headers, interim answers, trailers, and exact bodies', async () => {
    await server.program({
      answer: {
        status: 404,
        headers: { 'X-Kind': 'none' },
        informational: [103],
        trailers: { 'X-Sum': '1' },
        body: { kind: 'fill', bytes: 200_000 },
      },
    })
    const reply = await call(open())
    expect(reply).toMatchObject({
      interim: [103],
      headers: { ':status': 404, 'x-kind': 'none' },
      trailers: { 'x-sum': '1' },
    })
    expect(reply.body.length).toBe(200_000)
  })

  it('echo megabytes through both flow-control windows', async () => {
    await server.program({ answer: { body: { kind: 'echo' } } })
    const body = Buffer.alloc(3_000_000, 'abcdefg')
    const reply = await call(open(), {}, body)
    expect(Buffer.from(reply.body, 'latin1').equals(body)).toBe(true)
  })

  it('are paced, and stream messages', async () => {
    await server.program({
      answer: { body: 'hello', pace: { bytes: 1, every: '1ms' } },
      rules: [{ when: { path: '/events' }, answer: { stream: { kind: 'messages', count: 3 } } }],
    })
    const session = open()
    expect((await call(session)).body).toBe('hello')
    await server.program({ answer: { stream: { kind: 'messages', count: 3 } } })
    const events = await call(session, { ':path': '/events' })
    expect(events.headers['content-type']).toBe('text/event-stream')
    expect(events.body.split('\n\n')).toHaveLength(4)
  })

  it('to HEAD, and without content, have no body', async () => {
    await server.program({
      answer: { body: 'hello' },
      rules: [{ when: { path: '/none' }, answer: { status: 204 } }],
    })
    const session = open()
    expect(await call(session, { ':method': 'HEAD' })).toMatchObject({
      body: '',
      headers: { 'content-length': '5' },
    })
    expect(await call(session, { ':path': '/none' })).toMatchObject({ body: '', headers: { ':status': 204 } })
  })

  it('obey the settings that were asked for', async () => {
    await using small = await createTruthServer({
      http2: { maxConcurrentStreams: 3, initialWindowSize: 20_000 },
    })
    const session = open(small)
    const settings = await new Promise((resolve) => session.once('remoteSettings', resolve))
    expect(settings).toMatchObject({ maxConcurrentStreams: 3, initialWindowSize: 20_000 })
  })

  it('reach no client that has gone: its requests are abandoned', async () => {
    await server.program({ service: '10s' })
    const session = open()
    const stream = session.request({ ':method': 'POST', ':path': '/' })
    stream.on('error', () => {})
    stream.end()
    void call(session)
    await server.until(({ completeRequests }) => completeRequests === 2)
    stream.close(http2.constants.NGHTTP2_CANCEL)
    await server.until(({ abandoned }) => abandoned === 1)
    session.destroy()
    expect(await server.until(({ abandoned }) => abandoned === 2)).toMatchObject({ answers: 0 })
  })
})

describe('back-pressure over HTTP/2', () => {
  it('keeps the client inside its window while the server does not read', async () => {
    await server.program({ reading: { pause: '200ms' }, answer: { body: 'ok' } })
    const begin = performance.now()
    expect((await call(open(), {}, Buffer.alloc(500_000))).body).toBe('ok')
    expect(performance.now() - begin).toBeGreaterThan(195)
  })
})

const program = (fault: Fault): TruthProgram => ({ answer: { body: 'x'.repeat(500) }, fault })

async function faulty(fault: Fault): Promise<{ reply: Reply; session: ClientHttp2Session }> {
  await server.program(program(fault))
  const session = open()
  const reply = await call(session)
  expect(server.counters()).toMatchObject({ requests: 1, answers: 0, faults: { [fault.kind]: 1 } })
  return { reply, session }
}

describe('faults over HTTP/2', () => {
  it.each(['reset', 'close', 'half-close'] as const)(
    '%s ends the connection at exactly that byte',
    async (kind) => {
      const nothing = await faulty({ kind })
      expect(nothing.reply).toMatchObject({ headers: {}, body: '' })
      await closed(nothing.session)
      const headers = await faulty({ kind, after: 'headers' })
      expect(headers.reply).toMatchObject({ headers: { ':status': 200 }, body: '' })
      await closed(headers.session)
      const some = await faulty({ kind, after: 123 })
      expect(some.reply.body.length).toBe(123)
      await closed(some.session)
    },
  )

  it('rst-stream ends the stream with its code, and the connection lives on', async () => {
    const { reply, session } = await faulty({ kind: 'rst-stream', code: 7 })
    expect(reply).toMatchObject({ code: 7, headers: {} })
    const later = await call(session)
    expect(later.code).toBe(7)
    const half = await faulty({ kind: 'rst-stream', code: 2, after: 250 })
    expect(half.reply).toMatchObject({ code: 2, headers: { ':status': 200 } })
    expect(half.reply.body.length).toBe(250)
  })

  it('hang is silence, before and inside the answer', async () => {
    await server.program(program({ kind: 'hang', after: 100 }))
    const session = open()
    const stream = session.request({ ':path': '/' })
    let bytes = 0
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes === 100) resolve()
      })
    })
    await server.until(({ faults }) => faults['hang'] === 1)
    expect([stream.closed, bytes]).toEqual([false, 100])
  })

  it('goaway after an answer: the answer is delivered, the connection then ends', async () => {
    await server.program({
      answer: { body: 'ok' },
      rules: [{ when: { indices: [0] }, fault: { kind: 'goaway' } }],
    })
    const session = open()
    const goaway = new Promise<[number, number]>((resolve) =>
      session.once('goaway', (code, last) => resolve([code, last])),
    )
    expect((await call(session)).body).toBe('ok')
    expect(await goaway).toEqual([0, 1])
    await closed(session)
  })

  it('goaway instead of an answer tells that the request was not processed', async () => {
    await server.program(program({ kind: 'goaway', code: 11, lastStream: 'previous', close: false }))
    const session = open()
    const goaway = new Promise<[number, number]>((resolve) =>
      session.once('goaway', (code, last) => resolve([code, last])),
    )
    void call(session)
    expect(await goaway).toEqual([11, 0])
    expect(server.counters()).toMatchObject({ answers: 0, faults: { goaway: 1 } })
  })

  it('content-length does not agree with the body', async () => {
    const { reply } = await faulty({ kind: 'content-length', difference: 10 })
    // nghttp2 on the client's side notices and makes it a protocol error.
    expect(reply.error).not.toBe('')
  })

  it('garbage, raw text and raw frames reach the client between frames', async () => {
    for (const fault of [
      { kind: 'garbage', bytes: 200 },
      { kind: 'raw', text: 'HTTP/1.1 200 OK\r\n\r\n', ending: 'close' },
      // DATA on stream 0 is a connection error.
      { kind: 'frames', frames: [{ type: 0, stream: 0, payload: '00' }] },
    ] as const satisfies readonly Fault[]) {
      const { reply, session } = await faulty(fault)
      expect(reply.body).toBe('')
      await closed(session)
    }
  })

  it('frames can be a whole answer of their own', async () => {
    // HEADERS with ':status: 200' from the static table and END_HEADERS, then DATA with END_STREAM.
    const frames = [
      { type: 1, flags: 4, payload: '88' },
      { type: 0, flags: 1, payload: Buffer.from('by hand').toString('hex') },
    ]
    const { reply } = await faulty({ kind: 'frames', frames })
    expect(reply).toMatchObject({ headers: { ':status': 200 }, body: 'by hand' })
  })

  it('counts a client that breaks the protocol', async () => {
    await server.program({})
    const { connect } = await import('node:net')
    const socket = connect(server.port, server.host)
    // A valid preface, then HEADERS on stream 0.
    socket.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        Buffer.from('000000040000000000', 'hex'),
      ]),
    )
    socket.write(Buffer.from('00000101040000000088', 'hex'))
    await server.until(({ malformed }) => malformed === 1)
    socket.destroy()
  })
})

describe('connections over HTTP/2', () => {
  it('end without a word after so many answers, and after being idle', async () => {
    await server.program({ connections: { requests: 2 }, answer: { body: 'ok' } })
    const session = open()
    await call(session)
    await call(session)
    await closed(session)
    await server.program({ connections: { idle: '100ms' }, answer: { body: 'ok' } })
    const idle = open()
    expect((await call(idle)).body).toBe('ok')
    await closed(idle)
  })
})
