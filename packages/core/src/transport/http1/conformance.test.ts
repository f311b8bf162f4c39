import { request as nodeRequest, Agent } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import type { Prepared } from '../../engine/session.ts'
import { Random } from '../../stats/prng.ts'
import { prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import type { RecordedExchange } from '../../testing/recording-exchange.ts'
import { ScriptServer, turn } from '../../testing/script-server.ts'
import type { ScriptPeer } from '../../testing/script-server.ts'
import { ask, sessionContext } from '../../testing/session-harness.ts'
import { createHttpSession } from './create-http-session.ts'
import type { HttpEngine } from './create-http-session.ts'

const ENGINES: readonly HttpEngine[] = ['http1-raw', 'http1-undici']
const END = Symbol('end')
const RESET = Symbol('reset')
type Step = string | typeof END | typeof RESET

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
const SIZED = 'content-length: 2\r\n\r\nok'
const LIMIT = 1_000_000

const [GET, HEAD] = prepare([
  { bytes: Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n') },
  { bytes: Buffer.from('HEAD / HTTP/1.1\r\nhost: x\r\n\r\n') },
]) as [Prepared, Prepared]

interface Outcome {
  readonly kind: FailureKind
  readonly code?: number
  /** Not compared after a failure: engines may notice it before or after the head. */
  readonly status?: number
  readonly body?: string
}
interface Case {
  readonly name: string
  readonly answer: readonly Step[]
  readonly head?: true
  readonly outcome: Outcome
  /** Where undici decides otherwise, and why that is accepted. */
  readonly undici?: readonly [outcome: Outcome, why: string]
}

const { none, closed, reset, protocol, httpStatus, tooLarge } = FailureKind
const ok = (body: string, status = 200): Outcome => ({ kind: none, status, body })
const failed = (kind: FailureKind): Outcome => ({ kind })
const good = (name: string, answer: readonly Step[], body = 'ok', status = 200): Case => ({
  name,
  answer,
  outcome: ok(body, status),
})
const bad = (name: string, answer: readonly Step[], kind: FailureKind = protocol): Case => ({
  name,
  answer,
  outcome: failed(kind),
})

const LENGTHS: readonly Case[] = [
  good('Content-Length', [OK + SIZED]),
  good('Content-Length 0', [`${OK}content-length: 0\r\n\r\n`], ''),
  good('any case of header names', [`${OK}CoNtEnT-LeNgTh: 2\r\n\r\nok`]),
  good('leading zeros', [`${OK}content-length: 002\r\n\r\nok`]),
  good('no white space before a value', [`${OK}content-length:2\r\n\r\nok`]),
  {
    ...good('white space after a value', [`${OK}content-length: 2 \t\r\n\r\nok`]),
    undici: [
      failed(protocol),
      'undici counts the white space as digits; RFC 9112 §5.1 excludes it, and so does node:http',
    ],
  },
  bad('two equal lengths', [`${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nok`]),
  bad('two different lengths', [`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok`]),
  bad('a list of lengths', [`${OK}content-length: 2, 2\r\n\r\nok`]),
  bad('a sign', [`${OK}content-length: +2\r\n\r\nok`]),
  bad('a negative length', [`${OK}content-length: -2\r\n\r\nok`]),
  bad('an empty length', [`${OK}content-length:\r\n\r\nok`]),
  bad('hexadecimal', [`${OK}content-length: 0x2\r\n\r\nok`]),
  bad('beyond 2^64', [`${OK}content-length: 99999999999999999999\r\n\r\nok`]),
  bad('Content-Length with Transfer-Encoding', [
    `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ]),
  bad('a body that is too short', [`${OK}content-length: 3\r\n\r\nok`, END], closed),
  bad('a body that is too long', [`${OK}content-length: 2\r\n\r\nok, and more`]),
  good('line ends after a body', [`${OK}content-length: 2\r\n\r\nok\r\n`]),
  good('bytes that come after the answer was complete', [OK + SIZED, 'late']),
  bad('two answers to one request', [OK + SIZED + OK + SIZED]),
  {
    ...bad('a body that is too long, before a close', [`${OK}connection: close\r\n${SIZED}, and more`, END]),
    undici: [ok('ok'), 'undici closes without looking at what follows'],
  },
]

const CHUNKS: readonly Case[] = [
  good('chunks', [`${CHUNKED}1\r\no\r\n1\r\nk\r\n0\r\n\r\n`]),
  good('no chunk', [`${CHUNKED}0\r\n\r\n`], ''),
  good(
    'hexadecimal sizes',
    [`${CHUNKED}A\r\n0123456789\r\nb\r\n0123456789a\r\n00\r\n\r\n`],
    '01234567890123456789a',
  ),
  good('many leading zeros', [`${CHUNKED}00000000000000000000002\r\nok\r\n0\r\n\r\n`]),
  good('any case of the coding', [`${OK}Transfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n`]),
  good('extensions', [`${CHUNKED}2;a=b;c="d e"\r\nok\r\n0;x\r\n\r\n`]),
  {
    ...good('bytes above 127 in an extension', [`${CHUNKED}2;\xe4\r\nok\r\n0\r\n\r\n`]),
    undici: [failed(protocol), 'llhttp checks the syntax of extensions, which nobody reads'],
  },
  good('trailers', [`${CHUNKED}2\r\nok\r\n0\r\nx: y\r\nz:\r\n\r\n`]),
  good('another coding before chunked', [
    `${OK}transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ]),
  good('codings on two lines', [
    `${OK}transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ]),
  good('chunked twice', [
    `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ]),
  good(
    'another coding after chunked lasts until the close',
    [`${OK}transfer-encoding: chunked, gzip\r\n\r\n2\r\nok`, END],
    '2\r\nok',
  ),
  good('another coding alone lasts until the close', [`${OK}transfer-encoding: gzip\r\n\r\nok`, END]),
  good('a coding that ends like chunked', [`${OK}transfer-encoding: xchunked\r\n\r\nok`, END]),
  {
    ...good('an empty list element after chunked', [
      `${OK}transfer-encoding: chunked,\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      END,
    ]),
    undici: [
      ok('2\r\nok\r\n0\r\n\r\n'),
      'llhttp does not ignore empty list elements, as RFC 9110 §5.6.1 asks',
    ],
  },
  good('chunks over HTTP/1.0', ['HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n']),
  {
    ...good('a Content-Length among the trailers', [`${CHUNKED}2\r\nok\r\n0\r\ncontent-length: 5\r\n\r\n`]),
    undici: [
      failed(protocol),
      'llhttp reads trailers like headers; RFC 9110 §6.5.1 says to ignore such fields',
    ],
  },
  bad('white space after a size', [`${CHUNKED}2 \r\nok\r\n0\r\n\r\n`]),
  bad('no size', [`${CHUNKED}\r\nok\r\n0\r\n\r\n`]),
  bad('a size that is no number', [`${CHUNKED}xyz\r\nok\r\n0\r\n\r\n`]),
  bad('a size beyond 2^64', [`${CHUNKED}fffffffffffffffff\r\nok`]),
  bad('a chunk longer than its size', [`${CHUNKED}2\r\nokk\r\n0\r\n\r\n`]),
  bad('a bare LF after a size', [`${CHUNKED}2\nok\r\n0\r\n\r\n`]),
  bad('a bare LF after a chunk', [`${CHUNKED}2\r\nok\n0\r\n\r\n`]),
  bad('a bare LF after the last chunk', [`${CHUNKED}2\r\nok\r\n0\r\n\n`]),
  bad('a trailer without colon', [`${CHUNKED}2\r\nok\r\n0\r\nx y\r\n\r\n`]),
  bad('a chunk that is cut', [`${CHUNKED}5\r\nok`, END], closed),
  bad('no last chunk', [`${CHUNKED}2\r\nok\r\n`, END], closed),
  bad('no end of trailers', [`${CHUNKED}2\r\nok\r\n0\r\n`, END], closed),
  bad('bytes after the last chunk', [`${CHUNKED}2\r\nok\r\n0\r\n\r\nmore`]),
]

const HEADS: readonly Case[] = [
  good('no reason', [`HTTP/1.1 200\r\n${SIZED}`]),
  good('an empty reason', [`HTTP/1.1 200 \r\n${SIZED}`]),
  good('HTTP/1.0', [`HTTP/1.0 200 OK\r\n${SIZED}`]),
  good('line ends before the answer', [`\r\n${OK}${SIZED}`]),
  good('an empty header value', [`${OK}x:\r\n${SIZED}`]),
  good('bytes above 127 in a value', [`${OK}x: \xe4\r\n${SIZED}`]),
  good('a head of 60 KB', [`${OK}x: ${'a'.repeat(60_000)}\r\n${SIZED}`]),
  {
    ...good('a folded line', [`${OK}x: a\r\n b\r\n${SIZED}`]),
    undici: [failed(protocol), 'llhttp refuses what RFC 9112 §5.2 asks user agents to accept'],
  },
  {
    ...good('a folded Content-Length', [`${OK}content-length:\r\n\t2\r\n\r\nok`]),
    undici: [failed(protocol), 'llhttp refuses what RFC 9112 §5.2 asks user agents to accept'],
  },
  bad('a head above 64 KiB', [`${OK}x: ${'a'.repeat(66_000)}\r\n${SIZED}`]),
  bad('a head without end', [`${OK}x: ${'a'.repeat(200_000)}`]),
  bad('a fold before any header', [`${OK} x: a\r\n${SIZED}`]),
  bad('bare LF in the status line', [`HTTP/1.1 200 OK\n${SIZED}`]),
  bad('bare LF after a header', [`${OK}content-length: 2\n\r\nok`]),
  bad('bare LF at the end of the head', [`${OK}content-length: 2\r\n\nok`]),
  bad('bare LF everywhere', ['HTTP/1.1 200 OK\ncontent-length: 2\n\nok']),
  bad('a bare CR in a value', [`${OK}x: a\rb\r\n${SIZED}`]),
  {
    ...bad('NUL in the reason', [`HTTP/1.1 200 O\0K\r\n${SIZED}`]),
    undici: [ok('ok'), 'llhttp does not check the reason'],
  },
  bad('NUL in a value', [`${OK}x: a\0b\r\n${SIZED}`]),
  bad('DEL in a value', [`${OK}x: a\x7fb\r\n${SIZED}`]),
  bad('white space before a colon', [`${OK}content-length : 2\r\n\r\nok`]),
  bad('no colon', [`${OK}content-length 2\r\n\r\nok`]),
  bad('no name', [`${OK}: a\r\n${SIZED}`]),
  bad('bytes above 127 in a name', [`${OK}x\xe4: a\r\n${SIZED}`]),
  bad('two digits of status', [`HTTP/1.1 20 OK\r\n${SIZED}`]),
  bad('four digits of status', [`HTTP/1.1 2000 OK\r\n${SIZED}`]),
  bad('a status below 100', [`HTTP/1.1 099 OK\r\n${SIZED}`]),
  bad('HTTP/1.2', [`HTTP/1.2 200 OK\r\n${SIZED}`]),
  bad('http in lower case', [`http/1.1 200 OK\r\n${SIZED}`]),
  {
    ...bad('HTTP/2.0', [`HTTP/2.0 200 OK\r\n${SIZED}`]),
    undici: [ok('ok'), 'llhttp reads HTTP/2.0 status lines'],
  },
  bad('another protocol', ['SSH-2.0-OpenSSH_9.9\r\n']),
  bad('TLS', ['\x15\x03\x01\x00\x02\x02\x46']),
  bad('HTTP/2 frames', ['\0\0\x12\x04\0\0\0\0\0']),
  bad('garbage byte by byte', ['h', 'e', 'l', 'l', 'o']),
]

const STATUSES: readonly Case[] = [
  good('204', ['HTTP/1.1 204 No Content\r\n\r\n'], '', 204),
  good('204 with Content-Length 0', ['HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n'], '', 204),
  good('204 with a length but no content', ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n'], '', 204),
  {
    ...bad('204 with content', ['HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello']),
    undici: [ok('', 204), 'undici closes without looking at what follows'],
  },
  good('205 until the close', ['HTTP/1.1 205 Reset Content\r\n\r\n', END], '', 205),
  {
    name: '304',
    answer: ['HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n'],
    outcome: { kind: httpStatus, code: 304, status: 304, body: '' },
  },
  {
    name: '404',
    answer: [`HTTP/1.1 404 Not Found\r\n${SIZED}`],
    outcome: { kind: httpStatus, code: 404, status: 404, body: 'ok' },
  },
  {
    name: '503',
    answer: [`HTTP/1.1 503 Busy\r\n${SIZED}`],
    outcome: { kind: httpStatus, code: 503, status: 503, body: 'ok' },
  },
  {
    name: '999',
    answer: [`HTTP/1.1 999 Odd\r\n${SIZED}`],
    outcome: { kind: httpStatus, code: 999, status: 999, body: 'ok' },
  },
  { ...good('HEAD with a length', [`${OK}content-length: 5\r\n\r\n`], ''), head: true },
  { ...good('HEAD with chunked', [CHUNKED], ''), head: true },
  {
    ...good('HEAD with more than may be received', [`${OK}content-length: 9000000\r\n\r\n`], ''),
    head: true,
  },
  good('102 before the answer', [`HTTP/1.1 102 Processing\r\n\r\n${OK}${SIZED}`]),
  good('several 103 in pieces', [
    'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n',
    `HTTP/1.1 103 Early Hints\r\nlink: b\r\n\r\n${OK}`,
    SIZED,
  ]),
  good('a length on an interim answer', [
    `HTTP/1.1 103 Early Hints\r\ncontent-length: 5\r\n\r\n${OK}${SIZED}`,
  ]),
  {
    ...good('100 that nobody expected', [`HTTP/1.1 100 Continue\r\n\r\n${OK}${SIZED}`]),
    undici: [
      failed(protocol),
      'undici refuses a 100 that it did not ask for; RFC 9110 §15.2 says to discard it',
    ],
  },
  bad('101', ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n']),
]

const CLOSES: readonly Case[] = [
  good('until the close', [`${OK}\r\nok`, END]),
  good('until the close, announced', [`${OK}connection: close\r\n\r\nok`, END]),
  good('until the close, nothing', [`${OK}\r\n`, END], ''),
  good('Connection: close with a length', [`${OK}connection: close\r\n${SIZED}`, END]),
  good('close in a list of options', [`${OK}connection: foo , Close\r\n${SIZED}`, END]),
  bad('a close without an answer', [END], closed),
  bad('a close within the head', [`${OK}content-le`, END], closed),
  bad('a reset without an answer', [RESET], reset),
  bad('a reset within the head', [`${OK}content-le`, RESET], reset),
  bad('a reset within a body', [`${OK}content-length: 5\r\n\r\nok`, RESET], reset),
  bad('a reset instead of the close', [`${OK}\r\nok`, RESET], reset),
]

const LARGE: readonly Case[] = [
  good(
    'as large as allowed',
    [`${OK}content-length: ${LIMIT}\r\n\r\n${'a'.repeat(LIMIT)}`],
    'a'.repeat(LIMIT),
  ),
  bad('announced to be too large', [`${OK}content-length: ${LIMIT + 1}\r\n\r\nok`], tooLarge),
  bad('too large in chunks', [`${CHUNKED}f4240\r\n${'a'.repeat(LIMIT)}\r\n1\r\n`, 'a'], tooLarge),
  bad('too large until the close', [`${OK}\r\n${'a'.repeat(LIMIT + 1)}`, END], tooLarge),
]

describe.each(ENGINES)('%s', (engine) => {
  describe.each([
    ['lengths', LENGTHS],
    ['chunks', CHUNKS],
    ['heads', HEADS],
    ['statuses', STATUSES],
    ['closes', CLOSES],
    ['large answers', LARGE],
  ] as const)('%s', (_group, cases) => {
    it.each([...cases])('$name', async (conformance) => {
      const { first, second, violations } = await answerTwice(engine, conformance)
      const outcome =
        engine === 'http1-undici' ? (conformance.undici?.[0] ?? conformance.outcome) : conformance.outcome
      expectOutcome(first, outcome)
      expectOutcome(second, outcome)
      expect(violations).toEqual([])
    })
  })
})

describe.each(ENGINES)('%s, cut and split at every byte', (engine) => {
  const answers: readonly [string, string, string][] = [
    ['a length', `HTTP/1.1 103 Early Hints\r\n\r\n${OK}content-length: 5\r\n\r\nhello`, 'hello'],
    ['chunks', `${CHUNKED}3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\na: b\r\n\r\n`, 'hello'],
  ]

  it.each(answers)('%s: the same answer wherever it is split', async (_name, answer, body) => {
    await using trial = await Trial.start(engine)
    for (let at = 1; at < answer.length; at++) {
      const recorded = await trial.answer([answer.slice(0, at), answer.slice(at)])
      expectOutcome(recorded, ok(body))
    }
    expect(trial.server.connections).toBe(1)
    trial.verify()
  })

  it.each(answers)('%s: byte by byte', async (_name, answer, body) => {
    await using trial = await Trial.start(engine)
    expectOutcome(await trial.answer(answer.split('')), ok(body))
    trial.verify()
  })

  it.each(answers)('%s: reset at every byte', async (_name, answer) => {
    await using trial = await Trial.start(engine)
    for (let at = 0; at < answer.length; at++) {
      const recorded = await trial.answer([answer.slice(0, at), RESET])
      expectOutcome(recorded, failed(reset))
    }
    trial.verify()
  })

  it.each(answers)('%s: closed at every byte', async (_name, answer) => {
    await using trial = await Trial.start(engine)
    for (let at = 0; at < answer.length; at++) {
      const recorded = await trial.answer([answer.slice(0, at), END])
      expectOutcome(recorded, failed(closed))
    }
    trial.verify()
  })
})

describe('random valid answers', () => {
  const agent = new Agent({ keepAlive: true })
  afterAll(() => agent.destroy())

  it.each([1, 2, 3])('raw, undici and node:http agree (seed %i)', async (seed) => {
    const random = new Random([seed, 2, 3, 4])
    await using raw = await Trial.start('http1-raw')
    await using undici = await Trial.start('http1-undici')
    await using node = await Trial.start('http1-raw')
    for (let round = 0; round < 60; round++) {
      const { pieces, outcome } = randomAnswer(random)
      expectOutcome(await raw.answer(pieces), outcome)
      expectOutcome(await undici.answer(pieces), outcome)
      node.script(pieces)
      expect(await askNode(agent, node.server.port)).toEqual({ status: outcome.status, body: outcome.body })
    }
    raw.verify()
    undici.verify()
  })
})

describe.each(ENGINES)('%s with damaged answers', (engine) => {
  it.each([1, 2])('settles every exchange once, whatever comes (seed %i)', async (seed) => {
    const random = new Random([seed, 9, 9, 9])
    await using trial = await Trial.start(engine)
    for (let round = 0; round < 150; round++) {
      const answer = randomAnswer(random)
        .pieces.filter((piece) => typeof piece === 'string')
        .join('')
      await trial.answer([...split(damage(answer, random), random), END])
    }
    expect(trial.exchange.settled).toBe(150)
    trial.verify()
  })
})

/** A session of one connection against a server that plays one list of steps per request. */
class Trial {
  readonly server: ScriptServer
  readonly exchange = new RecordingExchange(1)
  readonly #steps: { list: readonly Step[] }
  #session: Awaited<ReturnType<typeof createHttpSession>> | undefined

  private constructor(server: ScriptServer, steps: { list: readonly Step[] }) {
    this.server = server
    this.#steps = steps
  }

  static async start(engine: HttpEngine): Promise<Trial> {
    const steps: { list: readonly Step[] } = { list: [] }
    const server = await ScriptServer.start(async (peer) => {
      while ((await peer.request()) !== null) await play(peer, steps.list)
    })
    const trial = new Trial(server, steps)
    trial.#session = await createHttpSession(
      sessionContext(trial.exchange, [GET, HEAD], { maxResponseBytes: LIMIT }),
      {
        url: `http://127.0.0.1:${server.port}`,
        engine,
      },
    )
    await trial.#session.connect()
    return trial
  }

  script(steps: readonly Step[]): void {
    this.#steps.list = steps
  }

  async answer(steps: readonly Step[], prepared: Prepared = GET): Promise<RecordedExchange> {
    this.script(steps)
    if (this.#session === undefined) throw new Error('not started')
    const recorded = await ask(this.#session, this.exchange, prepared)
    // What the server still does to the connection must not hit the next request.
    await turn()
    return recorded
  }

  verify(): void {
    expect(this.exchange.violations).toEqual([])
    expect(this.server.errors).toEqual([])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}

async function answerTwice(
  engine: HttpEngine,
  { answer, head }: Case,
): Promise<{ first: RecordedExchange; second: RecordedExchange; violations: readonly string[] }> {
  await using trial = await Trial.start(engine)
  const prepared = head === true ? HEAD : GET
  const first = await trial.answer(answer, prepared)
  // Late bytes and closes belong to the first exchange.
  await turn()
  const second = await trial.answer(answer, prepared)
  expect(trial.server.errors).toEqual([])
  return { first, second, violations: trial.exchange.violations }
}

function expectOutcome(recorded: RecordedExchange, outcome: Outcome): void {
  const body = Buffer.concat(recorded.messages).toString('latin1')
  const { kind, code, status } = recorded
  expect({
    kind,
    ...(outcome.code === undefined ? {} : { code }),
    ...(outcome.status === undefined ? {} : { status }),
    ...(outcome.body === undefined ? {} : { body }),
  }).toEqual(outcome)
  if (kind === none) expect(recorded.bytesIn).toBe(body.length)
}

async function play(peer: ScriptPeer, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step === END) await peer.end()
    else if (step === RESET) await peer.reset()
    else await peer.write(step)
  }
}

function randomAnswer(random: Random): {
  pieces: readonly Step[]
  outcome: Outcome & { readonly status: number; readonly body: string }
} {
  const pick = <T>(values: readonly T[]): T => values.at(below(random, values.length)) as T
  const status = pick([200, 200, 200, 201, 203, 226, 299])
  const body = Array.from({ length: below(random, 4) * below(random, 300) }, () =>
    String.fromCharCode(below(random, 256)),
  ).join('')
  const filler = Array.from(
    { length: below(random, 6) },
    (_, index) => `X-${index}:${' '.repeat(below(random, 3))}${'v'.repeat(below(random, 80))}\r\n`,
  )
  const named = (name: string): string =>
    name
      .split('')
      .map((letter) => (below(random, 2) === 0 ? letter.toUpperCase() : letter))
      .join('')
  const interim = Array.from(
    { length: below(random, 3) },
    () => `HTTP/1.1 ${pick([102, 103])} Wait\r\n${pick(['', 'link: </a>\r\n'])}\r\n`,
  ).join('')
  const version = pick(['1.1', '1.1', '1.0'])
  const framing =
    version === '1.0' ? pick(['length', 'close']) : pick(['length', 'chunks', 'chunks', 'close'])
  let text = `${interim}HTTP/${version} ${status}${pick([' OK', ' ', '', ' Some words'])}\r\n${filler.slice(0, 3).join('')}`
  if (framing === 'length') text += `${named('content-length')}: ${body.length}\r\n`
  if (framing === 'chunks') text += `${named('transfer-encoding')}: ${named('chunked')}\r\n`
  if (framing === 'close' && below(random, 2) === 0) text += `${named('connection')}: ${named('close')}\r\n`
  text += `${filler.slice(3).join('')}\r\n`
  if (framing === 'chunks') {
    for (let at = 0; at < body.length;) {
      const chunk = body.slice(at, at + 1 + below(random, 200))
      text += `${named(chunk.length.toString(16))}${pick(['', '', ';a', ';a=b'])}\r\n${chunk}\r\n`
      at += chunk.length
    }
    text += `0\r\n${pick(['', 'x-trailer: a\r\n', 'a: b\r\nc: d\r\n'])}\r\n`
  } else {
    text += body
  }
  return {
    pieces: [...split(text, random), ...(framing === 'close' ? [END] : [])] as readonly Step[],
    outcome: { kind: none, status, body },
  }
}

function damage(text: string, random: Random): string {
  let damaged = text
  for (let count = 1 + below(random, 3); count > 0; count--) {
    const at = below(random, damaged.length + 1)
    const length = below(random, 12)
    switch (below(random, 5)) {
      case 0:
        damaged = damaged.slice(0, at) + String.fromCharCode(below(random, 256)) + damaged.slice(at + 1)
        break
      case 1:
        damaged = damaged.slice(0, at) + damaged.slice(at + length)
        break
      case 2:
        damaged = damaged.slice(0, at) + damaged.slice(at, at + length).repeat(2) + damaged.slice(at + length)
        break
      case 3:
        damaged =
          damaged.slice(0, at) +
          String.fromCharCode(...Array.from({ length }, () => below(random, 256))) +
          damaged.slice(at)
        break
      default:
        damaged = damaged.slice(0, at)
    }
  }
  return damaged
}

function split(text: string, random: Random): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length;) {
    const length = below(random, 3) === 0 ? text.length : 1 + below(random, 60)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound)
}

function askNode(agent: Agent, port: number): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = nodeRequest({ host: '127.0.0.1', port, agent }, (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode, body }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end()
  })
}
