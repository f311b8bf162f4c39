import type { RawFrame } from './program.ts'

export const FrameType = { data: 0, headers: 1, rstStream: 3, goaway: 7 } as const
const END_STREAM = 1
const HEADER_BYTES = 9

/** The bytes of a frame as written in a program; the length field tells the truth unless the program says otherwise. */
export function encodeFrame(frame: RawFrame, stream: number): Buffer {
  const payload = Buffer.from(frame.payload ?? '', 'hex')
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUIntBE(frame.length ?? payload.length, 0, 3)
  header[3] = frame.type
  header[4] = frame.flags ?? 0
  header.writeUInt32BE(frame.stream === undefined || frame.stream === 'this' ? stream : frame.stream, 5)
  return Buffer.concat([header, payload])
}

export function rstStream(stream: number, code: number): Buffer {
  return encodeFrame({ type: FrameType.rstStream, payload: hex32(code) }, stream)
}

export function goaway(lastStream: number, code: number): Buffer {
  return encodeFrame({ type: FrameType.goaway, payload: hex32(lastStream) + hex32(code) }, 0)
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}

/** A whole frame: its header and its payload. */
export class Frame {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get type(): number {
    return this.bytes[3] as number
  }

  get stream(): number {
    return this.bytes.readUInt32BE(5) & 0x7fffffff
  }

  get length(): number {
    return this.bytes.length - HEADER_BYTES
  }

  /** Nothing follows from this side. */
  get endsStream(): boolean {
    const { type } = this
    const flagged = ((this.bytes[4] as number) & END_STREAM) === END_STREAM
    return (
      type === FrameType.rstStream || (flagged && (type === FrameType.data || type === FrameType.headers))
    )
  }
}

/** Takes whole frames out of a byte stream cut anywhere. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUIntBE(0, 3)
      if (bytes.length < end) break
      frames.push(new Frame(bytes.subarray(0, end)))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
    return frames
  }
}
