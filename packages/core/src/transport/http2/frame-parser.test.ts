import { describe, expect, it } from 'vitest'
import { Random } from '../../stats/prng.ts'
import { frame, settingsFrame, uint32 } from '../../testing/http2-frames.ts'
import { ConnectionError, ErrorCode, Flag, FrameType } from './frame.ts'
import { FrameParser } from './frame-parser.ts'
import type { FrameHandler } from './frame-parser.ts'

class Recorder implements FrameHandler {
  readonly events: string[] = []
  #data = ''

  onDataStart(id: number, length: number): void {
    this.#data = `data ${id} of ${length}: `
  }
  onData(buffer: Buffer, start: number, end: number): void {
    this.#data += buffer.toString('latin1', start, end)
  }
  onDataEnd(endsStream: boolean): void {
    this.events.push(this.#data + (endsStream ? ', end' : ''))
  }
  onHeaderBlock(
    id: number,
    endsStream: boolean,
    promised: number,
    block: Buffer,
    start: number,
    end: number,
  ): void {
    const kind = promised === 0 ? 'headers' : `promise of ${promised}`
    this.events.push(`${kind} ${id}: ${block.toString('latin1', start, end)}${endsStream ? ', end' : ''}`)
  }
  onControl(type: number, flags: number, id: number, payload: Buffer, start: number, end: number): void {
    this.events.push(`control ${type} ${flags} ${id}: ${payload.toString('hex', start, end)}`)
  }
}

/** Feeds `bytes` in pieces of the given sizes, the last size for the rest. */
function parse(bytes: Buffer, ...sizes: number[]): string[] {
  const recorder = new Recorder()
  const parser = new FrameParser(recorder)
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    const end = Math.min(bytes.length, at + size)
    if (end > at) parser.parse(Buffer.from(bytes.subarray(at, end)), 0, end - at)
    at = end
  }
  return recorder.events
}

function errorOf(...frames: Buffer[]): ErrorCode | undefined {
  try {
    parse(Buffer.concat([settingsFrame(), ...frames]))
    return undefined
  } catch (error) {
    if (error instanceof ConnectionError) return error.code
    throw error
  }
}

const { none, endStream, endHeaders, padded, priority } = Flag
const text = (value: string): Buffer => Buffer.from(value)

/** One of everything that a server may send. */
const CONVERSATION = Buffer.concat([
  settingsFrame([4, 100]),
  frame(FrameType.headers, endHeaders, 1, text('plain')),
  frame(
    FrameType.headers,
    endHeaders | padded,
    1,
    Buffer.concat([Buffer.from([3]), text('padded'), Buffer.alloc(3)]),
  ),
  frame(FrameType.headers, endHeaders | priority, 1, Buffer.concat([Buffer.alloc(5), text('priority')])),
  frame(
    FrameType.headers,
    endHeaders | endStream | padded | priority,
    3,
    Buffer.concat([Buffer.from([1]), Buffer.alloc(5), text('both'), Buffer.alloc(1)]),
  ),
  frame(FrameType.headers, endStream, 5, text('in ')),
  frame(FrameType.continuation, none, 5, text('three')),
  frame(FrameType.continuation, endHeaders, 5, text(' parts')),
  frame(FrameType.headers, endHeaders, 7),
  frame(FrameType.data, none, 7, text('some')),
  frame(FrameType.data, none, 7),
  frame(FrameType.data, padded, 7, Buffer.concat([Buffer.from([4]), text('more'), Buffer.alloc(4)])),
  frame(FrameType.data, padded, 7, Buffer.from([0])),
  frame(FrameType.data, padded | endStream, 7, Buffer.from([2, 0, 0])),
  frame(FrameType.pushPromise, endHeaders, 9, Buffer.concat([uint32(2), text('push')])),
  frame(
    FrameType.pushPromise,
    padded,
    9,
    Buffer.concat([Buffer.from([1]), uint32(4), text('pu'), Buffer.alloc(1)]),
  ),
  frame(FrameType.continuation, endHeaders, 9, text('sh')),
  frame(FrameType.ping, none, 0, Buffer.alloc(8, 1)),
  frame(FrameType.priority, none, 1, Buffer.alloc(5)),
  frame(0xfe, 0xff, 1, text('unknown')),
  frame(0xfe, 0xff, 0, text('unknown')),
  frame(FrameType.windowUpdate, none, 0, uint32(7)),
  frame(FrameType.rstStream, none, 1, uint32(8)),
  frame(FrameType.goaway, none, 0, Buffer.concat([uint32(1), uint32(0), text('bye')])),
])
const EVENTS = [
  'control 4 0 0: 000400000064',
  'headers 1: plain',
  'headers 1: padded',
  'headers 1: priority',
  'headers 3: both, end',
  'headers 5: in three parts, end',
  'headers 7: ',
  'data 7 of 4: some',
  'data 7 of 0: ',
  'data 7 of 9: more',
  'data 7 of 1: ',
  'data 7 of 3: , end',
  'promise of 2 9: push',
  'promise of 4 9: push',
  'control 6 0 0: 0101010101010101',
  'control 8 0 0: 00000007',
  'control 3 0 1: 00000008',
  'control 7 0 0: 0000000100000000627965',
]

