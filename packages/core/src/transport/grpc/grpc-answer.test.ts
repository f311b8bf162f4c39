import { describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import { Random } from '../../stats/prng.ts'
import { grpcMessage } from '../../testing/http2-frames.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { FieldBlock } from '../http2/field-block.ts'
import { GrpcAnswer } from './grpc-answer.ts'
import type { GrpcAnswerSettings } from './grpc-answer.ts'
import { readGrpcFields, statusOfHttp } from './grpc-fields.ts'
import type { GrpcFields } from './grpc-fields.ts'
import type { GrpcObserver } from './grpc-observer.ts'

const { none, protocol, grpcStatus, tooLarge, application } = FailureKind

function fields(entries: Readonly<Record<string, string>>): FieldBlock<GrpcFields> {
  const list = Object.entries(entries).map(([name, value]) => ({ name, value }))
  return new FieldBlock(list, readGrpcFields(list))
}

const HEAD = fields({ ':status': '200', 'content-type': 'application/grpc+proto' })
const GZIP = fields({ ':status': '200', 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' })
const TRAILERS = fields({ 'grpc-status': '0' })

interface Outcome {
  readonly kind: FailureKind
  readonly code: number
  readonly bytes: number
  readonly messages: readonly string[]
  readonly head: string
  readonly trailers: string
  readonly status: number
  readonly calls: readonly string[]
}

/** Runs one answer; `undefined` among the parts is its end without trailers. */
async function answer(
  parts: readonly (FieldBlock<GrpcFields> | Buffer | undefined)[],
  settings: Partial<GrpcAnswerSettings> = {},
): Promise<Outcome> {
  const exchange = new RecordingExchange(1)
  const reader = new GrpcAnswer(
    { exchange, observer: null, maxMessageBytes: 1000, single: false, ...settings },
    0,
  )
  const settlement = exchange.settlement(exchange.expect(0))
  reader.begin()
  let kind: FailureKind = none
  let headed = false
  for (const [index, part] of parts.entries()) {
    if (Buffer.isBuffer(part)) kind = reader.data(part, 0, part.length)
    else if (part === undefined || index === parts.length - 1) reader.finish(part)
    else {
      expect(headed).toBe(false)
      headed = true
      kind = reader.head(part)
    }
    if (kind !== none) break
  }
  const end = kind === none ? reader.kind : kind
  if (end === none) exchange.done(0, reader.bytes)
  else exchange.fail(0, end, reader.code)
  const { messages, head, trailers, status, calls } = await settlement
  expect(exchange.violations).toEqual([])
  return {
    kind: end,
    code: reader.code,
    bytes: reader.bytes,
    messages: messages.map((message) => message.toString()),
    head: head.toString(),
    trailers: trailers.toString(),
    status,
    calls,
  }
}

describe('messages of an answer', () => {
  const three = Buffer.concat([grpcMessage('one'), grpcMessage(''), grpcMessage('three')])

  it('are told apart, several in one piece', async () => {
    expect(await answer([HEAD, three, TRAILERS])).toMatchObject({
      kind: none,
      bytes: 8,
      messages: ['one', '', 'three'],
      status: 200,
      head: ':status: 200\r\ncontent-type: application/grpc+proto\r\n',
      trailers: 'grpc-status: 0\r\n',
      calls: ['firstByte', 'head', 'body', 'message', 'message', 'body', 'message', 'trailers', 'done'],
    })
  })

  it('are put together, wherever they are cut', async () => {
    for (let cut = 1; cut < three.length; cut++) {
      const outcome = await answer([HEAD, three.subarray(0, cut), three.subarray(cut), TRAILERS])
      expect(outcome).toMatchObject({ kind: none, bytes: 8, messages: ['one', '', 'three'] })
    }
    const bytes = Array.from(three, (byte) => Buffer.from([byte]))
    expect(await answer([HEAD, ...bytes, TRAILERS])).toMatchObject({ messages: ['one', '', 'three'] })
  })

  it('are not copied unless asked for', async () => {
    const exchange = new RecordingExchange(1, false)
    const reader = new GrpcAnswer({ exchange, observer: null, maxMessageBytes: 10, single: true }, 0)
    exchange.expect(0)
    reader.begin()
    reader.head(HEAD)
    const message = grpcMessage('12345')
    reader.data(message, 0, message.length)
    reader.finish(TRAILERS)
    expect(exchange.calls(0)).toEqual(['firstByte', 'message(final)'])
  })

  it('may be as large as the limit', async () => {
    expect(await answer([HEAD, grpcMessage('x'.repeat(1000)), TRAILERS])).toMatchObject({
      kind: none,
      bytes: 1000,
    })
    expect(await answer([HEAD, grpcMessage('x'.repeat(1001)).subarray(0, 5)])).toMatchObject({
      kind: tooLarge,
    })
    expect(await answer([HEAD, Buffer.from([0, 255, 255, 255, 255])])).toMatchObject({ kind: tooLarge })
  })

  it('may be compressed when the header says how', async () => {
    expect(await answer([GZIP, grpcMessage('zip', 1), grpcMessage('plain', 0), TRAILERS])).toMatchObject({
      kind: none,
      messages: ['zip', 'plain'],
    })
    expect(await answer([HEAD, grpcMessage('zip', 1)])).toMatchObject({ kind: protocol })
  })

  it.each([2, 128, 255])('cannot have the flag %i', async (flag) => {
    expect(await answer([GZIP, grpcMessage('x', flag)])).toMatchObject({ kind: protocol })
  })

  it('stop when a callback ends the exchange', () => {
    const exchange = new RecordingExchange(1)
    const reader = new GrpcAnswer({ exchange, observer: null, maxMessageBytes: 10, single: false }, 0)
    exchange.expect(0)
    exchange.onMessage = () => {
      reader.abandon()
      exchange.fail(0, FailureKind.cancelled, 0)
    }
    reader.begin()
    reader.head(HEAD)
    expect(reader.data(three, 0, three.length)).toBe(none)
    expect(exchange.violations).toEqual([])
    expect(exchange.settled).toBe(1)
  })

  it('are the same in random pieces, for random streams', async () => {
    const random = new Random([5, 6, 7, 8])
    for (let round = 0; round < 100; round++) {
      const bodies = Array.from({ length: random.int(20) }, () => 'm'.repeat(random.int(30)))
      const wire = Buffer.concat(bodies.map((body) => grpcMessage(body)))
      const pieces: Buffer[] = []
      for (let at = 0; at < wire.length;) {
        const size = 1 + random.int(20)
        pieces.push(wire.subarray(at, at + size))
        at += size
      }
      expect((await answer([HEAD, ...pieces, TRAILERS])).messages).toEqual(bodies)
    }
  })
})

describe('the status of an answer', () => {
  it.each(Array.from({ length: 17 }, (_, code) => code))('%i is the code', async (code) => {
    const trailers = fields({ 'grpc-status': String(code), 'grpc-message': 'why' })
    const headersOnly = fields({
      ':status': '200',
      'content-type': 'application/grpc',
      'grpc-status': String(code),
    })
    const kind = code === 0 ? none : grpcStatus
    expect(await answer([HEAD, grpcMessage('x'), trailers], { single: true })).toMatchObject({ kind, code })
    expect(await answer([headersOnly])).toMatchObject({
      kind,
      code,
      status: 200,
      calls: ['firstByte', 'head', code === 0 ? 'done' : 'fail'],
    })
  })

  it('may be one that nobody knows', async () => {
    expect(await answer([HEAD, fields({ 'grpc-status': '99' })])).toMatchObject({
      kind: grpcStatus,
      code: 99,
    })
  })

  it.each(['', 'x', '-1', '1.5', '00', '99999'])('cannot be %j', async (text) => {
    expect(await answer([HEAD, fields({ 'grpc-status': text })])).toMatchObject({ kind: protocol })
  })

  it('must be there', async () => {
    expect(await answer([HEAD, grpcMessage('x'), fields({ other: 'x' })])).toMatchObject({ kind: protocol })
    expect(await answer([HEAD, grpcMessage('x'), undefined])).toMatchObject({ kind: protocol })
    expect(await answer([HEAD])).toMatchObject({ kind: protocol })
  })

  it('cannot be OK in the middle of a message', async () => {
    expect(await answer([HEAD, grpcMessage('four').subarray(0, 8), TRAILERS])).toMatchObject({
      kind: protocol,
    })
    expect(await answer([HEAD, grpcMessage('four').subarray(0, 3), TRAILERS])).toMatchObject({
      kind: protocol,
    })
  })

  it('cannot be OK without the message of a unary call, or with two', async () => {
    const single = { single: true }
    expect(await answer([HEAD, TRAILERS], single)).toMatchObject({ kind: protocol })
    expect(await answer([HEAD, grpcMessage('a'), grpcMessage('b'), TRAILERS], single)).toMatchObject({
      kind: protocol,
    })
    expect(await answer([HEAD, grpcMessage('a'), TRAILERS], single)).toMatchObject({ kind: none })
    const failed = fields({ 'grpc-status': '5' })
    expect(await answer([HEAD, failed], single)).toMatchObject({ kind: grpcStatus, code: 5 })
  })

  it.each([
    [400, 13],
    [401, 16],
    [403, 7],
    [404, 12],
    [429, 14],
    [500, 2],
    [502, 14],
    [503, 14],
    [504, 14],
    [302, 2],
  ])('of HTTP %i is %i, unless gRPC says more', async (status, code) => {
    expect(statusOfHttp(status)).toBe(code)
    const head = fields({ ':status': String(status), 'content-type': 'text/html' })
    expect(await answer([head, Buffer.from('<html>oops'), undefined])).toMatchObject({
      kind: grpcStatus,
      code,
      status,
    })
    expect(await answer([head])).toMatchObject({ kind: grpcStatus, code })
    expect(await answer([head, fields({ 'grpc-status': '8' })])).toMatchObject({ kind: grpcStatus, code: 8 })
    expect(await answer([head, fields({ 'grpc-status': '0' })])).toMatchObject({ kind: grpcStatus, code })
  })

  it('is none when the content is something else', async () => {
    const html = fields({ ':status': '200', 'content-type': 'text/html' })
    expect(await answer([html, Buffer.from('<html>')])).toMatchObject({ kind: protocol })
  })
})

describe('observers', () => {
  function observe(settings: Partial<GrpcObserver>): { seen: string[]; observer: GrpcObserver } {
    const seen: string[] = []
    const text = (buffer: Uint8Array, start: number, end: number): string =>
      Buffer.from(buffer.subarray(start, end)).toString()
    return {
      seen,
      observer: {
        head: (_slot, status, buffer, start, end) =>
          seen.push(`head ${status} ${text(buffer, start, end).length}`),
        message: (_slot, buffer, start, end) => {
          seen.push(text(buffer, start, end))
          return end - start
        },
        trailers: (_slot, buffer, start, end) => seen.push(text(buffer, start, end).trim()),
        ...settings,
      },
    }
  }
  const wire = Buffer.concat([grpcMessage('hello'), grpcMessage('world!')])

  it('see whole messages, wherever they are cut', async () => {
    for (let cut = 0; cut <= wire.length; cut++) {
      const { seen, observer } = observe({})
      await answer([HEAD, wire.subarray(0, cut), wire.subarray(cut), TRAILERS], { observer })
      expect(seen).toEqual(['head 200 52', 'hello', 'world!', 'grpc-status: 0'])
    }
  })

  it('see no more of a message than they need', async () => {
    for (const size of [1, 4, wire.length]) {
      const pieces = Array.from({ length: Math.ceil(wire.length / size) }, (_, index) =>
        wire.subarray(index * size, (index + 1) * size),
      )
      const { seen, observer } = observe({ messageBytes: 3 })
      await answer([HEAD, ...pieces, TRAILERS], { observer })
      expect(seen).toEqual(['head 200 52', 'hel', 'wor', 'grpc-status: 0'])
    }
  })

  it('say what messages carry, and whether the answer is a success', async () => {
    const { observer } = observe({ end: () => application })
    expect(await answer([HEAD, wire, TRAILERS], { observer })).toMatchObject({ kind: application, code: 0 })
    const failed = fields({ 'grpc-status': '3' })
    expect(await answer([HEAD, wire, failed], { observer })).toMatchObject({ kind: grpcStatus, code: 3 })
  })
})
