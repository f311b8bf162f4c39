import { parseBytes } from '../../units/bytes.ts'
import { parseDuration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import type { Answer, Behaviour, Fault, MessageStream } from './program.ts'
import { serviceTimes, type ServiceTimes } from './service-time.ts'

/** A {@link Behaviour} made ready for use: durations are numbers, fixed bodies are bytes. */
export interface Conduct {
  readonly service: ServiceTimes
  readonly answer: AnswerPlan
  readonly fault: Fault | null
  readonly reading: { readonly pause: Nanos } | { readonly bytes: number; readonly every: Nanos } | null
  readonly early: boolean
}

export interface AnswerPlan {
  readonly status: number
  readonly reason: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | 'echo' | 'receipt' | 'sum'
  readonly framing: 'length' | 'chunked' | 'close'
  readonly informational: readonly number[]
  readonly pace: { readonly bytes: number; readonly every: Nanos } | null
  readonly stream: StreamPlan | null
  readonly grpc: { readonly status: number; readonly message: string; readonly afterMessages: boolean }
  readonly close: boolean
}

export type StreamPlan =
  | {
      readonly kind: 'messages'
      readonly count: number
      readonly gap: Nanos
      readonly first: Nanos
      readonly bytes: number
      readonly format: 'sse' | 'ndjson' | 'chunks'
    }
  | { readonly kind: 'echo' }

export function compileConduct(behaviour: Behaviour, seed: number): Conduct {
  const { reading } = behaviour
  return {
    service: serviceTimes(behaviour.service ?? '0s', seed),
    answer: compileAnswer(behaviour.answer ?? {}),
    fault: behaviour.fault ?? null,
    reading:
      reading === undefined
        ? null
        : 'pause' in reading
          ? { pause: parseDuration(reading.pause) }
          : { bytes: reading.bytes, every: parseDuration(reading.every) },
    early: behaviour.early ?? false,
  }
}

/** What the server itself has to say: a status with a sentence for HTTP, another for gRPC. */
export function plainConduct(base: Conduct, status: number, sentence: string, grpcStatus: number): Conduct {
  const answer: Answer = {
    status,
    body: JSON.stringify({ error: sentence }),
    grpc: { status: grpcStatus, message: sentence },
  }
  return { ...base, answer: compileAnswer(answer), fault: null }
}

function compileAnswer(answer: Answer): AnswerPlan {
  const trailers = Object.entries(answer.trailers ?? {})
  const stream = answer.stream === undefined ? null : compileStream(answer.stream)
  return {
    status: answer.status ?? 200,
    reason: answer.reason,
    headers: Object.entries(answer.headers ?? {}),
    trailers,
    body: compileBody(answer.body),
    framing: answer.framing ?? (stream !== null || trailers.length > 0 ? 'chunked' : 'length'),
    informational: answer.informational ?? [],
    pace:
      answer.pace === undefined
        ? null
        : { bytes: answer.pace.bytes, every: parseDuration(answer.pace.every) },
    stream,
    grpc: {
      status: answer.grpc?.status ?? 0,
      message: answer.grpc?.message ?? '',
      afterMessages: answer.grpc?.afterMessages ?? false,
    },
    close: answer.connection === 'close',
  }
}

function compileBody(body: Answer['body']): AnswerPlan['body'] {
  if (body === undefined) return 'receipt'
  if (typeof body === 'string') return Buffer.from(body)
  if (body.kind !== 'fill') return body.kind
  return fill(typeof body.bytes === 'number' ? body.bytes : parseBytes(body.bytes))
}

/** A JSON string of exactly so many bytes; below three bytes just the letter x. */
export function fill(bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes, 'x')
  if (bytes >= 3) {
    buffer[0] = 0x22
    buffer[bytes - 1] = 0x22
  }
  return buffer
}

function compileStream(stream: MessageStream): StreamPlan {
  if (stream.kind === 'echo') return stream
  return {
    kind: 'messages',
    count: stream.count,
    gap: parseDuration(stream.gap ?? '0s'),
    first: parseDuration(stream.first ?? '0s'),
    bytes: stream.bytes ?? 0,
    format: stream.format ?? 'sse',
  }
}
