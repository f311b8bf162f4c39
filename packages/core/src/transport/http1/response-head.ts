/** The head of one answer, as far as framing needs it. Overwritten by each {@link parseHead}. */
export interface ResponseHead {
  status: number
  /** Where the header lines begin and end; the empty line is not part of them. */
  linesStart: number
  linesEnd: number
  /** −1 without `Content-Length`. */
  contentLength: number
  hasTransferEncoding: boolean
  /** Whether `chunked` is the last transfer coding. */
  chunked: boolean
  /** Whether the server keeps the connection open, as far as it says. */
  keepAlive: boolean
  /** What is wrong, after `INVALID_HEAD`. */
  problem: string
}

export function createHead(): ResponseHead {
  return {
    status: 0,
    linesStart: 0,
    linesEnd: 0,
    contentLength: -1,
    hasTransferEncoding: false,
    chunked: false,
    keepAlive: false,
    problem: '',
  }
}

/** A head, or the trailers, above this size violate the protocol. */
export const HEADER_LIMIT = 65_536

export const INCOMPLETE_HEAD = -1
export const INVALID_HEAD = -2

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const COLON = 58
const ZERO = 48
const PREFIX: Uint8Array = Buffer.from('HTTP/1.')
const CONTENT_LENGTH: Uint8Array = Buffer.from('content-length')
const TRANSFER_ENCODING: Uint8Array = Buffer.from('transfer-encoding')
const CONNECTION: Uint8Array = Buffer.from('connection')
const CHUNKED: Uint8Array = Buffer.from('chunked')

const TOKEN = 1
const VALUE = 2
/** Which characters may stand in a field name (RFC 9110 §5.6.2) and in a field value (§5.5, with obs-text). */
export const CHARACTERS: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const token = /[!#$%&'*+\-.^_`|~\dA-Za-z]/.test(String.fromCharCode(code)) && code < 128
  const value = code === TAB || (code >= SPACE && code !== 127)
  return (token ? TOKEN : 0) | (value ? VALUE : 0)
})

export function isTokenCharacter(code: number): boolean {
  return ((CHARACTERS[code] as number) & TOKEN) !== 0
}

export function isValueCharacter(code: number): boolean {
  return ((CHARACTERS[code] as number) & VALUE) !== 0
}

/**
 * Reads a status line and header lines (RFC 9112 §4, §5). Strict where leniency makes two readers disagree: lines end
 * with CRLF, never with a bare LF; no white space before a colon; one `Content-Length`. Folded lines (§5.2) are joined
 * in place: `buffer` is modified.
 * @returns where the content begins, `INCOMPLETE_HEAD` when more bytes are needed, or `INVALID_HEAD`
 */
