import { gunzipSync, gzipSync } from 'node:zlib'
import type { Encoded, PatchPoint, RawMessage } from '../../engine/session.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { formatBytes } from '../../units/bytes.ts'

const PREFIX_BYTES = 5

export interface GrpcMessageOptions extends Omit<Encoded, 'bytes'> {
  /** Compresses the message; the session needs `encoding: 'gzip'`, too. */
  readonly compress?: 'gzip'
}

/**
 * A serialised message as the payload of a gRPC session, with the prefix that every gRPC message has.
 * The offsets of patch points count from the message's first byte.
 * @throws {ServebenchError} `SERVEBENCH_GRPC_PATCH` for a compressed message with patch points
 */
export function encodeGrpcMessage(message: Uint8Array, options: GrpcMessageOptions = {}): Encoded {
  const { compress, patches = [], ...rest } = options
  if (compress !== undefined && patches.length > 0) {
    throw new ServebenchError(
      'SERVEBENCH_GRPC_PATCH',
      'A compressed message cannot differ from request to request.',
      {
        advice: 'Turn the compression of requests off, or the fields that make requests unique.',
      },
    )
  }
  const body = compress === undefined ? message : gzipSync(message)
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix[0] = compress === undefined ? 0 : 1
  prefix.writeUInt32BE(body.length, 1)
  return { ...rest, bytes: [prefix, body], patches: patches.map(shift) }
}

function shift(point: PatchPoint): PatchPoint {
  return { ...point, offset: point.offset + PREFIX_BYTES }
}

/** Whether a payload is one message with its prefix. */
export function isGrpcMessage(bytes: Buffer): boolean {
  return (
    bytes.length >= PREFIX_BYTES && bytes[0]! <= 1 && bytes.readUInt32BE(1) === bytes.length - PREFIX_BYTES
  )
}

/**
 * The messages of an answer, decompressed where the server compressed them.
 * @param maxBytes how large a decompressed message may be
 * @throws {ServebenchError} `SERVEBENCH_GRPC_ENCODING` for an unknown compression, `SERVEBENCH_GRPC_MESSAGE` for data
 *   that does not decompress within the limit
 */
export function decodeGrpcMessages(raw: RawMessage, maxBytes: number): readonly Uint8Array[] {
  const encoding =
    /^grpc-encoding: *(.*?) *\r?$/m.exec(Buffer.from(raw.head).toString('latin1'))?.[1] ?? 'identity'
  if (encoding === 'identity') return raw.messages
  if (encoding === 'gzip')
    return raw.messages.map((message) => (isGzip(message) ? gunzip(message, maxBytes) : message))
  throw new ServebenchError(
    'SERVEBENCH_GRPC_ENCODING',
    `The server compressed its answer with '${encoding}'.`,
    {
      advice: 'Only gzip is supported: configure the server for it, or leave acceptEncoding out.',
    },
  )
}

/** Servers may leave single messages uncompressed. No protobuf message begins like gzip: 0x1f has wire type 7. */
function isGzip(message: Uint8Array): boolean {
  return message[0] === 0x1f && message[1] === 0x8b
}

function gunzip(message: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(message, { maxOutputLength: maxBytes })
  } catch (cause) {
    throw new ServebenchError(
      'SERVEBENCH_GRPC_MESSAGE',
      'A compressed message of the answer cannot be decompressed.',
      {
        advice: `It is damaged, or larger than ${formatBytes(maxBytes)} when decompressed.`,
        cause,
      },
    )
  }
}
