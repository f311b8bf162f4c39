import type { OutgoingHttpHeaders } from 'node:http2'
import { answerBody, streamMessage } from './answer-body.ts'
import type { AnswerPlan, StreamPlan } from './conduct.ts'
import { encodeStatusMessage, frameMessage } from './grpc-framing.ts'
import type { Visit } from './visit.ts'
import { pace, type Segment } from './wire.ts'

/** What a server sends on a stream: how it begins, its body, and how it ends. */
export interface Http2Layout {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly segments: readonly Segment[]
  readonly trailers: OutgoingHttpHeaders | null
  /** Each segment leaves in a write of its own. */
  readonly spaced: boolean
  /** The header block ends the stream: no body, no trailers apart. */
  readonly headersOnly: boolean
  readonly messages: number
}

/**
 * Lays out the answer to a visit.
 * @param call the messages of a gRPC call, `null` for other requests
 * @param difference by how much the content-length lies
 */
export function http2Answer(visit: Visit, call: readonly Buffer[] | null, difference: number): Http2Layout {
  const { answer } = visit.conduct
  return call !== null && (answer.status === 200 || answer.grpc.status !== 0)
    ? grpcAnswer(visit, answer, call, difference)
    : plainAnswer(visit, answer, difference)
}

function plainAnswer(visit: Visit, answer: AnswerPlan, difference: number): Http2Layout {
  const stream = answer.stream?.kind === 'messages' ? answer.stream : null
  const headers: OutgoingHttpHeaders = {
    ':status': answer.status,
    'content-type': stream?.format === 'sse' ? 'text/event-stream' : 'application/json',
    ...lowerCase(answer.headers),
  }
  const trailers = answer.trailers.length === 0 ? null : lowerCase(answer.trailers)
  const common = { status: answer.status, headers, trailers }
  if (stream !== null) {
    const [before, behind] =
      stream.format === 'sse' ? ['data: ', '\n\n'] : ['', stream.format === 'ndjson' ? '\n' : '']
    const segments = messages(stream, (number) =>
      Buffer.concat([Buffer.from(before), streamMessage(visit, stream, number), Buffer.from(behind)]),
    )
    return { ...common, segments, spaced: false, headersOnly: false, messages: stream.count }
  }
  const body = answerBody(visit)
  const bodiless = visit.head.method === 'HEAD' || answer.status === 204 || answer.status === 304
  if (answer.status !== 204) headers['content-length'] = Math.max(0, body.length + difference)
  return { ...common, ...paced(body, answer), headersOnly: bodiless, messages: 1 }
}

function grpcAnswer(
  visit: Visit,
  answer: AnswerPlan,
  call: readonly Buffer[],
  difference: number,
): Http2Layout {
  const headers: OutgoingHttpHeaders = {
    ':status': 200,
    'content-type': 'application/grpc',
    ...lowerCase(answer.headers),
  }
  const trailers: OutgoingHttpHeaders = {
    'grpc-status': String(answer.grpc.status),
    ...(answer.grpc.message === '' ? {} : { 'grpc-message': encodeStatusMessage(answer.grpc.message) }),
    ...lowerCase(answer.trailers),
  }
  if (answer.grpc.status !== 0 && !answer.grpc.afterMessages) {
    const all = { ...headers, ...trailers }
    return {
      status: 200,
      headers: all,
      segments: [],
      trailers: null,
      spaced: false,
      headersOnly: true,
      messages: 0,
    }
  }
  const { stream } = answer
  if (stream?.kind === 'messages') {
    const segments = messages(stream, (number) => frameMessage(streamMessage(visit, stream, number)))
    return {
      status: 200,
      headers,
      segments,
      trailers,
      spaced: false,
      headersOnly: false,
      messages: stream.count,
    }
  }
  const answers = answer.body === 'echo' ? call : [answerBody(visit)]
  const body = Buffer.concat(answers.map((message) => frameMessage(message)))
  if (difference !== 0) headers['content-length'] = Math.max(0, body.length + difference)
  const bytes = paced(body, answer)
  return { status: 200, headers, ...bytes, trailers, headersOnly: false, messages: answers.length }
}

function messages(stream: StreamPlan & { kind: 'messages' }, bytes: (number: number) => Buffer): Segment[] {
  return Array.from({ length: stream.count }, (_, number) => ({
    delay: stream.first + number * stream.gap,
    bytes: bytes(number),
  }))
}

function paced(bytes: Buffer, answer: AnswerPlan): { segments: Segment[]; spaced: boolean } {
  if (answer.pace !== null)
    return { segments: pace(bytes, answer.pace.bytes, answer.pace.every), spaced: true }
  return { segments: bytes.length === 0 ? [] : [{ delay: 0, bytes }], spaced: false }
}

function lowerCase(fields: AnswerPlan['headers']): Record<string, string> {
  return Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]))
}
