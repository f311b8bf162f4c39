import {
  CLIENT_PREFACE,
  FRAME_HEADER_BYTES,
  Flag,
  FrameType,
  readUint24,
  readUint31,
  writeFrameHeader,
} from '../transport/http2/frame.ts'
import { encodeFields } from '../transport/http2/hpack-encoder.ts'
import { encodeSettings } from '../transport/http2/settings.ts'

/** A frame as it goes on the wire. */
export interface WireFrame {
  readonly type: number
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
}

/** Any frame, also one that no peer should send. */
export function frame(
  type: number,
  flags: number,
  id: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES + payload.length)
  writeFrameHeader(bytes, 0, payload.length, type, flags, id)
  bytes.set(payload, FRAME_HEADER_BYTES)
  return bytes
}

/** `[name, value]` pairs as a header block without compression state. */
export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return encodeFields(
    fields.map(([name, value]) => ({ name, value })),
    'plain',
  )
}

export function headersFrame(
  id: number,
  fields: readonly (readonly [name: string, value: string])[],
  flags: number = Flag.endHeaders,
): Buffer {
  return frame(FrameType.headers, flags, id, block(fields))
}

export function dataFrame(id: number, payload: Uint8Array | string, flags: number = Flag.none): Buffer {
  return frame(FrameType.data, flags, id, typeof payload === 'string' ? Buffer.from(payload) : payload)
}

export function settingsFrame(...settings: (readonly [setting: number, value: number])[]): Buffer {
  return encodeSettings(settings)
}

export const SETTINGS_ACK: Buffer = frame(FrameType.settings, Flag.ack, 0)

export function windowUpdateFrame(id: number, increment: number): Buffer {
  return frame(FrameType.windowUpdate, Flag.none, id, uint32(increment))
}

export function resetFrame(id: number, code: number): Buffer {
  return frame(FrameType.rstStream, Flag.none, id, uint32(code))
}

export function goawayFrame(lastId: number, code: number): Buffer {
  return frame(FrameType.goaway, Flag.none, 0, Buffer.concat([uint32(lastId), uint32(code)]))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A gRPC message with its prefix. */
export function grpcMessage(body: Uint8Array | string, flag = 0): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return Buffer.concat([Buffer.from([flag]), uint32(bytes.length), bytes])
}

/** The complete frames in what a client sent, after its preface. */
export function framesIn(sent: Buffer): WireFrame[] {
  const frames: WireFrame[] = []
  let at = sent.subarray(0, CLIENT_PREFACE.length).equals(CLIENT_PREFACE) ? CLIENT_PREFACE.length : 0
  while (sent.length - at >= FRAME_HEADER_BYTES) {
    const end = at + FRAME_HEADER_BYTES + readUint24(sent, at)
    if (end > sent.length) break
    frames.push({
      type: sent[at + 3] as number,
      flags: sent[at + 4] as number,
      id: readUint31(sent, at + 5),
      payload: sent.subarray(at + FRAME_HEADER_BYTES, end),
    })
    at = end
  }
  return frames
}