describe('frame parser', () => {
  it('reads every kind of frame', () => {
    expect(parse(CONVERSATION)).toEqual(EVENTS)
  })

  it('reads the same when the bytes arrive in two pieces, wherever they are cut', () => {
    for (let cut = 1; cut < CONVERSATION.length; cut++) expect(parse(CONVERSATION, cut)).toEqual(EVENTS)
  })

  it('reads the same when every byte arrives alone', () => {
    expect(parse(CONVERSATION, ...Array.from(CONVERSATION, () => 1))).toEqual(EVENTS)
  })

  it('reads the same in random pieces', () => {
    const random = new Random([3, 1, 4, 1])
    for (let round = 0; round < 200; round++) {
      const sizes = Array.from({ length: 60 }, () => 1 + random.int(30))
      expect(parse(CONVERSATION, ...sizes)).toEqual(EVENTS)
    }
  })

  it('passes DATA on before the frame is complete', () => {
    const recorder = new Recorder()
    const parser = new FrameParser(recorder)
    const pieces: number[] = []
    recorder.onData = (_buffer, start, end) => pieces.push(end - start)
    const bytes = Buffer.concat([settingsFrame(), frame(FrameType.data, none, 1, Buffer.alloc(10))])
    parser.parse(bytes, 0, bytes.length - 6)
    expect(pieces).toEqual([4])
    parser.parse(bytes, bytes.length - 6, bytes.length)
    expect(pieces).toEqual([4, 6])
  })

  it('stops in the middle of a read', () => {
    const recorder = new Recorder()
    const parser = new FrameParser(recorder)
    recorder.onControl = () => {
      recorder.events.push('settings')
      parser.stop()
    }
    const bytes = Buffer.concat([settingsFrame(), frame(FrameType.data, none, 1, text('x'))])
    parser.parse(bytes, 0, bytes.length)
    parser.parse(bytes, 0, bytes.length)
    expect(recorder.events).toEqual(['settings'])
  })

  it('takes the largest frame that was announced', () => {
    expect(errorOf(frame(FrameType.data, none, 1, Buffer.alloc(16_384)))).toBeUndefined()
    expect(errorOf(frame(FrameType.headers, endHeaders, 1, Buffer.alloc(16_384)))).toBeUndefined()
  })
})

const { protocolError, frameSizeError, enhanceYourCalm } = ErrorCode

