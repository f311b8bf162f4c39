import type { SessionStatistics } from './session.ts'
import { sumAnswers } from './sum-answers.ts'

/** What several sessions that are one to the engine have done together, with the notes of all of them. */
export function sumStatistics(parts: readonly SessionStatistics[]): SessionStatistics & {
  readonly notes: readonly string[]
} {
  const sum = (value: (part: SessionStatistics) => number): number =>
    parts.reduce((total, part) => total + value(part), 0)
  const answers = parts.flatMap((part) => part.answers ?? [])
  return {
    engine: [...new Set(parts.map(({ engine }) => engine))].join('+'),
    connectionsOpened: sum((part) => part.connectionsOpened),
    connectionsFailed: sum((part) => part.connectionsFailed),
    connectionsClosed: sum((part) => part.connectionsClosed),
    connectNanos: sum((part) => part.connectNanos),
    handshakeNanos: sum((part) => part.handshakeNanos),
    bytesOut: sum((part) => part.bytesOut),
    bytesIn: sum((part) => part.bytesIn),
    // Of none that looks, nothing is known: that is not the same as no answer.
    ...(answers.length === 0 ? {} : { answers: sumAnswers(answers) }),
    notes: parts.flatMap(({ notes = [] }) => notes),
  }
}
