import { bodyContent } from 'servebench/session'
import type { HttpContent } from 'servebench/session'
import type { TorchServeValue } from '../request.ts'

/**
 * Fields as `multipart/form-data` (RFC 7578). Those that are no text come as files: TorchServe would decode them as text
 * otherwise.
 */
export function encodeMultipart(fields: Readonly<Record<string, TorchServeValue>>): HttpContent {
  const parts = Object.entries(fields).map(([name, value]) => {
    const { bytes, type } = bodyContent(value)
    return { name: escape(name), bytes: Buffer.from(bytes), type, isText: typeof value === 'string' }
  })
  const boundary = chooseBoundary(parts.map(({ bytes }) => bytes))
  const lines = parts.flatMap(({ name, bytes, type, isText }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"` +
        `${isText ? '' : `; filename="${name}"\r\ncontent-type: ${type}`}\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n'),
  ])
  return {
    bytes: Buffer.concat([...lines, Buffer.from(`--${boundary}--\r\n`)]),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}

/** The same for the same content, and nowhere in it. */
function chooseBoundary(contents: readonly Buffer[]): string {
  for (let count = 0; ; count++) {
    const boundary = `servebench-${count}`
    if (!contents.some((content) => content.includes(`--${boundary}`))) return boundary
  }
}

/** As browsers do it (HTML, "multipart/form-data encoding algorithm"). */
function escape(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
