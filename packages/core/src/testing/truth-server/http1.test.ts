import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { TruthCounters } from './ledger.ts'
import { createTruthServer, type TruthServer, type TruthServerOptions } from './truth-server.ts'
import type { Answer, Fault, TruthProgram } from './program.ts'

let shared: TruthServer
beforeAll(async () => {
  shared = await createTruthServer()
})
afterAll(() => shared[Symbol.asyncDispose]())

const servers: TruthServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server[Symbol.asyncDispose]()))
})

/** A server of the test's own, for those that count connections or set options. */
async function start(program: TruthProgram = {}, options: TruthServerOptions = {}): Promise<TruthServer> {
  const server = await createTruthServer({ ...options, program })
  servers.push(server)
  return server
}

/** The server of all others, with another program. */
async function use(program: TruthProgram): Promise<TruthServer> {
  await shared.program(program)
  return shared
}

interface Received {
  readonly text: string
  readonly end: 'fin' | 'reset' | 'open'
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

/** Sends text over a plain socket and collects what comes back until the connection ends, or `enough` says so. */
async function exchange(
  server: TruthServer,
  text: string,
  enough: (text: string) => boolean = () => false,
): Promise<Received> {
  const socket = connect({ port: server.port, host: server.host, allowHalfOpen: true })
  let received = ''
  try {
    return await new Promise((resolve, reject) => {
      socket.setTimeout(5000, () => reject(new Error(`No end after ${JSON.stringify(received)}`)))
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        if (enough(received)) resolve({ text: received, end: 'open' })
      })
      socket.on('end', () => resolve({ text: received, end: 'fin' }))
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') resolve({ text: received, end: 'reset' })
        else reject(error)
      })
      socket.write(text)
    })
  } finally {
    socket.destroy()
  }
}

function bodyOf({ text }: Received): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

