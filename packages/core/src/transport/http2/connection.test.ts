import { describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import type { PatchPoint } from '../../engine/session.ts'
import {
  SETTINGS_ACK,
  block,
  dataFrame,
  frame,
  framesIn,
  goawayFrame,
  headersFrame,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from '../../testing/http2-frames.ts'
import type { WireFrame } from '../../testing/http2-frames.ts'
import { patchOf } from '../../testing/prepare.ts'
import { DEFAULT_LIMITS, Http2Connection } from './connection.ts'
import type { ConnectionLimits, ConnectionOwner, ConnectionSink } from './connection.ts'
import type { FieldBlock } from './field-block.ts'
import { ErrorCode, Flag, FrameType, MAX_WINDOW } from './frame.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { encodeString } from './hpack-encoder.ts'
import { Message, RequestTemplate } from './message.ts'
import { Written } from './outbox.ts'
import { RequestHeaders } from './request-headers.ts'
import { Setting } from './settings.ts'
import type { Field } from './static-table.ts'
import { Http2Stream } from './stream.ts'

const { endStream, endHeaders, none } = Flag
const OK = [[':status', '200']] as const
const TRAILERS = [['done', 'yes']] as const
const HEADERS = new RequestHeaders([{ name: ':method', value: 'POST' }], false)

const READ_BUFFER = Buffer.alloc(300_000)

/** A connection with both its neighbours: the socket below and the session above. */
class Bench implements ConnectionSink, ConnectionOwner<string> {
  readonly log: string[] = []
  readonly connection: Http2Connection<string>
  written: Buffer = Buffer.alloc(0)
  writes = 0
  interpreted = 0
  answer: Written = Written.done
  onEvent: ((event: string) => void) | undefined

  constructor(limits: Partial<ConnectionLimits> = {}, ...settings: (readonly [number, number])[]) {
    this.connection = new Http2Connection(this, { ...DEFAULT_LIMITS, ...limits }, this)
    this.connection.begin()
    this.feed(settingsFrame(...settings))
    this.reset()
  }

  reset(): void {
    this.log.length = 0
    this.written = Buffer.alloc(0)
    this.writes = 0
  }

  /** What this side has sent since the last look. */
  sent(): WireFrame[] {
    const frames = framesIn(this.written)
    this.written = Buffer.alloc(0)
    return frames
  }

  /** Delivers frames in one read, into memory that the next read uses again. */
  feed(...frames: Buffer[]): void {
    const bytes = Buffer.concat(frames)
    bytes.copy(READ_BUFFER, 7)
    this.connection.receive(READ_BUFFER, 7, 7 + bytes.length)
    READ_BUFFER.fill(0xee)
  }

  open(message: Message | undefined = textMessage('hi', true)): TestStream {
    const stream = new TestStream(this)
    this.connection.start(stream, new RequestTemplate(HEADERS, message), patchOf(1))
    return stream
  }

  note(event: string): void {
    this.log.push(event)
    this.onEvent?.(event)
  }

  write(chunks: readonly Uint8Array[]): Written {
    this.writes += 1
    this.written = Buffer.concat([this.written, ...chunks])
    return this.answer
  }
  end(): void {
    this.note('end')
  }
  interpret(fields: readonly Field[]): string {
    this.interpreted += 1
    return fields.map(({ name, value }) => `${name}=${value}`).join(' ')
  }
  onReady(): void {
    this.note('ready')
  }
  onCapacity(): void {
    this.note('capacity')
  }
  onRetiring(): void {
    this.note('retiring')
  }
  onClosed(_connection: unknown, kind: FailureKind, byPeer: boolean): void {
    this.note(`closed ${kind}${byPeer ? ' by peer' : ''}`)
  }
  onFlowControl(_connection: unknown, blocked: boolean): void {
    this.note(blocked ? 'blocked' : 'unblocked')
  }
}

class TestStream extends Http2Stream<string> {
  readonly #bench: Bench
  name = ''

  constructor(bench: Bench) {
    super()
    this.#bench = bench
  }
  #note(event: string): void {
    this.#bench.note(`${this.name} ${event}`)
  }
  override onStarted(): void {
    this.name = `#${this.id}`
  }
  override onReleased(): void {}
  override onSent(): void {
    this.#note('sent')
  }
  override onHeaders(block: FieldBlock<string>): void {
    this.#note(`headers ${block.meaning}`)
  }
  override onData(buffer: Buffer, start: number, end: number): void {
    this.#note(`data ${end - start > 20 ? end - start : buffer.toString('latin1', start, end)}`)
  }
  override onTrailers(block: FieldBlock<string>): void {
    this.#note(`trailers ${block.meaning}`)
  }
  override onEnd(): void {
    this.#note('end')
  }
  override onAborted(kind: FailureKind, code: number): void {
    this.#note(`aborted ${kind} ${code}`)
  }
}

function textMessage(body: string | Buffer, ends: boolean, patches: readonly PatchPoint[] = []): Message {
  return new Message({ bytes: Buffer.from(body), patches }, ends)
}

const sizes = (frames: readonly WireFrame[]): number[] =>
  frames.filter(({ type }) => type === FrameType.data).map(({ payload }) => payload.length)
const types = (frames: readonly WireFrame[]): number[] => frames.map(({ type }) => type)
const codeOf = (frames: readonly WireFrame[]): number | undefined =>
  frames.find(({ type }) => type === FrameType.goaway)?.payload.readUInt32BE(4)

describe('start of a connection', () => {
  it('sends preface, settings and a large window, and is usable after the settings of the peer', () => {
    const bench = new Bench()
    const fresh = new Http2Connection(bench, { ...DEFAULT_LIMITS, streams: 7 }, bench)
    fresh.begin()
    expect(bench.written.toString('latin1', 0, 24)).toBe('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const [settings, update, ...rest] = bench.sent()
    expect(settings?.payload.toString('hex')).toBe(
      ['000100000000', '000200000000', '00043fffffff', '000600010000'].join(''),
    )
    expect(update).toMatchObject({
      type: FrameType.windowUpdate,
      id: 0,
      payload: uint32(MAX_WINDOW - 65_535),
    })
    expect(rest).toEqual([])
    expect(fresh.capacity).toBe(0)

    const frames = settingsFrame([Setting.maxConcurrentStreams, 3])
    fresh.receive(frames, 0, frames.length)
    expect(bench.log).toEqual(['ready'])
    expect(fresh.capacity).toBe(3)
    expect(bench.sent()).toMatchObject([
      { type: FrameType.settings, flags: Flag.ack, payload: Buffer.alloc(0) },
    ])
  })

  it('uses no more streams than it was told to', () => {
    expect(new Bench({ streams: 5 }).connection.capacity).toBe(5)
    expect(new Bench({ streams: 5 }, [Setting.maxConcurrentStreams, 0]).connection.capacity).toBe(0)
  })
})

describe('requests', () => {
  it('have ascending odd ids and leave in one write', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    expect(bench.writes).toBe(2)
    expect(bench.sent()).toMatchObject([
      { type: FrameType.headers, flags: endHeaders, id: 1, payload: block([[':method', 'POST']]) },
      { type: FrameType.data, flags: endStream, id: 1, payload: Buffer.from('hi') },
      { type: FrameType.headers, flags: endHeaders, id: 3 },
      { type: FrameType.data, flags: endStream, id: 3 },
    ])
    expect(bench.log).toEqual(['#1 sent', '#3 sent'])
    expect(bench.connection.active).toBe(2)
  })

  it('without a body end with their headers', () => {
    const bench = new Bench()
    const stream = new TestStream(bench)
    const headers = new RequestHeaders([{ name: ':method', value: 'GET' }], true)
    bench.connection.start(stream, new RequestTemplate(headers, undefined), patchOf(1))
    expect(bench.sent()).toMatchObject([{ type: FrameType.headers, flags: endHeaders | endStream, id: 1 }])
    expect(bench.log).toEqual(['#1 sent'])
  })

  it('with more headers than a frame holds continue them', () => {
    const bench = new Bench()
    const value = '\u0001'.repeat(40_000)
    const headers = new RequestHeaders([{ name: 'large', value }], false)
    bench.connection.start(
      new TestStream(bench),
      new RequestTemplate(headers, textMessage('x', true)),
      patchOf(1),
    )
    const frames = bench.sent()
    expect(frames.map(({ type, flags, id }) => [type, flags, id])).toEqual([
      [FrameType.headers, none, 1],
      [FrameType.continuation, none, 1],
      [FrameType.continuation, endHeaders, 1],
      [FrameType.data, endStream, 1],
    ])
    const whole = Buffer.concat(frames.slice(0, 3).map(({ payload }) => payload))
    // The fields do not fit into the header table of the peer.
    expect(whole).toEqual(block([['large', value]]))
  })

  it('carry their patch points, however large they are', () => {
    const points: PatchPoint[] = [{ offset: 2, length: 4, field: 'unit', encoding: 'decimal' }]
    for (const size of [10, 30_000]) {
      const bench = new Bench()
      const stream = new TestStream(bench)
      const message = textMessage(Buffer.alloc(size, '.'), true, points)
      bench.connection.start(stream, new RequestTemplate(HEADERS, message), patchOf(4711))
      const body = Buffer.concat(
        bench
          .sent()
          .slice(1)
          .map(({ payload }) => payload),
      )
      expect(body).toHaveLength(size)
      expect(body.toString('latin1', 0, 8)).toBe('..4711..')
      expect(message.bytes.toString('latin1', 0, 8)).toBe('........')
    }
  })

  it('that begin while a read is handled leave together, after it', () => {
    const bench = new Bench()
    for (let index = 0; index < 10; index++) bench.open()
    bench.reset()
    bench.onEvent = (event) => {
      if (event.endsWith('done=yes')) bench.open()
    }
    const answer = (id: number): Buffer[] => [
      headersFrame(id, OK),
      headersFrame(id, TRAILERS, endHeaders | endStream),
    ]
    bench.feed(...Array.from({ length: 10 }, (_, index) => answer(index * 2 + 1)).flat())
    expect(bench.writes).toBe(1)
    expect(bench.sent().filter(({ type }) => type === FrameType.headers)).toHaveLength(10)
    expect(bench.log.filter((event) => event.endsWith('sent'))).toHaveLength(10)
  })

  it('are reported as sent when the operating system has them', () => {
    const bench = new Bench()
    bench.answer = Written.later
    bench.open()
    bench.open()
    expect(bench.log).toEqual([])
    expect(bench.writes).toBe(1)
    bench.answer = Written.done
    bench.connection.drained()
    expect(bench.log).toEqual(['#1 sent', '#3 sent'])
    expect(bench.writes).toBe(2)
  })

  it('that the operating system has taken are reported although their memory is still in use', () => {
    const bench = new Bench()
    bench.answer = Written.handedOver
    bench.open()
    bench.open()
    expect(bench.log).toEqual(['#1 sent'])
    bench.connection.drained()
    expect(bench.log).toEqual(['#1 sent', '#3 sent'])
  })

  it('started while others are reported as sent leave, too', () => {
    const bench = new Bench()
    bench.onEvent = (event) => {
      if (event === '#1 sent') bench.open()
    }
    bench.open()
    expect(bench.log).toEqual(['#1 sent', '#3 sent'])
    expect(bench.writes).toBe(2)
  })
})

describe('the header table of the peer', () => {
  const fields = [
    { name: ':method', value: 'POST' },
    { name: 'key', value: 'value' },
    { name: 'authorization', value: 'secret' },
  ]
  const one = new RequestHeaders(fields, false)
  const other = new RequestHeaders([...fields, { name: 'more', value: 'x' }], false)

  /** Starts a request and returns its header block and, as the peer understands it, its fields. */
  function start(
    bench: Bench,
    headers: RequestHeaders,
    body = 'hi',
    decoder?: HpackDecoder,
  ): [string, number | undefined] {
    bench.sent()
    bench.connection.start(
      new TestStream(bench),
      new RequestTemplate(headers, textMessage(body, true)),
      patchOf(1),
    )
    const [frame_] = bench.sent() as [WireFrame]
    const decoded = decoder?.decode(frame_.payload, 0, frame_.payload.length, 1000)
    return [frame_.payload.toString('hex'), decoded?.length]
  }

  it('is taught the header of the first request, and referred to then', () => {
    const bench = new Bench()
    const decoder = new HpackDecoder()
    const { teaching, taught, plain } = blocks(one)
    expect(start(bench, one, 'hi', decoder)).toEqual([teaching, 3])
    expect(start(bench, one, 'hi', decoder)).toEqual([taught, 3])
    expect(start(bench, one, 'x'.repeat(60_000), decoder)).toEqual([taught, 3])
    expect(start(bench, other, 'hi', decoder)).toEqual([blocks(other).plain, 4])
    expect(start(bench, one, 'x'.repeat(60_000), decoder)).toEqual([taught, 3])
    expect(taught.length).toBeLessThan(plain.length)
  })

  it('is left alone when the header does not fit', () => {
    const bench = new Bench()
    const large = new RequestHeaders([{ name: 'large', value: 'x'.repeat(4096) }], false)
    expect(start(bench, large)[0]).toBe(blocks(large).plain)
    expect(start(bench, large)[0]).toBe(blocks(large).plain)
  })

  it('is given up when the peer wants a smaller one from the beginning', () => {
    const bench = new Bench({}, [Setting.headerTableSize, 0])
    const { plain } = blocks(one)
    expect(start(bench, one)[0]).toBe(`20${plain}`)
    expect(start(bench, one)[0]).toBe(plain)
    bench.feed(settingsFrame([Setting.headerTableSize, 4096]), settingsFrame([Setting.headerTableSize, 100]))
    expect(start(bench, one)[0]).toBe(plain)
  })

  it('is given up when the peer wants a smaller one later', () => {
    const bench = new Bench({}, [Setting.headerTableSize, 65_536])
    const decoder = new HpackDecoder()
    const { teaching, taught, plain } = blocks(one)
    expect(start(bench, one, 'hi', decoder)[0]).toBe(teaching)
    expect(start(bench, one, 'hi', decoder)[0]).toBe(taught)
    bench.feed(settingsFrame([Setting.headerTableSize, 4095]))
    decoder.setLimit(4095)
    expect(start(bench, one, 'hi', decoder)).toEqual([`20${plain}`, 3])
    expect(start(bench, one, 'hi', decoder)).toEqual([plain, 3])
  })

  function blocks(headers: RequestHeaders): { teaching: string; taught: string; plain: string } {
    const hex = ({ bytes }: { readonly bytes: Buffer }): string => bytes.subarray(9).toString('hex')
    return { teaching: hex(headers.teaching), taught: hex(headers.taught), plain: hex(headers.plain) }
  }
})

describe('answers', () => {
  it('consist of header, content and trailers', () => {
    const bench = new Bench()
    bench.open()
    bench.reset()
    bench.feed(headersFrame(1, OK), dataFrame(1, 'ab'), dataFrame(1, ''), dataFrame(1, 'c'))
    bench.feed(headersFrame(1, TRAILERS, endHeaders | endStream))
    expect(bench.log).toEqual(['#1 headers :status=200', '#1 data ab', '#1 data c', '#1 trailers done=yes'])
    expect(bench.connection.active).toBe(0)
    expect(bench.sent()).toEqual([])
  })

  it('may have no trailers, or nothing but a header', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(headersFrame(1, OK), dataFrame(1, 'x', endStream))
    bench.feed(headersFrame(3, OK), dataFrame(3, '', endStream))
    bench.feed(headersFrame(5, [[':status', '503']], endHeaders | endStream))
    expect(bench.log).toEqual([
      '#1 headers :status=200',
      '#1 data x',
      '#1 end',
      '#3 headers :status=200',
      '#3 end',
      '#5 trailers :status=503',
    ])
  })

  it('may be interleaved', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(
      headersFrame(3, OK),
      headersFrame(1, OK),
      dataFrame(1, 'a'),
      dataFrame(3, 'b'),
      dataFrame(1, 'c', endStream),
    )
    bench.feed(dataFrame(3, 'd', endStream))
    expect(bench.log).toEqual([
      '#3 headers :status=200',
      '#1 headers :status=200',
      '#1 data a',
      '#3 data b',
      '#1 data c',
      '#1 end',
      '#3 data d',
      '#3 end',
    ])
  })

  it('may be preceded by interim ones', () => {
    const bench = new Bench()
    bench.open()
    bench.reset()
    bench.feed(
      headersFrame(1, [[':status', '100']]),
      headersFrame(1, [[':status', '103']]),
      headersFrame(1, OK),
    )
    expect(bench.log).toEqual(['#1 headers :status=200'])
  })

  it('that come before the request is complete end it', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 10])
    bench.open(textMessage(Buffer.alloc(100), true))
    bench.reset()
    bench.feed(headersFrame(1, OK), headersFrame(1, TRAILERS, endHeaders | endStream))
    expect(bench.log).toEqual(['#1 headers :status=200', 'unblocked', '#1 trailers done=yes'])
    expect(bench.sent()).toMatchObject([{ type: FrameType.rstStream, payload: uint32(ErrorCode.cancel) }])
    bench.feed(resetFrame(1, ErrorCode.noError), windowUpdateFrame(1, 100))
    expect(bench.log).toHaveLength(3)
  })

  it('are decoded once, when their bytes come again', () => {
    const bench = new Bench()
    bench.feed(SETTINGS_ACK)
    for (let id = 1; id < 40; id += 2) {
      bench.open()
      bench.feed(headersFrame(id, OK), headersFrame(id, TRAILERS, endHeaders | endStream))
    }
    expect(bench.interpreted).toBe(2)
  })

  it('are told apart when they differ in a single byte', () => {
    const bench = new Bench()
    bench.feed(SETTINGS_ACK)
    for (let id = 1; id < 40; id += 2) {
      bench.open()
      bench.feed(
        headersFrame(
          id,
          [
            [':status', '200'],
            ['n', String.fromCharCode(64 + id)],
          ],
          endHeaders | endStream,
        ),
      )
      expect(bench.log.at(-1)).toBe(`#${id} trailers :status=200 n=${String.fromCharCode(64 + id)}`)
    }
  })

  it('are decoded anew while the peer may use a header table', () => {
    const bench = new Bench()
    // 'x: a' enters the table as entry 62, then 'x: b' does: the same block means something else.
    const literal = (value: string): Buffer =>
      Buffer.concat([Buffer.from([0x88, 0x40]), encodeString('x'), encodeString(value)])
    for (let index = 0; index < 4; index++) bench.open()
    bench.reset()
    bench.feed(frame(FrameType.headers, endHeaders, 1, literal('a')))
    bench.feed(frame(FrameType.headers, endHeaders | endStream, 3, Buffer.from([0x88, 0xbe])))
    bench.feed(frame(FrameType.headers, endHeaders | endStream, 5, literal('b')))
    bench.feed(frame(FrameType.headers, endHeaders | endStream, 7, Buffer.from([0x88, 0xbe])))
    expect(bench.log).toEqual([
      '#1 headers :status=200 x=a',
      '#3 trailers :status=200 x=a',
      '#5 trailers :status=200 x=b',
      '#7 trailers :status=200 x=b',
    ])
    // With the acknowledged size of 0 the table must go, and is announced to.
    bench.feed(SETTINGS_ACK)
    bench.open()
    bench.feed(frame(FrameType.headers, endHeaders | endStream, 9, Buffer.from([0x20, 0x88])))
    expect(bench.log.at(-1)).toBe('#9 trailers :status=200')
    bench.open()
    bench.feed(frame(FrameType.headers, endHeaders | endStream, 11, Buffer.from([0x88, 0xbe])))
    expect(bench.connection.error?.code).toBe(ErrorCode.compressionError)
  })

  it('with more fields than accepted fail alone', () => {
    const bench = new Bench({ maxHeaderListSize: 200 })
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(
      headersFrame(1, [
        [':status', '200'],
        ['large', 'x'.repeat(200)],
      ]),
      headersFrame(3, OK),
    )
    expect(bench.log).toEqual([`#1 aborted ${FailureKind.tooLarge} 0`, '#3 headers :status=200'])
    expect(bench.sent()).toMatchObject([
      { type: FrameType.rstStream, payload: uint32(ErrorCode.enhanceYourCalm) },
    ])
  })

  it.each([
    ['no status', [['a', 'b']]],
    ['a status of two digits', [[':status', '99']]],
    ['a status that is no number', [[':status', 'abc']]],
    [
      'a second status',
      [
        [':status', '200'],
        [':status', '200'],
      ],
    ],
    [
      'a status after other fields',
      [
        ['a', 'b'],
        [':status', '200'],
      ],
    ],
    [
      'an unknown pseudo field',
      [
        [':status', '200'],
        [':path', '/'],
      ],
    ],
    [
      'an upper-case name',
      [
        [':status', '200'],
        ['Server', 'x'],
      ],
    ],
    [
      'an empty name',
      [
        [':status', '200'],
        ['', 'x'],
      ],
    ],
    [
      'a line break in a value',
      [
        [':status', '200'],
        ['a', 'b\r\nc'],
      ],
    ],
    [
      'a zero in a value',
      [
        [':status', '200'],
        ['a', 'b\0c'],
      ],
    ],
    [
      'a field of HTTP/1.1',
      [
        [':status', '200'],
        ['transfer-encoding', 'chunked'],
      ],
    ],
    ['the status 101', [[':status', '101']]],
  ] as const)('with %s fail alone', (_, fields) => {
    const bench = new Bench()
    bench.open()
    bench.reset()
    bench.feed(headersFrame(1, fields))
    expect(bench.log).toEqual([`#1 aborted ${FailureKind.protocol} 0`])
    expect(bench.sent()).toMatchObject([
      { type: FrameType.rstStream, payload: uint32(ErrorCode.protocolError) },
    ])
    expect(bench.connection.error).toBeUndefined()
  })

  it.each([
    ['content before the header', [dataFrame(1, 'x')]],
    ['trailers that do not end the stream', [headersFrame(1, OK), headersFrame(1, TRAILERS)]],
    ['a status in the trailers', [headersFrame(1, OK), headersFrame(1, OK, endHeaders | endStream)]],
    ['an interim header at the end', [headersFrame(1, [[':status', '100']], endHeaders | endStream)]],
    ['a window update of 0', [windowUpdateFrame(1, 0)]],
  ])('with %s fail alone', (_, frames) => {
    const bench = new Bench()
    bench.open()
    bench.feed(...frames)
    expect(bench.log.at(-1)).toBe(`#1 aborted ${FailureKind.protocol} 0`)
    expect(bench.connection.error).toBeUndefined()
    // What is still on its way for the stream is dropped.
    bench.feed(dataFrame(1, 'late'), headersFrame(1, TRAILERS, endHeaders | endStream), resetFrame(1, 0))
    expect(bench.connection.error).toBeUndefined()
    expect(bench.log.at(-1)).toBe(`#1 aborted ${FailureKind.protocol} 0`)
  })
})