describe('frame parser: connection errors', () => {
  it.each([
    ['a frame larger than announced', frameSizeError, frame(FrameType.data, none, 1, Buffer.alloc(16_385))],
    ['a large unknown frame', frameSizeError, frame(0x55, none, 1, Buffer.alloc(16_385))],
    ['DATA on stream 0', protocolError, frame(FrameType.data, none, 0)],
    ['HEADERS on stream 0', protocolError, frame(FrameType.headers, endHeaders, 0)],
    ['PRIORITY on stream 0', protocolError, frame(FrameType.priority, none, 0, Buffer.alloc(5))],
    ['RST_STREAM on stream 0', protocolError, frame(FrameType.rstStream, none, 0, Buffer.alloc(4))],
    ['PUSH_PROMISE on stream 0', protocolError, frame(FrameType.pushPromise, endHeaders, 0, uint32(2))],
    ['SETTINGS on a stream', protocolError, frame(FrameType.settings, none, 1)],
    ['PING on a stream', protocolError, frame(FrameType.ping, none, 1, Buffer.alloc(8))],
    ['GOAWAY on a stream', protocolError, frame(FrameType.goaway, none, 1, Buffer.alloc(8))],
    ['a short PRIORITY', frameSizeError, frame(FrameType.priority, none, 1, Buffer.alloc(4))],
    ['a long RST_STREAM', frameSizeError, frame(FrameType.rstStream, none, 1, Buffer.alloc(5))],
    ['a short RST_STREAM', frameSizeError, frame(FrameType.rstStream, none, 1, Buffer.alloc(3))],
    ['a short PING', frameSizeError, frame(FrameType.ping, none, 0, Buffer.alloc(7))],
    ['a long WINDOW_UPDATE', frameSizeError, frame(FrameType.windowUpdate, none, 0, Buffer.alloc(5))],
    [
      'DATA padded by more than its size',
      protocolError,
      frame(FrameType.data, padded, 1, Buffer.from([2, 0])),
    ],
    ['padded DATA without a pad length', frameSizeError, frame(FrameType.data, padded, 1)],
    [
      'HEADERS padded by more than their size',
      protocolError,
      frame(FrameType.headers, endHeaders | padded, 1, Buffer.from([2, 0])),
    ],
    ['padded HEADERS without a pad length', frameSizeError, frame(FrameType.headers, endHeaders | padded, 1)],
    [
      'HEADERS too short for their priority',
      frameSizeError,
      frame(FrameType.headers, endHeaders | priority, 1, Buffer.alloc(4)),
    ],
    ['a short PUSH_PROMISE', frameSizeError, frame(FrameType.pushPromise, endHeaders, 1, Buffer.alloc(3))],
    ['CONTINUATION without HEADERS', protocolError, frame(FrameType.continuation, endHeaders, 1)],
  ])('%s', (_, code, bytes) => {
    expect(errorOf(bytes)).toBe(code)
    // The same must be found when the frame's header is cut.
    expect(() => parse(Buffer.concat([settingsFrame(), bytes]), 9, 4)).toThrow(ConnectionError)
  })

  const open = frame(FrameType.headers, none, 1, text('a'))
  it.each([
    ['CONTINUATION of another stream', frame(FrameType.continuation, endHeaders, 3)],
    ['DATA inside a header block', frame(FrameType.data, none, 1)],
    ['an unknown frame inside a header block', frame(0x77, none, 1)],
    ['SETTINGS inside a header block', settingsFrame()],
  ])('%s', (_, bytes) => {
    expect(errorOf(open, bytes)).toBe(protocolError)
  })

  it('a header block without end', () => {
    const part = frame(FrameType.continuation, none, 1, Buffer.alloc(16_384))
    expect(errorOf(open, ...Array.from({ length: 17 }, () => part))).toBe(enhanceYourCalm)
  })

  it.each([
    ['another frame than SETTINGS first', frame(FrameType.ping, none, 0, Buffer.alloc(8)), protocolError],
    ['an acknowledgement first', frame(FrameType.settings, Flag.ack, 0), protocolError],
    ['an HTTP/1 answer', text('HTTP/1.1 400 Bad Request\r\n\r\n'), ErrorCode.http11Required],
  ])('%s', (_, bytes, code) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code }))
  })
})