describe('answers over HTTP/1.1', () => {
  it('are receipts by default, and both sides agree on what was sent', async () => {
    const server = await use({ unit: { header: 'x-unit' } })
    const response = await fetch(`${server.url}/a?b=1`, {
      method: 'POST',
      headers: { 'x-unit': '42', 'X-Other': 'ä' },
      body: 'x'.repeat(1000),
    })
    expect(response.status).toBe(200)
    const receipt = (await response.json()) as Record<string, unknown>
    expect(receipt).toMatchObject({ index: 0, unit: 42, method: 'POST', path: '/a?b=1', bytes: 1000 })
    expect(server.counters()).toMatchObject({
      requests: 1,
      completeRequests: 1,
      requestBytes: 1000,
      answers: 1,
      statuses: { 200: 1 },
      malformed: 0,
    })
    const log = server.log()
    expect(log).toMatchObject({ count: 1, outcome: ['answered'] })
    expect([log.unit[0], log.bytes[0], log.status[0]]).toEqual([42, 1000, 200])
  })

  it('echo bodies of any size, chunked ones too', async () => {
    const server = await use({ answer: { body: { kind: 'echo' } } })
    const body = Buffer.alloc(3_000_000, 'abcdefg')
    const sized = await fetch(server.url, { method: 'POST', body })
    expect(Buffer.from(await sized.arrayBuffer()).equals(body)).toBe(true)
    const stream = new Blob([body]).stream()
    const chunked = await fetch(server.url, { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
    expect(Buffer.from(await chunked.arrayBuffer()).equals(body)).toBe(true)
  })

  it.each<[string, Answer, (response: Response) => Promise<void>]>([
    [
      'a status, a reason and headers',
      { status: 418, reason: 'Short and stout', headers: { 'X-Kind': 'teapot' }, body: 'no' },
      async (response) => {
        expect([response.status, response.statusText]).toEqual([418, 'Short and stout'])
        expect(response.headers.get('x-kind')).toBe('teapot')
        expect(await response.text()).toBe('no')
      },
    ],
    [
      'a body of an exact size',
      { body: { kind: 'fill', bytes: '64KiB' } },
      async (response) => {
        const text = await response.text()
        expect(text.length).toBe(65_536)
        expect(JSON.parse(text)).toBe('x'.repeat(65_534))
      },
    ],
    [
      'chunks',
      { body: 'hello', framing: 'chunked' },
      async (response) => {
        expect(response.headers.get('transfer-encoding')).toBe('chunked')
        expect(await response.text()).toBe('hello')
      },
    ],
    [
      'a body until the end of the connection',
      { body: 'hello', framing: 'close' },
      async (response) => {
        expect(response.headers.has('content-length')).toBe(false)
        expect(await response.text()).toBe('hello')
      },
    ],
    [
      'one byte at a time',
      { body: 'hello', pace: { bytes: 1, every: '0s' } },
      async (response) => expect(await response.text()).toBe('hello'),
    ],
    ['no content', { status: 204 }, async (response) => expect(await response.text()).toBe('')],
    [
      'server-sent events',
      { stream: { kind: 'messages', count: 3 } },
      async (response) => {
        expect(response.headers.get('content-type')).toBe('text/event-stream')
        const events = (await response.text()).split('\n\n').slice(0, -1)
        expect(events.map((event) => JSON.parse(event.replace('data: ', '')).message)).toEqual([0, 1, 2])
      },
    ],
    [
      'lines of JSON',
      { stream: { kind: 'messages', count: 2, bytes: 100, format: 'ndjson' } },
      async (response) => {
        const text = await response.text()
        expect(text.length).toBe(202)
        expect(
          text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line).message),
        ).toEqual([0, 1])
      },
    ],
  ])('can be %s', async (_, answer, check) => {
    const server = await use({ answer })
    await check(await fetch(server.url))
    expect(server.counters()).toMatchObject({ answers: 1, malformed: 0, abandoned: 0 })
  })

  it('carry interim answers and trailers', async () => {
    const server = await use({
      answer: { informational: [103], body: 'x', trailers: { 'X-Sum': '1' }, headers: { Trailer: 'X-Sum' } },
    })
    const interim: number[] = []
    const trailers = await new Promise((resolve, reject) => {
      request(server.url, (response) => response.resume().on('end', () => resolve(response.trailers)))
        .on('information', ({ statusCode }: { statusCode: number }) => interim.push(statusCode))
        .on('error', reject)
        .end()
    })
    expect(interim).toEqual([103])
    expect(trailers).toEqual({ 'x-sum': '1' })
  })

  it('to HEAD have no body but its length', async () => {
    const server = await use({ answer: { body: 'hello' } })
    const received = await exchange(server, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    expect(received.text).toMatch(/content-length: 5\r\n/)
    expect(received).toMatchObject({ end: 'fin', text: expect.stringMatching(/\r\n\r\n$/) })
  })

  it('come in the order of pipelined requests, however long each takes', async () => {
    const server = await use({
      service: { kind: 'list', times: ['20ms', '1ms', '10ms'] },
      answer: { body: { kind: 'receipt' } },
    })
    const { text } = await exchange(
      server,
      GET.repeat(3),
      (received) => received.split('"bytes"').length === 4,
    )
    expect([...text.matchAll(/"index":(\d)/g)].map(([, index]) => index)).toEqual(['0', '1', '2'])
  })

  it('let a client that expects it go on', async () => {
    const server = await use({ answer: { body: { kind: 'echo' } } })
    const socket = connect(server.port, server.host)
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        seen.push(chunk.toString())
        if (seen.length === 1) socket.write('abc')
        else resolve()
      })
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n')
    })
    socket.destroy()
    expect(seen[0]).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    expect(seen[1]).toMatch(/\r\n\r\nabc$/)
  })

  it('overtake the body when they are early', async () => {
    const server = await use({ early: true, answer: { status: 413, body: 'too large' } })
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n'
    const { text } = await exchange(server, head, (received) => received.endsWith('too large'))
    expect(text).toMatch(/^HTTP\/1.1 413/)
    expect(server.counters()).toMatchObject({ requests: 1, completeRequests: 0, answers: 1 })
  })

  it('say whether the connection goes on', async () => {
    const server = await use({ rules: [{ when: { path: '/last' }, answer: { connection: 'close' } }] })
    const http10 = await exchange(server, 'GET / HTTP/1.0\r\n\r\n')
    expect(http10).toMatchObject({ end: 'fin', text: expect.stringContaining('connection: close') })
    const last = await exchange(server, `${GET}${GET.replace('/', '/last')}${GET}`)
    expect(last.text.match(/HTTP\/1.1 200/g)).toHaveLength(2)
    expect(last.end).toBe('fin')
  })

  it('are sentences where the client breaks the protocol', async () => {
    const server = await use({})
    const received = await exchange(server, 'GET / HTTP/1.1\r\n\r\n')
    expect(received).toMatchObject({ end: 'fin', text: expect.stringMatching(/^HTTP\/1.1 400 .*no Host/s) })
    expect(server.counters()).toMatchObject({ malformed: 1, requests: 0 })
  })

  it('keep sums of sequences, and notice what is out of order', async () => {
    const server = await use({ answer: { body: { kind: 'sum' } } })
    const step = async (sequence: number, first: boolean, last: boolean, value: number) => {
      const response = await fetch(server.url, {
        method: 'POST',
        body: JSON.stringify({ sequence, start: first, end: last, value }),
      })
      return [response.status, ((await response.json()) as { sum?: number }).sum]
    }
    expect(await step(7, true, false, 1)).toEqual([200, 1])
    expect(await step(8, true, false, 10)).toEqual([200, 10])
    expect(await step(7, false, false, 2)).toEqual([200, 3])
    expect(await step(7, false, true, 3)).toEqual([200, 6])
    expect(await step(7, false, false, 3)).toEqual([400, undefined])
    expect(await step(8, true, false, 3)).toEqual([400, undefined])
    expect(server.counters()).toMatchObject({ sequenceErrors: 2, statuses: { 200: 4, 400: 2 } })
  })
})