describe('the windows of the peer', () => {
  const large = textMessage(Buffer.alloc(200_000, 'x'), true)

  it('are obeyed: first the default, then what it grants', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, MAX_WINDOW])
    bench.open(large)
    expect(sizes(bench.sent())).toEqual([16_384, 16_384, 16_384, 16_383])
    expect(bench.log).toEqual(['blocked'])
    bench.feed(windowUpdateFrame(0, 1))
    expect(sizes(bench.sent())).toEqual([1])
    bench.feed(windowUpdateFrame(0, 100_000))
    expect(sizes(bench.sent()).reduce((sum, size) => sum + size)).toBe(100_000)
    expect(bench.log).toEqual(['blocked'])
    bench.feed(windowUpdateFrame(0, MAX_WINDOW))
    const last = bench.sent()
    expect(last.at(-1)?.flags).toBe(endStream)
    expect(sizes(last).reduce((sum, size) => sum + size)).toBe(200_000 - 65_535 - 1 - 100_000)
    expect(bench.log).toEqual(['blocked', 'unblocked', '#1 sent'])
  })

  it('are used up by small messages, too', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, MAX_WINDOW])
    for (let index = 0; index < 7; index++) bench.open(textMessage(Buffer.alloc(10_000), true))
    const [last] = bench.sent().slice(-1) as [WireFrame]
    expect(last.payload).toHaveLength(5_535)
    expect(bench.log.slice(-2)).toEqual(['#11 sent', 'blocked'])
    bench.feed(windowUpdateFrame(0, 4_465))
    expect(bench.sent()).toMatchObject([{ type: FrameType.data, flags: endStream, id: 13 }])
  })

  it('are obeyed for each stream', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 1000])
    bench.open(large)
    bench.open(textMessage(Buffer.alloc(1001), true))
    bench.open(textMessage(Buffer.alloc(1000), true))
    expect(sizes(bench.sent())).toEqual([1000, 1000, 1000])
    expect(bench.log).toEqual(['blocked', '#5 sent'])
    bench.feed(windowUpdateFrame(3, 1))
    expect(bench.sent()).toMatchObject([{ type: FrameType.data, flags: endStream, id: 3 }])
    expect(bench.log).toEqual(['blocked', '#5 sent', '#3 sent'])
  })

  it('may be one byte wide', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 1])
    bench.open(textMessage('hello', true))
    for (let index = 0; index < 4; index++) bench.feed(windowUpdateFrame(1, 1))
    const body = bench.sent().filter(({ type }) => type === FrameType.data)
    expect(body.map(({ payload }) => payload.toString())).toEqual(['h', 'e', 'l', 'l', 'o'])
    expect(body.map(({ flags }) => flags)).toEqual([0, 0, 0, 0, endStream])
  })

  it('of 0 hold back everything but empty messages and ends', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 0])
    const stream = bench.open(textMessage('', false))
    expect(bench.sent().map(({ type, payload }) => [type, payload.length])).toEqual([
      [FrameType.headers, 1],
      [FrameType.data, 0],
    ])
    bench.connection.end(stream)
    expect(bench.sent()).toMatchObject([{ type: FrameType.data, flags: endStream }])
  })

  it('change for open streams, and may become negative', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 1000])
    bench.open(textMessage(Buffer.alloc(1500), true))
    bench.sent()
    bench.feed(settingsFrame([Setting.initialWindowSize, 100]))
    // The window is now −900: 900 give 0, one more gives 1.
    bench.feed(windowUpdateFrame(1, 900))
    expect(sizes(bench.sent())).toEqual([])
    bench.feed(windowUpdateFrame(1, 1))
    expect(sizes(bench.sent())).toEqual([1])
    bench.feed(settingsFrame([Setting.initialWindowSize, 400]))
    expect(sizes(bench.sent())).toEqual([300])
    bench.feed(settingsFrame([Setting.initialWindowSize, 100_000]))
    const frames = bench.sent()
    expect(sizes(frames)).toEqual([199])
    expect(frames.at(-1)?.flags).toBe(endStream)
  })

  it('hold for later messages of a stream, which keep their order and their patches', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 6])
    const points: PatchPoint[] = [{ offset: 0, length: 2, field: 'unit', encoding: 'decimal' }]
    const stream = bench.open(textMessage('first', false))
    bench.connection.send(stream, textMessage('..-two;', false, points), patchOf(22))
    bench.connection.send(stream, textMessage('..-three;', false, points), patchOf(33))
    bench.connection.end(stream)
    expect(bench.log).toEqual(['#1 sent', 'blocked'])
    bench.feed(windowUpdateFrame(1, 4))
    bench.feed(windowUpdateFrame(1, 100))
    const frames = bench.sent().filter(({ type }) => type === FrameType.data)
    expect(Buffer.concat(frames.map(({ payload }) => payload)).toString()).toBe('first22-two;33-three;')
    expect(frames.map(({ flags }) => flags).lastIndexOf(endStream)).toBe(frames.length - 1)
    expect(bench.log).toEqual(['#1 sent', 'blocked', 'unblocked'])
  })

  it('serve waiting streams in the order in which they began to wait', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, MAX_WINDOW])
    bench.open(textMessage(Buffer.alloc(65_535), true))
    bench.open(textMessage(Buffer.alloc(100), true))
    bench.open(textMessage(Buffer.alloc(50), true))
    bench.sent()
    bench.feed(windowUpdateFrame(0, 120))
    expect(bench.sent().map(({ id, payload }) => [id, payload.length])).toEqual([
      [3, 100],
      [5, 20],
    ])
  })

  it('leave no trace of a stream that was given up while it waited', () => {
    const bench = new Bench({}, [Setting.initialWindowSize, 10])
    const stream = bench.open(textMessage(Buffer.alloc(100), true))
    bench.connection.cancel(stream, ErrorCode.cancel)
    expect(bench.log).toEqual(['blocked', 'unblocked'])
    bench.sent()
    bench.feed(windowUpdateFrame(1, 100), windowUpdateFrame(0, 100))
    expect(bench.sent()).toEqual([])
  })

  it('are filled with frames as large as it accepts', () => {
    const bench = new Bench({}, [Setting.maxFrameSize, 40_000], [Setting.initialWindowSize, MAX_WINDOW])
    bench.open(large)
    expect(sizes(bench.sent())).toEqual([40_000, 25_535])
  })
})

