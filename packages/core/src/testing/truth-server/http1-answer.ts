import { STATUS_CODES } from 'node:http'
import { answerBody, streamMessage } from './answer-body.ts'
import { type AnswerPlan, plainConduct, type StreamPlan } from './conduct.ts'
import { randomBytes } from './draw.ts'
import type { BreakPoint, Ending } from './program.ts'
import type { Visit } from './visit.ts'
import { cut, pace, type Segment, type WirePlan } from './wire.ts'

const CRLF = Buffer.from('\r\n')
const LAST_CHUNK = '0\r\n'
/** Above this size header and body are not copied together. */
const JOIN_LIMIT = 64 * 1024

export interface Http1Situation {
  /** The client may send further requests on this connection. */
  readonly keepAlive: boolean
  readonly minor: 0 | 1
  readonly seed: number
}

/** Lays out everything that the server sends for a visit, faults included. */
export function http1Answer(visit: Visit, situation: Http1Situation): WirePlan {
  const { fault } = visit.conduct
  switch (fault?.kind) {
    case undefined:
      return layOut(visit, situation, 0)
    case 'reset':
    case 'close':
    case 'half-close':
    case 'hang':
      return broken(layOut(visit, situation, 0), fault.after ?? 'nothing', fault.kind)
    case 'content-length': {
      const plan = layOut(visit, situation, fault.difference)
      return fault.difference > 0 ? { ...plan, ending: fault.ending ?? 'close' } : plan
    }
    case 'garbage': {
      const bytes = randomBytes(situation.seed, visit.index, fault.bytes ?? 64)
      return { segments: [{ delay: 0, bytes }], spaced: false, ending: fault.ending ?? 'close' }
    }
    case 'raw': {
      const bytes = Buffer.from(fault.text, 'latin1')
      return { segments: [{ delay: 0, bytes }], spaced: false, ending: fault.ending ?? 'keep' }
    }
    case 'rst-stream':
    case 'goaway':
    case 'frames':
      visit.conduct = plainConduct(visit.conduct, 501, `The fault '${fault.kind}' needs HTTP/2.`, 12)
      return layOut(visit, situation, 0)
  }
}

function broken(plan: Layout, after: BreakPoint, ending: Ending): WirePlan {
  const length = after === 'nothing' ? 0 : after === 'headers' ? plan.headerBytes : after
  return { segments: cut(plan.segments, length), spaced: plan.spaced, ending }
}

interface Layout extends WirePlan {
  /** Interim answers and the header block. */
  readonly headerBytes: number
}

function layOut(visit: Visit, situation: Http1Situation, difference: number): Layout {
  const { answer } = visit.conduct
  if (answer.stream?.kind === 'echo') {
    visit.conduct = plainConduct(visit.conduct, 501, 'An echo stream needs HTTP/2.', 12)
    return layOut(visit, situation, 0)
  }
  const chunked = situation.minor === 1 && answer.framing === 'chunked'
  const untilClose = answer.framing === 'close' || (situation.minor === 0 && answer.framing === 'chunked')
  const close = answer.close || untilClose || !situation.keepAlive
  const bodiless = visit.head.method === 'HEAD' || answer.status === 204 || answer.status === 304
  const body = answer.stream === null ? answerBody(visit) : null

  const lines = answer.informational.map(
    (status) => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Interim'}\r\n\r\n`,
  )
  lines.push(`HTTP/1.1 ${answer.status} ${answer.reason ?? STATUS_CODES[answer.status] ?? 'Unknown'}\r\n`)
  if (!answer.headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    lines.push(`content-type: ${contentType(answer.stream)}\r\n`)
  }
  for (const [name, value] of answer.headers) lines.push(`${name}: ${value}\r\n`)
  if (close) lines.push('connection: close\r\n')
  else if (situation.minor === 0) lines.push('connection: keep-alive\r\n')
  if (answer.status !== 204) {
    if (chunked) lines.push('transfer-encoding: chunked\r\n')
    else if (!untilClose && body !== null)
      lines.push(`content-length: ${Math.max(0, body.length + difference)}\r\n`)
  }
  lines.push('\r\n')
  const head = Buffer.from(lines.join(''), 'latin1')
  const ending = close ? 'close' : 'keep'
  const common = { ending, headerBytes: head.length } as const

  if (bodiless) return { ...common, segments: [{ delay: 0, bytes: head }], spaced: false }
  if (answer.stream !== null) {
    return {
      ...common,
      segments: [{ delay: 0, bytes: head }, ...messages(visit, answer.stream, chunked, answer)],
      spaced: false,
    }
  }
  const content = body as Buffer
  const framed = chunked ? [...chunk(content), lastChunk(answer)] : [content]
  if (answer.pace !== null) {
    const { bytes, every } = answer.pace
    return { ...common, segments: pace(Buffer.concat([head, ...framed]), bytes, every), spaced: true }
  }
  const parts = content.length > JOIN_LIMIT ? [head, ...framed] : [Buffer.concat([head, ...framed])]
  return { ...common, segments: parts.map((bytes) => ({ delay: 0, bytes })), spaced: false }
}

function contentType(stream: StreamPlan | null): string {
  return stream?.kind === 'messages' && stream.format === 'sse' ? 'text/event-stream' : 'application/json'
}

function messages(
  visit: Visit,
  stream: StreamPlan & { kind: 'messages' },
  chunked: boolean,
  answer: AnswerPlan,
): Segment[] {
  const segments: Segment[] = []
  for (let number = 0; number < stream.count; number++) {
    const text = streamMessage(visit, stream, number)
    const bytes =
      stream.format === 'sse'
        ? Buffer.concat([Buffer.from('data: '), text, Buffer.from('\n\n')])
        : stream.format === 'ndjson'
          ? Buffer.concat([text, Buffer.from('\n')])
          : text
    const delay = stream.first + number * stream.gap
    segments.push({ delay, bytes: chunked ? Buffer.concat(chunk(bytes)) : bytes })
  }
  if (chunked) segments.push({ delay: segments.at(-1)?.delay ?? stream.first, bytes: lastChunk(answer) })
  return segments
}

function chunk(bytes: Buffer): Buffer[] {
  return bytes.length === 0 ? [] : [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, CRLF]
}

function lastChunk(answer: AnswerPlan): Buffer {
  const trailers = answer.trailers.map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${LAST_CHUNK}${trailers.join('')}\r\n`, 'latin1')
}
