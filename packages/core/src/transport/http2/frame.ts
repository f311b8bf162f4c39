/** Frame types, flags and error codes of HTTP/2 (RFC 9113, sections 6 and 7). */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const Flag = {
  none: 0,
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const

export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode]

export const FRAME_HEADER_BYTES = 9
/** The frame size that every endpoint accepts, and the one that this client announces. */
export const DEFAULT_MAX_FRAME_SIZE = 16_384
export const DEFAULT_WINDOW = 65_535
export const MAX_WINDOW = 2_147_483_647
export const MAX_STREAM_ID = 2_147_483_647

/** What a client sends before its first frame. */
export const CLIENT_PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** The peer broke the protocol in a way that ends the connection. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export function writeFrameHeader(
  target: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  target[at] = length >>> 16
  target[at + 1] = length >>> 8
  target[at + 2] = length
  target[at + 3] = type
  target[at + 4] = flags
  writeUint32(target, at + 5, streamId)
}

export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

export function readUint24(source: Uint8Array, at: number): number {
  return ((source[at] as number) << 16) | ((source[at + 1] as number) << 8) | (source[at + 2] as number)
}

/** 31 bits: the reserved first bit of stream ids and window increments is ignored. */
export function readUint31(source: Uint8Array, at: number): number {
  return (((source[at] as number) & 0x7f) << 24) | readUint24(source, at + 1)
}

export function readUint32(source: Uint8Array, at: number): number {
  return (((source[at] as number) << 24) | readUint24(source, at + 1)) >>> 0
}
