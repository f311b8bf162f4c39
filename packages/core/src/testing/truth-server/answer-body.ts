import { fill, type StreamPlan } from './conduct.ts'
import type { Visit } from './visit.ts'

/** The body of an answer that is not a stream. */
export function answerBody(visit: Visit): Buffer {
  const { body } = visit.conduct.answer
  if (typeof body !== 'string') return body
  switch (body) {
    case 'echo':
      return visit.body
    case 'sum':
      return Buffer.from(JSON.stringify(visit.sum))
    case 'receipt':
      return Buffer.from(
        JSON.stringify({
          index: visit.index,
          unit: Number.isNaN(visit.unit) ? null : visit.unit,
          connection: visit.connection,
          method: visit.head.method,
          path: visit.head.path,
          headers: visit.head.headers(),
          bytes: visit.bytes,
        }),
      )
    default:
      return fill(0)
  }
}

/** One message of a stream: JSON of its number, padded to the size that was asked for. */
export function streamMessage(
  visit: Visit,
  stream: StreamPlan & { kind: 'messages' },
  message: number,
): Buffer {
  const text = `{"index":${visit.index},"message":${message}}`
  return Buffer.from(text.padEnd(stream.bytes, ' '))
}
