import { WireReader, WireWriter } from '@servebench/plugin-oip/protocol'
import type { Nanos } from 'servebench/plugin'

/** Field numbers of `ProfileRequest`, `ProfileOptions` and `ProfileResponse` of `tensorflow.ProfilerService`. */
const Request = {
  duration: 1,
  tools: 3,
  options: 4,
  repository: 5,
  session: 6,
  host: 7,
} as const
const Options = { hostTracer: 2, deviceTracer: 3, version: 5, duration: 9 } as const
const Answer = { tool: 6, isEmpty: 7 } as const
const Tool = { name: 1, data: 2 } as const

const VERSION = 1
/** Operators and what the runtime does around them, without the details of each. */
const TRACER_LEVEL = 2
const NANOS_PER_MILLISECOND = 1e6

export interface ProfileRequest {
  /** At most; the server is told when it is enough. */
  readonly duration: Nanos
  /** A folder on the server's machine; the file is `repository/session/host.xplane.pb`. */
  readonly repository: string
  readonly session: string
  readonly host: string
}

export interface ProfileAnswer {
  readonly files: readonly { readonly name: string; readonly data: Uint8Array }[]
  /** Nothing happened. */
  readonly isEmpty: boolean
}

export function writeProfileRequest({ duration, repository, session, host }: ProfileRequest): WireWriter {
  const milliseconds = Math.ceil(duration / NANOS_PER_MILLISECOND)
  return new WireWriter()
    .integer(Request.duration, milliseconds)
    .string(Request.tools, 'xplane.pb')
    .message(Request.options, (options) => {
      options
        .integer(Options.hostTracer, TRACER_LEVEL)
        .integer(Options.deviceTracer, 1)
        .integer(Options.version, VERSION)
        .integer(Options.duration, milliseconds)
    })
    .string(Request.repository, repository)
    .string(Request.session, session)
    .string(Request.host, host)
}

/** @throws {ServebenchError} `SERVEBENCH_PROTOBUF` */
export function readProfileAnswer(message: Uint8Array): ProfileAnswer {
  const files: { name: string; data: Uint8Array }[] = []
  let isEmpty = false
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Answer.tool) files.push(readTool(reader.bytes()))
    else if (reader.field === Answer.isEmpty) isEmpty = reader.bool()
    else reader.skip()
  }
  return { files, isEmpty }
}

function readTool(message: Uint8Array): { name: string; data: Uint8Array } {
  const tool = { name: '', data: new Uint8Array() as Uint8Array }
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Tool.name) tool.name = reader.string()
    else if (reader.field === Tool.data) tool.data = reader.bytes()
    else reader.skip()
  }
  return tool
}