export function parseHead(buffer: Uint8Array, start: number, end: number, head: ResponseHead): number {
  for (let index = 0; index < 7; index++) {
    if (start + index >= end) return INCOMPLETE_HEAD
    if (buffer[start + index] !== PREFIX[index]) return invalid(head, foreignProtocol(buffer, start, end))
  }
  if (start + 8 >= end) return INCOMPLETE_HEAD
  const minor = (buffer[start + 7] as number) - ZERO
  if ((minor !== 0 && minor !== 1) || buffer[start + 8] !== SPACE) {
    return invalid(head, 'the HTTP version is neither 1.0 nor 1.1')
  }
  let status = 0
  for (let index = 9; index < 12; index++) {
    if (start + index >= end) return INCOMPLETE_HEAD
    const digit = (buffer[start + index] as number) - ZERO
    if (digit < 0 || digit > 9) return invalid(head, 'the status is not a number of three digits')
    status = status * 10 + digit
  }
  if (status < 100) return invalid(head, 'the status is below 100')

  let at = start + 12
  if (at >= end) return INCOMPLETE_HEAD
  if (buffer[at] !== SPACE && buffer[at] !== CR) return invalid(head, 'the status line is malformed')
  while (((CHARACTERS[buffer[at] as number] as number) & VALUE) !== 0) {
    at += 1
    if (at >= end) return INCOMPLETE_HEAD
  }
  if (buffer[at] !== CR)
    return invalid(head, 'the status line contains a control character or ends with a bare LF')
  if (at + 1 >= end) return INCOMPLETE_HEAD
  if (buffer[at + 1] !== LF) return invalid(head, 'the status line contains a bare CR')
  at += 2

  head.status = status
  head.linesStart = at
  head.contentLength = -1
  head.hasTransferEncoding = false
  head.chunked = false
  let close = false
  let keepAlive = false

  for (;;) {
    if (at >= end) return INCOMPLETE_HEAD
    let byte = buffer[at] as number
    if (byte === CR) {
      if (at + 1 >= end) return INCOMPLETE_HEAD
      if (buffer[at + 1] !== LF) return invalid(head, 'the head contains a bare CR')
      head.linesEnd = at
      head.keepAlive = !close && (minor > 0 || (keepAlive && !head.hasTransferEncoding))
      return at + 2
    }

    const nameStart = at
    while (((CHARACTERS[byte] as number) & TOKEN) !== 0) {
      at += 1
      if (at >= end) return INCOMPLETE_HEAD
      byte = buffer[at] as number
    }
    if (byte !== COLON || at === nameStart) return invalid(head, 'a header name is malformed')
    const nameLength = at - nameStart
    at += 1

    while (at < end && (buffer[at] === SPACE || buffer[at] === TAB)) at += 1
    const valueStart = at
    for (;;) {
      if (at >= end) return INCOMPLETE_HEAD
      byte = buffer[at] as number
      if (((CHARACTERS[byte] as number) & VALUE) !== 0) {
        at += 1
        continue
      }
      if (byte !== CR)
        return invalid(head, 'a header value contains a control character or ends with a bare LF')
      if (at + 2 >= end) return INCOMPLETE_HEAD
      if (buffer[at + 1] !== LF) return invalid(head, 'a header value contains a bare CR')
      if (buffer[at + 2] !== SPACE && buffer[at + 2] !== TAB) break
      buffer[at] = SPACE
      buffer[at + 1] = SPACE
    }
    let valueEnd = at
    while (valueEnd > valueStart && (buffer[valueEnd - 1] === SPACE || buffer[valueEnd - 1] === TAB))
      valueEnd -= 1
    let valueBegin = valueStart
    while (valueBegin < valueEnd && (buffer[valueBegin] === SPACE || buffer[valueBegin] === TAB))
      valueBegin += 1
    at += 2

    if (nameLength === 14) {
      if (!equalsIgnoringCase(buffer, nameStart, CONTENT_LENGTH)) continue
      if (head.contentLength !== -1) return invalid(head, 'there is more than one Content-Length')
      head.contentLength = parseLength(buffer, valueBegin, valueEnd)
      if (head.contentLength === -1) return invalid(head, 'Content-Length is not a number')
    } else if (nameLength === 17) {
      if (!equalsIgnoringCase(buffer, nameStart, TRANSFER_ENCODING)) continue
      readTransferEncoding(buffer, valueBegin, valueEnd, head)
    } else if (nameLength === 10) {
      if (!equalsIgnoringCase(buffer, nameStart, CONNECTION)) continue
      if (hasListElement(buffer, valueBegin, valueEnd, CLOSE)) close = true
      if (hasListElement(buffer, valueBegin, valueEnd, KEEP_ALIVE)) keepAlive = true
    }
  }
}

const CLOSE: Uint8Array = Buffer.from('close')
const KEEP_ALIVE: Uint8Array = Buffer.from('keep-alive')
const COMMA = 44

/** Names the protocols that people mistake for HTTP/1.1 most often: a wrong scheme or a wrong port. */
function foreignProtocol(buffer: Uint8Array, start: number, end: number): string {
  const [first, second, , type] = buffer.subarray(start, Math.min(end, start + 4))
  if ((first === TLS_ALERT || first === TLS_HANDSHAKE) && second === 3)
    return 'the server speaks TLS: the URL should begin with https://'
  if (first === 0 && type === HTTP2_SETTINGS)
    return 'the server speaks HTTP/2 without TLS, as gRPC servers do'
  return 'the answer does not begin with HTTP/1.'
}

const TLS_ALERT = 21
const TLS_HANDSHAKE = 22
const HTTP2_SETTINGS = 4

function invalid(head: ResponseHead, problem: string): number {
  head.problem = problem
  return INVALID_HEAD
}

/** Whether the bytes at `at` are `lower`, which is in lower case. Folding `|32` cannot confuse letters with other token characters. */
function equalsIgnoringCase(buffer: Uint8Array, at: number, lower: Uint8Array): boolean {
  for (let index = 0; index < lower.length; index++) {
    if (((buffer[at + index] as number) | 32) !== lower[index]) return false
  }
  return true
}

function parseLength(buffer: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 15) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = (buffer[at] as number) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function hasListElement(buffer: Uint8Array, start: number, end: number, element: Uint8Array): boolean {
  let at = start
  while (at < end) {
    while (at < end && (buffer[at] === SPACE || buffer[at] === TAB || buffer[at] === COMMA)) at += 1
    let stop = at
    while (stop < end && buffer[stop] !== COMMA) stop += 1
    let last = stop
    while (last > at && (buffer[last - 1] === SPACE || buffer[last - 1] === TAB)) last -= 1
    if (last - at === element.length && equalsIgnoringCase(buffer, at, element)) return true
    at = stop
  }
  return false
}

/** RFC 9112 §6.1, §6.3: content is chunked when that is the last coding; empty list elements do not count. */
function readTransferEncoding(buffer: Uint8Array, start: number, end: number, head: ResponseHead): void {
  head.hasTransferEncoding = true
  if (end - start === CHUNKED.length) {
    head.chunked = equalsIgnoringCase(buffer, start, CHUNKED)
    return
  }
  const text = String.fromCharCode(...buffer.subarray(start, end)).toLowerCase()
  const codings = text
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '')
  head.chunked = codings.at(-1) === 'chunked'
}