describe('faults over HTTP/1.1', () => {
  const answer: Answer = { body: 'x'.repeat(500) }

  async function faulty(
    fault: Fault,
    enough?: (text: string) => boolean,
  ): Promise<Received & { server: TruthServer }> {
    const server = await use({ answer, fault })
    const received = await exchange(server, GET, enough)
    expect(server.counters()).toMatchObject({ requests: 1, answers: 0, faults: { [fault.kind]: 1 } })
    return { ...received, server }
  }

  it.each([
    ['reset', 'reset'],
    ['close', 'fin'],
    ['half-close', 'fin'],
  ] as const)('%s: nothing, only the header block, or exactly so many bytes', async (kind, end) => {
    expect(await faulty({ kind })).toMatchObject({ text: '', end })
    const headers = await faulty({ kind, after: 'headers' })
    expect(headers).toMatchObject({
      text: expect.stringMatching(/^HTTP.*content-length: 500.*\r\n\r\n$/s),
      end,
    })
    for (const after of [1, 60, headers.text.length + 250]) {
      const received = await faulty({ kind, after })
      expect([received.text.length, received.end]).toEqual([after, end])
    }
  })

  it('hang: silence on an open connection, in the middle of an answer too', async () => {
    const { server } = await faulty({ kind: 'hang', after: 100 }, (text) => text.length === 100)
    await server.program({ fault: { kind: 'hang' } })
    const controller = new AbortController()
    const hung = fetch(server.url, { signal: controller.signal })
    await server.until(({ faults }) => faults['hang'] === 1)
    controller.abort()
    await expect(hung).rejects.toThrow(/abort/)
    expect(server.counters()).toMatchObject({ requests: 1, answers: 0, abandoned: 0, faults: { hang: 1 } })
  })

  it('content-length: says more than it sends, then closes', async () => {
    const received = await faulty({ kind: 'content-length', difference: 100 })
    expect(received.text).toMatch(/content-length: 600\r\n/)
    expect([bodyOf(received).length, received.end]).toEqual([500, 'fin'])
  })

  it('content-length: says more than it sends, then is silent', async () => {
    const received = await faulty({ kind: 'content-length', difference: 1, ending: 'hang' }, (text) =>
      text.endsWith('xxx'),
    )
    expect(received.text).toMatch(/content-length: 501\r\n/)
  })

  it('content-length: says less than it sends, and goes on', async () => {
    const server = await use({
      answer,
      rules: [{ when: { indices: [0] }, fault: { kind: 'content-length', difference: -10 } }],
    })
    const { text } = await exchange(
      server,
      GET + GET,
      (received) => received.split('HTTP/1.1 200').length === 3 && received.endsWith('x'.repeat(500)),
    )
    expect(text).toContain(`content-length: 490\r\n`)
    expect(text).toContain(`${'x'.repeat(10)}HTTP/1.1 200`)
  })

  it('garbage: bytes that are no HTTP, the same for the same seed', async () => {
    const [first, second] = [
      await faulty({ kind: 'garbage', bytes: 100 }),
      await faulty({ kind: 'garbage', bytes: 100 }),
    ]
    expect(first.text.length).toBe(100)
    expect(first.text).toBe(second.text)
    expect(first.text).not.toContain('HTTP')
  })

  it('raw: exactly the text that was given', async () => {
    const text = 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'
    expect(await faulty({ kind: 'raw', text, ending: 'close' })).toMatchObject({ text, end: 'fin' })
  })

  it.each(['rst-stream', 'goaway', 'frames'] as const)(
    '%s: is refused, because it needs HTTP/2',
    async (kind) => {
      const fault =
        kind === 'rst-stream' ? { kind, code: 1 } : kind === 'frames' ? { kind, frames: [] } : { kind }
      const server = await use({ fault })
      expect((await fetch(server.url)).status).toBe(501)
    },
  )

  it('hit those requests that a rule names, and no others', async () => {
    const server = await use({
      answer: { body: 'ok' },
      rules: [{ when: { every: 5 }, answer: { status: 500 } }],
    })
    const statuses: number[] = []
    for (let index = 0; index < 15; index++) statuses.push((await fetch(server.url)).status)
    expect(statuses).toEqual(Array.from({ length: 15 }, (_, index) => (index % 5 === 4 ? 500 : 200)))
    expect(server.counters().statuses).toEqual({ 200: 12, 500: 3 })
  })
})

