import { expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import { Random } from '../../stats/prng.ts'
import {
  SETTINGS_ACK,
  dataFrame,
  frame,
  framesIn,
  goawayFrame,
  grpcMessage,
  headersFrame,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from '../../testing/http2-frames.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { RecordingExchange } from '../../testing/recording-exchange.ts'
import { DEFAULT_LIMITS, Http2Connection } from '../http2/connection.ts'
import type { ConnectionOwner, ConnectionSink } from '../http2/connection.ts'
import { ErrorCode, Flag, FrameType } from '../http2/frame.ts'
import type { LinkOwner } from '../http2/link.ts'
import { Message, RequestTemplate } from '../http2/message.ts'
import { Written } from '../http2/outbox.ts'
import { RequestHeaders } from '../http2/request-headers.ts'
import { readGrpcFields } from './grpc-fields.ts'
import type { GrpcFields } from './grpc-fields.ts'
import { encodeGrpcMessage } from './grpc-message.ts'
import { RawCall } from './raw-call.ts'

const SLOTS = 8
const READ_BUFFER = Buffer.alloc(65_536)
const { endStream, endHeaders, none } = Flag
const HEADERS = new RequestHeaders([{ name: ':method', value: 'POST' }], false)
const [SMALL, LARGE] = prepare([
  encodeGrpcMessage(Buffer.from('small')),
  encodeGrpcMessage(Buffer.alloc(100_000, 'large')),
]).map((prepared) => new RequestTemplate(HEADERS, new Message(prepared, false))) as [
  RequestTemplate,
  RequestTemplate,
]

/** A connection that always has calls in flight: each settlement starts the next one, as a closed loop does. */
class Loop implements ConnectionSink, ConnectionOwner<GrpcFields>, Pick<LinkOwner, 'settled'> {
  readonly exchange: RecordingExchange
  readonly connection: Http2Connection<GrpcFields>
  readonly calls: RawCall[]
  readonly interpret = readGrpcFields
  readonly #random: Random
  #writing = false
  sent: Buffer = Buffer.alloc(0)
  started = 0
  closed = 0
  ended = 0

  constructor(random: Random, capture: boolean) {
    this.#random = random
    this.exchange = new RecordingExchange(SLOTS, capture)
    const settings = { exchange: this.exchange, observer: null, maxMessageBytes: 50_000, single: false }
    this.calls = Array.from(
      { length: SLOTS },
      (_, slot) => new RawCall(slot, this as unknown as LinkOwner, settings),
    )
    this.connection = new Http2Connection(
      this,
      { ...DEFAULT_LIMITS, streamWindow: 20_000, connectionWindow: 70_000 },
      this,
    )
    this.connection.begin()
  }

  call(slot: number): RawCall {
    const call = this.calls[slot]
    if (call === undefined) throw new Error(`no slot ${slot}`)
    return call
  }
  start(slot: number): void {
    if (this.call(slot).id !== 0 || this.connection.active >= this.connection.capacity) return
    this.started += 1
    this.exchange.expect(slot)
    this.connection.start(this.call(slot), this.#random.int(4) === 0 ? LARGE : SMALL, patchOf(this.started))
  }
  settled(slot: number, kind: FailureKind, code: number, bytesIn: number): void {
    if (kind === FailureKind.none) this.exchange.done(slot, bytesIn)
    else this.exchange.fail(slot, kind, code)
    if (this.started < 500) this.start(slot)
  }
  /** What the core and the operating system may do at any time. */
  disturb(): void {
    const slot = this.#random.int(SLOTS)
    const call = this.call(slot)
    switch (this.#random.int(5)) {
      case 0:
        if (call.id === 0) return
        this.connection.cancel(call, ErrorCode.cancel)
        this.settled(slot, FailureKind.cancelled, 0, 0)
        break
      case 1:
        if (call.sending) this.connection.send(call, SMALL.message as Message, patchOf(0))
        break
      case 2:
        if (call.sending) this.connection.end(call)
        break
      case 3:
        if (!this.#writing) return
        this.#writing = false
        this.connection.drained()
        break
      default:
        this.start(slot)
    }
  }
  write(chunks: readonly Uint8Array[]): Written {
    if (this.ended === 0) this.sent = Buffer.concat([this.sent, ...chunks])
    expect(this.#writing).toBe(false)
    const written = this.#random.int(3) as Written
    this.#writing = written !== Written.done
    return written
  }
  end(): void {
    this.ended += 1
  }
  onReady(): void {
    for (let slot = 0; slot < SLOTS; slot++) this.start(slot)
  }
  onCapacity(): void {}
  onRetiring(): void {}
  onClosed(): void {
    this.closed += 1
  }
  onFlowControl(): void {}
}

/** What a server would send next, mostly; and otherwise any frame. */
function nextFrame(random: Random, loop: Loop): Buffer {
  const call = loop.call(random.int(SLOTS))
  if (call.id === 0 || random.int(12) === 0) return randomFrame(random, loop)
  if (!call.answered)
    return headersFrame(call.id, [
      [':status', '200'],
      ['content-type', 'application/grpc'],
    ])
  if (random.int(2) === 0) return dataFrame(call.id, grpcMessage(Buffer.alloc(random.int(2000))))
  return headersFrame(call.id, [['grpc-status', '0']], endHeaders | endStream)
}

/** A frame that a server might send, mostly for a stream that is open. */
function randomFrame(random: Random, loop: Loop): Buffer {
  const id = random.int(8) === 0 ? random.int(60) : loop.call(random.int(SLOTS)).id
  const end = random.int(3) === 0 ? endStream : none
  switch (random.int(16)) {
    case 0:
    case 1:
    case 2:
      return headersFrame(
        id,
        [
          [':status', '200'],
          ['content-type', 'application/grpc'],
        ],
        endHeaders,
      )
    case 3:
    case 4:
      return headersFrame(id, [['grpc-status', String(random.int(3))]], endHeaders | endStream)
    case 5:
    case 6:
      return dataFrame(id, grpcMessage(Buffer.alloc(random.int(5000))), end)
    case 7:
      return dataFrame(id, grpcMessage(Buffer.alloc(1000)).subarray(0, random.int(1005)), end)
    case 8:
      return frame(
        FrameType.data,
        Flag.padded | end,
        id,
        Buffer.concat([Buffer.from([3]), grpcMessage('x'), Buffer.alloc(3)]),
      )
    case 9:
      return Buffer.concat([
        frame(FrameType.headers, none, id, Buffer.from([0x88])),
        frame(FrameType.continuation, endHeaders, id),
      ])
    case 10:
      return resetFrame(id, random.int(14))
    case 11:
      return windowUpdateFrame(random.int(2) === 0 ? 0 : id, random.int(100_000))
    case 12:
      return settingsFrame([4, random.int(100_000)], [3, random.int(20)], [5, 16_384 + random.int(20_000)])
    case 13:
      return frame(FrameType.ping, none, 0, Buffer.alloc(8))
    case 14:
      return random.int(20) === 0 ? goawayFrame(random.int(40), random.int(14)) : SETTINGS_ACK
    default:
      return frame(
        random.int(256),
        random.int(256),
        id,
        Buffer.concat([uint32(random.word()), Buffer.alloc(random.int(9))]),
      )
  }
}

function mutate(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  switch (random.int(4)) {
    case 0:
      copy[random.int(copy.length)] = random.int(256)
      return copy
    case 1:
      return copy.subarray(0, random.int(copy.length))
    case 2:
      return Buffer.concat([copy, Buffer.from([random.int(256)])])
    default:
      copy.writeUInt8(copy.readUInt8(random.int(copy.length)) ^ (1 << random.int(8)), random.int(copy.length))
      return copy
  }
}

function feedInPieces(random: Random, loop: Loop, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const size = random.int(3) === 0 ? 1 + random.int(40) : bytes.length
    const end = Math.min(bytes.length, at + size)
    bytes.copy(READ_BUFFER, 0, at, end)
    loop.connection.receive(READ_BUFFER, 0, end - at)
    at = end
  }
}

it.each([
  ['frames in any order', 0, 2000],
  ['some damaged frames', 30, 700],
  ['mostly damaged frames', 3, 25],
])('%s: nothing throws or hangs, every call is settled once', (_, rarity, successes) => {
  let settled = 0
  let completed = 0
  const errors = new Set<number>()
  for (let seed = 1; seed <= 120; seed++) {
    const random = new Random([seed, rarity, 0, 0])
    const loop = new Loop(random, seed % 2 === 0)
    loop.exchange.onSettled = () => (settled += 1)
    const { done } = loop.exchange
    loop.exchange.done = (slot, bytesIn) => {
      completed += 1
      done.call(loop.exchange, slot, bytesIn)
    }
    feedInPieces(random, loop, settingsFrame())
    for (let step = 0; step < 120 && loop.closed === 0; step++) {
      const bytes = nextFrame(random, loop)
      feedInPieces(random, loop, rarity > 0 && random.int(rarity) === 0 ? mutate(random, bytes) : bytes)
      if (random.int(2) === 0) loop.disturb()
    }
    loop.connection.lost(FailureKind.closed)
    if (loop.connection.error !== undefined) errors.add(loop.connection.error.code)
    expect(loop.exchange.violations).toEqual([])
    expect(loop.exchange.openSlots).toBe(0)
    expect(loop.exchange.settled).toBe(loop.started)
    expect(loop.connection.active).toBe(0)
    expect(loop.closed).toBe(1)
    checkSent(loop.sent)
  }
  expect(settled).toBeGreaterThan(completed)
  expect(completed).toBeGreaterThan(successes)
  expect(errors.size).toBeGreaterThan(1)
})

/** What this side sends must be valid whatever it receives. */
function checkSent(sent: Buffer): void {
  const ended = new Set<number>()
  let last = 0
  for (const { type, flags, id, payload } of framesIn(sent)) {
    expect(payload.length).toBeLessThanOrEqual(16_384 + 20_000)
    if (type === FrameType.headers) {
      expect(id).toBeGreaterThan(last)
      last = id
    }
    if (type === FrameType.data || type === FrameType.headers) {
      expect(id).toBeLessThanOrEqual(last)
      expect(ended.has(id)).toBe(false)
    }
    if (
      type === FrameType.rstStream ||
      (flags & endStream && (type === FrameType.data || type === FrameType.headers))
    )
      ended.add(id)
  }
}