describe('our windows', () => {
  it('are widened when half is used up', () => {
    const bench = new Bench({ streamWindow: 1000, connectionWindow: 70_000 })
    bench.open()
    bench.sent()
    bench.feed(headersFrame(1, OK), dataFrame(1, Buffer.alloc(499)))
    expect(bench.sent()).toEqual([])
    bench.feed(dataFrame(1, Buffer.alloc(1)))
    expect(bench.sent()).toMatchObject([{ type: FrameType.windowUpdate, id: 1, payload: uint32(500) }])
    for (let index = 0; index < 69; index++) bench.feed(dataFrame(1, Buffer.alloc(500)))
    const updates = bench.sent().filter(({ id }) => id === 0)
    expect(updates).toMatchObject([{ type: FrameType.windowUpdate, payload: uint32(35_000) }])
  })

  it('count padding', () => {
    const bench = new Bench({ streamWindow: 1000 })
    bench.open()
    bench.sent()
    const padded = Buffer.concat([Buffer.from([248]), Buffer.from('x'), Buffer.alloc(248)])
    bench.feed(
      headersFrame(1, OK),
      frame(FrameType.data, Flag.padded, 1, padded),
      frame(FrameType.data, Flag.padded, 1, padded),
    )
    expect(bench.sent()).toMatchObject([{ type: FrameType.windowUpdate, id: 1, payload: uint32(500) }])
  })

  it('start anew with each request', () => {
    const bench = new Bench({ streamWindow: 1000 })
    const stream = bench.open()
    bench.feed(headersFrame(1, OK), dataFrame(1, Buffer.alloc(400), endStream))
    bench.connection.start(stream, new RequestTemplate(HEADERS, textMessage('hi', true)), patchOf(1))
    bench.sent()
    bench.feed(headersFrame(3, OK), dataFrame(3, Buffer.alloc(499)))
    expect(bench.sent()).toEqual([])
  })

  it('of a stream fail that stream when they are exceeded', () => {
    const bench = new Bench({ streamWindow: 1000 })
    bench.open()
    bench.reset()
    bench.feed(headersFrame(1, OK), dataFrame(1, Buffer.alloc(1001)))
    expect(bench.log).toEqual(['#1 headers :status=200', `#1 aborted ${FailureKind.protocol} 0`])
    expect(bench.sent()).toMatchObject([
      { type: FrameType.rstStream, payload: uint32(ErrorCode.flowControlError) },
    ])
  })

  it('count what arrives for a stream that was given up', () => {
    const bench = new Bench({ connectionWindow: 65_535 })
    const stream = bench.open()
    bench.connection.cancel(stream, ErrorCode.cancel)
    bench.sent()
    bench.feed(dataFrame(1, Buffer.alloc(16_384)), dataFrame(1, Buffer.alloc(16_384)))
    expect(bench.sent()).toMatchObject([{ type: FrameType.windowUpdate, id: 0, payload: uint32(32_768) }])
  })
})