async function opened(server: TruthServer): Promise<Socket> {
  const socket = connect(server.port, server.host)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', resolve)
  })
  return socket
}
const ended = (socket: Socket) =>
  new Promise<string>((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.once('end', () => resolve('fin'))
    socket.resume()
  })

describe('connections', () => {
  it('can be reset or closed as soon as they are accepted, every k-th one', async () => {
    const server = await start({ connections: { accept: { fault: 'reset', every: 2 } } })
    expect((await exchange(server, GET, (text) => text.includes('"bytes"'))).end).toBe('open')
    expect(await ended(connect(server.port, server.host))).toBe('ECONNRESET')
    await server.program({ connections: { accept: { fault: 'close' } } })
    expect(await ended(connect(server.port, server.host))).toBe('fin')
  })

  it('go stale without a word after so many answers, or after being idle', async () => {
    const server = await start({ connections: { requests: 2 } })
    const received = await exchange(server, GET.repeat(3))
    expect(received.text.match(/HTTP\/1.1 200/g)).toHaveLength(2)
    expect(received.text).not.toContain('connection: close')
    await server.program({ connections: { idle: '100ms' } })
    expect((await exchange(server, GET)).end).toBe('fin')
  })

  it('can all be dropped, refused and accepted again', async () => {
    const server = await start()
    const sockets = [await opened(server), await opened(server)]
    await server.until((counters) => counters.openConnections === 2)
    const ends = sockets.map(ended)
    expect(await server.dropConnections('reset')).toBe(2)
    expect(await Promise.all(ends)).toEqual(['ECONNRESET', 'ECONNRESET'])
    await server.refuseConnections()
    await expect(fetch(server.url)).rejects.toThrow()
    await expect(opened(server)).rejects.toThrow(/ECONNREFUSED/)
    await server.acceptConnections()
    expect((await fetch(server.url)).status).toBe(200)
  })

  it('feel back-pressure when the server does not read', async () => {
    const server = await start({ reading: { pause: '300ms' }, answer: { body: 'ok' } })
    const begin = performance.now()
    const response = await fetch(server.url, { method: 'POST', body: Buffer.alloc(40_000_000) })
    expect(await response.text()).toBe('ok')
    expect(performance.now() - begin).toBeGreaterThan(290)
    const log = server.log()
    expect((log.complete[0] as number) - (log.arrival[0] as number)).toBeGreaterThan(290e6)
  })

  it('are read as slowly as the program says', async () => {
    const server = await start({ reading: { bytes: 100_000, every: '10ms' }, answer: { body: 'ok' } })
    await (await fetch(server.url, { method: 'POST', body: Buffer.alloc(1_000_000) })).text()
    const log = server.log()
    // 1 MB at 10 MB/s, less the last piece read.
    expect((log.complete[0] as number) - (log.arrival[0] as number)).toBeGreaterThan(90e6)
  })

  it('wait for answers when half-closed, where the program says so', async () => {
    const server = await start({ service: '20ms', answer: { body: 'ok' }, connections: { halfOpen: true } })
    const socket = connect({ port: server.port, host: server.host, allowHalfOpen: true })
    socket.end(GET + GET)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(2)
    expect(server.counters()).toMatchObject({ answers: 2, abandoned: 0 })
  })

  it('count a client that leaves as abandoned, once', async () => {
    const server = await start({ service: '200ms', servers: 1 })
    const controller = new AbortController()
    const first = fetch(server.url, { signal: controller.signal })
    const second = fetch(server.url, { signal: controller.signal })
    await server.until((counters) => counters.completeRequests === 2)
    controller.abort()
    await Promise.allSettled([first, second])
    const counters = await server.until(({ abandoned }) => abandoned === 2)
    expect(counters).toMatchObject({ requests: 2, answers: 0, malformed: 0 })
    // The second one waited for the only server, and leaves the queue: the third is served after the first.
    await fetch(server.url)
    expect(server.log().outcome).toEqual(['abandoned', 'abandoned', 'answered'])
  })
})

