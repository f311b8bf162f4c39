import {
  ConnectionError,
  DEFAULT_MAX_FRAME_SIZE,
  DEFAULT_WINDOW,
  ErrorCode,
  FRAME_HEADER_BYTES,
  Flag,
  FrameType,
  MAX_WINDOW,
  readUint32,
  writeFrameHeader,
  writeUint32,
} from './frame.ts'

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

const ENTRY_BYTES = 6
const MAX_MAX_FRAME_SIZE = 16_777_215

/** What the peer announced, with the values that hold before it announced anything. */
export class PeerSettings {
  headerTableSize: number = 4096
  maxConcurrentStreams: number = MAX_WINDOW
  initialWindowSize: number = DEFAULT_WINDOW
  maxFrameSize: number = DEFAULT_MAX_FRAME_SIZE

  /** Takes over the payload of a SETTINGS frame; unknown settings are ignored. */
  apply(payload: Uint8Array, start: number, end: number): void {
    if ((end - start) % ENTRY_BYTES !== 0)
      throw new ConnectionError(ErrorCode.frameSizeError, `The peer sent SETTINGS of ${end - start} bytes.`)
    for (let at = start; at < end; at += ENTRY_BYTES) {
      this.#set(((payload[at] as number) << 8) | (payload[at + 1] as number), readUint32(payload, at + 2))
    }
  }

  #set(setting: number, value: number): void {
    switch (setting) {
      case Setting.headerTableSize:
        this.headerTableSize = value
        break
      case Setting.enablePush:
        if (value !== 0) refuse(ErrorCode.protocolError, 'ENABLE_PUSH', value)
        break
      case Setting.maxConcurrentStreams:
        this.maxConcurrentStreams = value
        break
      case Setting.initialWindowSize:
        if (value > MAX_WINDOW) refuse(ErrorCode.flowControlError, 'INITIAL_WINDOW_SIZE', value)
        this.initialWindowSize = value
        break
      case Setting.maxFrameSize:
        if (value < DEFAULT_MAX_FRAME_SIZE || value > MAX_MAX_FRAME_SIZE)
          refuse(ErrorCode.protocolError, 'MAX_FRAME_SIZE', value)
        this.maxFrameSize = value
        break
    }
  }
}

function refuse(code: ErrorCode, name: string, value: number): never {
  throw new ConnectionError(code, `The peer announced ${name} = ${value}, which is not allowed.`)
}

/** A SETTINGS frame. */
export function encodeSettings(settings: readonly (readonly [setting: number, value: number])[]): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + settings.length * ENTRY_BYTES)
  writeFrameHeader(frame, 0, settings.length * ENTRY_BYTES, FrameType.settings, Flag.none, 0)
  settings.forEach(([setting, value], index) => {
    const at = FRAME_HEADER_BYTES + index * ENTRY_BYTES
    frame[at + 1] = setting
    writeUint32(frame, at + 2, value)
  })
  return frame
}