describe('control frames', () => {
  it('PING is answered with its payload, an answer is not', () => {
    const bench = new Bench()
    bench.feed(
      frame(FrameType.ping, none, 0, Buffer.from('12345678')),
      frame(FrameType.ping, Flag.ack, 0, Buffer.alloc(8)),
    )
    expect(bench.sent()).toMatchObject([
      { type: FrameType.ping, flags: Flag.ack, payload: Buffer.from('12345678') },
    ])
  })

  it('a flood of PING is answered in one write per read, and ends when the peer does not read', () => {
    const bench = new Bench()
    const flood = Array.from({ length: 3000 }, () => frame(FrameType.ping, none, 0, Buffer.alloc(8)))
    for (let round = 0; round < 10; round++) bench.feed(...flood)
    expect(bench.writes).toBe(10)
    expect(bench.connection.error).toBeUndefined()
    bench.answer = Written.later
    for (let round = 0; round < 3; round++) bench.feed(...flood)
    expect(bench.connection.error).toBeUndefined()
    bench.feed(...flood)
    expect(bench.connection.error?.code).toBe(ErrorCode.enhanceYourCalm)
  })

  it('SETTINGS are acknowledged each time and change what is possible', () => {
    const bench = new Bench({ streams: 50 }, [Setting.maxConcurrentStreams, 10])
    bench.feed(settingsFrame([Setting.maxConcurrentStreams, 20], [0x99, 7]), settingsFrame())
    expect(types(bench.sent())).toEqual([FrameType.settings, FrameType.settings])
    expect(bench.log).toEqual(['capacity', 'capacity'])
    expect(bench.connection.capacity).toBe(20)
  })

  it('PUSH_PROMISE is refused before the peer has seen that it must not push', () => {
    const bench = new Bench()
    bench.open()
    bench.sent()
    bench.feed(
      frame(FrameType.pushPromise, endHeaders, 1, Buffer.concat([uint32(2), block([[':method', 'GET']])])),
    )
    expect(bench.sent()).toMatchObject([
      { type: FrameType.rstStream, id: 2, payload: uint32(ErrorCode.refusedStream) },
    ])
    bench.feed(headersFrame(2, OK), dataFrame(2, 'pushed', endStream))
    expect(bench.connection.error).toBeUndefined()
  })

  it('RST_STREAM ends one exchange', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(headersFrame(1, OK), resetFrame(1, ErrorCode.refusedStream), headersFrame(3, OK))
    expect(bench.log).toEqual([
      '#1 headers :status=200',
      `#1 aborted ${FailureKind.aborted} ${ErrorCode.refusedStream}`,
      '#3 headers :status=200',
    ])
    expect(bench.connection.active).toBe(1)
    expect(bench.sent()).toEqual([])
  })

  it('RST_STREAM may be followed by what the peer had sent before', () => {
    const bench = new Bench()
    bench.open()
    bench.feed(resetFrame(1, ErrorCode.cancel))
    bench.feed(headersFrame(1, OK), dataFrame(1, 'late'), headersFrame(1, TRAILERS, endHeaders | endStream))
    expect(bench.connection.error).toBeUndefined()
    expect(bench.log.at(-1)).toBe(`#1 aborted ${FailureKind.aborted} ${ErrorCode.cancel}`)
  })

  it('DATA of a stream that was given up in the middle of a frame is dropped', () => {
    const bench = new Bench()
    const stream = bench.open()
    const bytes = dataFrame(1, 'first, second', endStream)
    bench.feed(headersFrame(1, OK), bytes.subarray(0, 15))
    bench.connection.cancel(stream, ErrorCode.cancel)
    bench.feed(bytes.subarray(15))
    expect(bench.log).toEqual(['#1 sent', '#1 headers :status=200', '#1 data first,'])
    expect(bench.connection.error).toBeUndefined()
  })

  it('GOAWAY ends the streams that the peer did not process; the others finish', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(goawayFrame(3, ErrorCode.enhanceYourCalm))
    expect(bench.log).toEqual(['retiring', `#5 aborted ${FailureKind.aborted} ${ErrorCode.enhanceYourCalm}`])
    expect(bench.connection.capacity).toBe(0)
    bench.feed(headersFrame(3, OK, endHeaders | endStream), headersFrame(1, OK, endHeaders | endStream))
    expect(bench.log.slice(2)).toEqual([
      '#3 trailers :status=200',
      'closed 0 by peer',
      '#1 trailers :status=200',
      'end',
    ])
    expect(bench.sent()).toMatchObject([{ type: FrameType.goaway, payload: Buffer.alloc(8) }])
  })

  it('GOAWAY may come in two steps', () => {
    const bench = new Bench()
    bench.open()
    bench.open()
    bench.reset()
    bench.feed(goawayFrame(MAX_WINDOW, 0))
    expect(bench.log).toEqual(['retiring'])
    bench.feed(goawayFrame(1, 0))
    expect(bench.log).toEqual(['retiring', `#3 aborted ${FailureKind.aborted} 0`])
    bench.feed(headersFrame(1, OK, endHeaders | endStream))
    expect(bench.log.at(-1)).toBe('end')
  })

  it('GOAWAY on an idle connection closes it', () => {
    const bench = new Bench()
    bench.feed(goawayFrame(0, 0))
    expect(bench.log).toEqual(['retiring', 'closed 0 by peer', 'end'])
  })
})