describe('the queue', () => {
  it('answers 503 when it is full, and every request is counted exactly once', async () => {
    const server = await use({ service: '20ms', servers: 2, queue: 3, answer: { body: 'ok' } })
    // One write, one read: they all arrive at the same instant.
    const { text } = await exchange(server, GET.repeat(20), (sofar) => sofar.split('HTTP/1.1 ').length === 21)
    const statuses = [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)
    expect(statuses).toEqual([...Array(5).fill('200'), ...Array(15).fill('503')])
    const counters = server.counters()
    expect(counters).toMatchObject({
      requests: 20,
      answers: 20,
      overflowed: 15,
      statuses: { 200: 5, 503: 15 },
      maxInService: 2,
      maxWaiting: 3,
    })
  })
})

function faultsOf({ faults }: TruthCounters): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0)
}

describe('the books', () => {
  it('balance: every request is answered, faulty or abandoned, whatever goes wrong', async () => {
    const server = await start({
      service: { kind: 'exponential', mean: '2ms' },
      servers: 8,
      seed: 3,
      rules: [
        { when: { share: 0.1 }, fault: { kind: 'reset', after: 40 } },
        { when: { share: 0.1 }, fault: { kind: 'close', after: 'headers' } },
        { when: { share: 0.1 }, fault: { kind: 'garbage' } },
        { when: { share: 0.1 }, fault: { kind: 'hang', after: 10 } },
        { when: { share: 0.1 }, service: '10s' },
        { when: { share: 0.2 }, answer: { status: 500 } },
      ],
    })
    let good = 0
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        try {
          const response = await fetch(server.url, { signal: AbortSignal.timeout(1000) })
          await response.text()
          good += 1
        } catch {
          // As planned.
        }
      }),
    )
    // Clients that gave up have left: nothing stays open.
    const counters = await server.until(
      (now) => now.answers + faultsOf(now) + now.abandoned === now.requests && now.abandoned > 0,
    )
    expect(counters.answers).toBeGreaterThanOrEqual(good)
    expect(counters.malformed).toBe(0)
    const { outcome, status } = server.log()
    expect(outcome).not.toContain('open')
    expect(outcome.filter((end) => end === 'answered').length).toBe(counters.answers)
    expect([...status].filter((code) => code === 500).length).toBe(counters.statuses['500'])
  })
})

