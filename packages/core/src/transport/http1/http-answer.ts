import { ServebenchError } from '../../errors/servebench-error.ts'
import type { RawMessage } from '../../engine/session.ts'

/** Content that decodes to more than this is refused: a small answer can unpack to gigabytes. */
const DECODED_LIMIT = 1024 * 1024 * 1024

/** Header fields by lower-case name; the values of fields that occur several times are joined with `', '`. */
export type HttpResponseHeaders = Readonly<Record<string, string>>

/** Reads header lines, of HTTP/1.1 or of another transport in the same form. */
export function parseHeaderLines(head: Uint8Array): HttpResponseHeaders {
  const headers: Record<string, string> = Object.create(null)
  for (const line of Buffer.from(head.buffer, head.byteOffset, head.byteLength)
    .toString('latin1')
    .split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

/**
 * The content of an answer without its `Content-Encoding`.
 * @throws {ServebenchError} `SERVEBENCH_CONTENT_ENCODING` when it is unknown, damaged, or decodes to more than 1 GiB
 */
export function decodeContent(
  raw: RawMessage,
  headers: HttpResponseHeaders = parseHeaderLines(raw.head),
): Uint8Array {
  let content: Uint8Array =
    raw.messages.length === 1 ? (raw.messages[0] as Uint8Array) : Buffer.concat(raw.messages)
  const codings = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  // An answer to HEAD names the encoding of content that it does not have.
  if (content.length === 0) return content
  for (const coding of codings.reverse()) {
    try {
      content = decode(coding, content)
    } catch (cause) {
      if (cause instanceof ServebenchError) throw cause
      throw new ServebenchError(
        'SERVEBENCH_CONTENT_ENCODING',
        `The answer's content cannot be decoded as ${coding}.`,
        {
          advice: 'Check what the server compresses, or do not ask for compression.',
          cause,
        },
      )
    }
  }
  return content
}

function decode(coding: string, content: Uint8Array): Uint8Array {
  const zlib = process.getBuiltinModule('node:zlib')
  const options = { maxOutputLength: DECODED_LIMIT }
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.gunzipSync(content, options)
    case 'deflate':
      // RFC 9110 §8.4.1.2: some servers send it without the zlib wrapper, whose first byte has 8 in its low half.
      return ((content[0] ?? 0) & 15) === 8
        ? zlib.inflateSync(content, options)
        : zlib.inflateRawSync(content, options)
    case 'br':
      return zlib.brotliDecompressSync(content, options)
    case 'zstd':
      return zlib.zstdDecompressSync(content, options)
    default:
      throw new ServebenchError(
        'SERVEBENCH_CONTENT_ENCODING',
        `The answer has the content encoding '${coding}', which is not known.`,
        {
          advice: "Ask for gzip, deflate, br or zstd with the header 'accept-encoding'.",
        },
      )
  }
}