describe('connection errors', () => {
  const answered = [headersFrame(1, OK, endHeaders | endStream)]
  const cases: readonly (readonly [name: string, code: ErrorCode, frames: Buffer[]])[] = [
    ['a frame of a wrong size', ErrorCode.frameSizeError, [frame(FrameType.ping, none, 0, Buffer.alloc(7))]],
    [
      'SETTINGS of a wrong size',
      ErrorCode.frameSizeError,
      [frame(FrameType.settings, none, 0, Buffer.alloc(5))],
    ],
    [
      'an acknowledgement with a payload',
      ErrorCode.frameSizeError,
      [frame(FrameType.settings, Flag.ack, 0, Buffer.alloc(6))],
    ],
    ['a short GOAWAY', ErrorCode.frameSizeError, [frame(FrameType.goaway, none, 0, Buffer.alloc(7))]],
    ['an initial window that is too large', ErrorCode.flowControlError, [settingsFrame([4, MAX_WINDOW + 1])]],
    [
      'an initial window that overflows a stream',
      ErrorCode.flowControlError,
      [windowUpdateFrame(1, 10), settingsFrame([4, MAX_WINDOW])],
    ],
    ['a frame size that is too small', ErrorCode.protocolError, [settingsFrame([5, 16_383])]],
    ['a frame size that is too large', ErrorCode.protocolError, [settingsFrame([5, 16_777_216])]],
    ['a server that enables push', ErrorCode.protocolError, [settingsFrame([2, 1])]],
    ['a connection window update of 0', ErrorCode.protocolError, [windowUpdateFrame(0, 0)]],
    ['a connection window that overflows', ErrorCode.flowControlError, [windowUpdateFrame(0, MAX_WINDOW)]],
    ['HEADERS for a stream that was never opened', ErrorCode.protocolError, [headersFrame(3, OK)]],
    ['HEADERS for a stream of the server', ErrorCode.protocolError, [headersFrame(2, OK)]],
    ['DATA for a stream that was never opened', ErrorCode.protocolError, [dataFrame(99, 'x')]],
    ['RST_STREAM for a stream that was never opened', ErrorCode.protocolError, [resetFrame(3, 0)]],
    ['WINDOW_UPDATE for a stream that was never opened', ErrorCode.protocolError, [windowUpdateFrame(3, 1)]],
    ['HEADERS after the end', ErrorCode.streamClosed, [...answered, headersFrame(1, TRAILERS)]],
    ['DATA after the end', ErrorCode.streamClosed, [...answered, dataFrame(1, 'x')]],
    [
      'a header block that does not decode',
      ErrorCode.compressionError,
      [frame(FrameType.headers, endHeaders, 1, Buffer.from([0x80]))],
    ],
    [
      'a push after it was turned off',
      ErrorCode.protocolError,
      [SETTINGS_ACK, frame(FrameType.pushPromise, endHeaders, 1, uint32(2))],
    ],
    [
      'a push of a client stream',
      ErrorCode.protocolError,
      [frame(FrameType.pushPromise, endHeaders, 1, uint32(3))],
    ],
    ['an unfinished header block', ErrorCode.protocolError, [headersFrame(1, OK, none), dataFrame(1, '')]],
  ]

  it.each(cases)('%s', (_, code, frames) => {
    const bench = new Bench()
    bench.open()
    bench.open(undefined)
    const waiting = bench.connection.active
    expect(waiting).toBe(2)
    bench.reset()
    bench.feed(...frames.map((bytes) => raise(bytes)))
    expect(bench.connection.error?.code).toBe(code)
    expect(codeOf(bench.sent())).toBe(code)
    expect(bench.connection.active).toBe(0)
    expect(bench.connection.capacity).toBe(0)
    expect(bench.log).toContain(`closed ${FailureKind.protocol}`)
    expect(bench.log.filter((event) => event.startsWith('#3'))).toEqual([
      `#3 aborted ${FailureKind.protocol} 0`,
    ])
    expect(bench.log.at(-1)).toBe('end')
    // Whatever else arrives is not looked at.
    bench.feed(settingsFrame(), headersFrame(3, OK))
    expect(bench.log.at(-1)).toBe('end')
  })

  /** The second exchange of the test has the id 3: cases that mean an unopened stream use 5. */
  function raise(bytes: Buffer): Buffer {
    if (bytes.readUInt32BE(5) !== 3) return bytes
    const copy = Buffer.from(bytes)
    copy.writeUInt32BE(5, 5)
    return copy
  }

  it('RST_STREAM and WINDOW_UPDATE after the end are none', () => {
    const bench = new Bench()
    bench.open()
    bench.feed(...answered, resetFrame(1, 0), windowUpdateFrame(1, 1), windowUpdateFrame(1, 0))
    expect(bench.connection.error).toBeUndefined()
  })
})