describe('control', () => {
  it('starts counting again with a new program, and on reset', async () => {
    const server = await start({ answer: { status: 500 } })
    await fetch(server.url)
    await server.program({ rules: [{ when: { indices: [0] }, answer: { status: 404 } }] })
    expect((await fetch(server.url)).status).toBe(404)
    expect((await fetch(server.url)).status).toBe(200)
    expect(server.counters().statuses).toEqual({ 404: 1, 200: 1 })
    await server.reset()
    expect(server.counters()).toMatchObject({ requests: 0, statuses: {} })
    expect(server.log().count).toBe(0)
    expect((await fetch(server.url)).status).toBe(404)
  })

  it('does not let requests of the past into the new count', async () => {
    const server = await start({ service: '50ms' })
    const past = fetch(server.url)
    await server.until(({ requests }) => requests === 1)
    await server.reset()
    expect((await past).status).toBe(200)
    expect(server.counters()).toMatchObject({ requests: 0, answers: 0 })
  })

  it('keeps counting where the log is full', async () => {
    const server = await start({}, { log: 2 })
    for (let index = 0; index < 5; index++) await fetch(server.url)
    expect(server.counters()).toMatchObject({ requests: 5, answers: 5, unlogged: 3 })
    expect(server.log().count).toBe(2)
  })

  it('says everything that is wrong with a program, before it starts', async () => {
    await expect(
      createTruthServer({
        program: {
          service: '5 parsecs' as '5s',
          servers: 0,
          stalls: [{ from: '2s', until: '1s' }],
          rules: [{ when: { every: 0, share: 2 }, fault: { kind: 'content-length', difference: 0 } }],
        },
      }),
    ).rejects.toMatchObject({
      code: 'SERVEBENCH_VALIDATION',
      problems: [
        'servers',
        'service',
        'stalls[0]',
        'rules[0].when.every',
        'rules[0].when.share',
        'rules[0].fault.difference',
      ].map((path) => expect.objectContaining({ path })),
    })
  })

  it('says why it cannot have a port', async () => {
    const first = await start()
    await expect(createTruthServer({ port: first.port })).rejects.toMatchObject({
      code: 'SERVEBENCH_TRUTH_SERVER',
      advice: expect.stringContaining('port'),
    })
  })

  it('gives up waiting with the counters in its message', async () => {
    const server = await start()
    await expect(server.until(({ requests }) => requests > 0, '20ms')).rejects.toThrow(/"requests":0/)
  })

  it('listens on IPv6', async () => {
    const server = await start({}, { host: '::1' })
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/)
    expect((await fetch(server.url)).status).toBe(200)
  })
})