describe('the end of a connection', () => {
  it('fails what is in flight', () => {
    const bench = new Bench()
    bench.open()
    bench.feed(headersFrame(1, OK))
    bench.open()
    bench.reset()
    bench.connection.lost(FailureKind.reset)
    expect(bench.log).toEqual([
      `closed ${FailureKind.reset} by peer`,
      `#1 aborted ${FailureKind.reset} 0`,
      `#3 aborted ${FailureKind.reset} 0`,
    ])
    bench.connection.lost(FailureKind.closed)
    expect(bench.log).toHaveLength(3)
  })

  it('is told from the end of an idle connection that was just used again', () => {
    const first = new Bench()
    first.open()
    first.connection.lost(FailureKind.closed)
    expect(first.log.at(-1)).toBe(`#1 aborted ${FailureKind.closed} 0`)

    const reused = new Bench()
    reused.open()
    reused.feed(headersFrame(1, OK, endHeaders | endStream))
    reused.open()
    reused.open()
    reused.reset()
    reused.connection.lost(FailureKind.reset)
    expect(reused.log.slice(1)).toEqual([
      `#3 aborted ${FailureKind.staleConnection} 0`,
      `#5 aborted ${FailureKind.staleConnection} 0`,
    ])

    const alive = new Bench()
    alive.open()
    alive.feed(headersFrame(1, OK, endHeaders | endStream))
    alive.open()
    alive.feed(frame(FrameType.ping, none, 0, Buffer.alloc(8)))
    alive.connection.lost(FailureKind.reset)
    expect(alive.log.at(-1)).toBe(`#3 aborted ${FailureKind.reset} 0`)
  })

  it('comes when the last stream id is used up', () => {
    const bench = new Bench({ maxStreamId: 5 })
    bench.open()
    bench.open()
    expect(bench.connection.capacity).toBeGreaterThan(0)
    bench.open()
    expect(bench.connection.capacity).toBe(0)
    expect(bench.log).toEqual(['#1 sent', '#3 sent', 'retiring', '#5 sent'])
    bench.reset()
    bench.feed(headersFrame(1, OK, endHeaders | endStream), headersFrame(5, OK, endHeaders | endStream))
    bench.feed(headersFrame(3, OK, endHeaders | endStream))
    expect(bench.log.slice(-3)).toEqual(['closed 0', '#3 trailers :status=200', 'end'])
    expect(codeOf(bench.sent())).toBe(ErrorCode.noError)
  })

  it('waits for what is not written yet', () => {
    const bench = new Bench()
    bench.answer = Written.later
    bench.open()
    bench.feed(headersFrame(1, OK, endHeaders | endStream))
    bench.connection.retire()
    expect(bench.log).not.toContain('end')
    bench.answer = Written.done
    bench.connection.drained()
    expect(bench.log.at(-1)).toBe('end')
    expect(codeOf(bench.sent())).toBe(ErrorCode.noError)
  })

  it('settles each exchange once, also when one ends another', () => {
    const bench = new Bench()
    bench.open()
    const second = bench.open()
    bench.open()
    bench.onEvent = (event) => {
      if (event.startsWith('#1 aborted')) bench.connection.cancel(second, ErrorCode.cancel)
    }
    bench.reset()
    bench.connection.lost(FailureKind.closed)
    expect(bench.log.filter((event) => event.includes('aborted'))).toEqual([
      `#1 aborted ${FailureKind.closed} 0`,
      `#5 aborted ${FailureKind.closed} 0`,
    ])
  })

  it('leaves alone what has moved to another connection meanwhile', () => {
    const bench = new Bench()
    const other = new Bench()
    bench.open()
    const moving = bench.open()
    for (let index = 0; index < 3; index++) other.open()
    bench.onEvent = (event) => {
      if (!event.startsWith('#1 aborted')) return
      bench.connection.cancel(moving, ErrorCode.cancel)
      other.connection.start(moving, new RequestTemplate(HEADERS, textMessage('hi', true)), patchOf(1))
    }
    bench.connection.lost(FailureKind.closed)
    expect(bench.log.filter((event) => event.includes('aborted'))).toEqual([
      `#1 aborted ${FailureKind.closed} 0`,
    ])
    expect(moving.connection).toBe(other.connection)
    expect([bench.connection.active, other.connection.active]).toEqual([0, 4])
  })
})

describe('many streams', () => {
  it('one that outlives thousands of others keeps its answer', () => {
    const bench = new Bench()
    bench.feed(SETTINGS_ACK)
    bench.open()
    for (let id = 3; id < 10_001; id += 2) {
      bench.open()
      bench.feed(headersFrame(id, OK, endHeaders | endStream))
    }
    bench.reset()
    bench.feed(headersFrame(1, OK), dataFrame(1, 'late', endStream))
    expect(bench.log).toEqual(['#1 headers :status=200', '#1 data late', '#1 end'])
    expect(bench.connection.active).toBe(0)
  })

  it('given up by the thousand stay known, so that late answers do no harm', () => {
    const bench = new Bench()
    for (let round = 0; round < 6000; round++) bench.connection.cancel(bench.open(), ErrorCode.cancel)
    for (let id = 1; id < 12_001; id += 2) bench.feed(headersFrame(id, OK))
    expect(bench.connection.error).toBeUndefined()
  })
})
