import type { SessionStatistics } from './session.ts'

/** What several sessions that are one to the engine have done together, with the notes of all of them. */
export function sumStatistics(parts: readonly SessionStatistics[]): SessionStatistics & {
  readonly notes: readonly string[]
} {
  const sum = (value: (part: SessionStatistics) => number): number =>
    parts.reduce((total, part) => total + value(part), 0)
  return {
    engine: [...new Set(parts.map(({ engine }) => engine))].join('+'),
    connectionsOpened: sum((part) => part.connectionsOpened),
    connectionsFailed: sum((part) => part.connectionsFailed),
    connectionsClosed: sum((part) => part.connectionsClosed),
    connectNanos: sum((part) => part.connectNanos),
    handshakeNanos: sum((part) => part.handshakeNanos),
    bytesOut: sum((part) => part.bytesOut),
    bytesIn: sum((part) => part.bytesIn),
    notes: parts.flatMap(({ notes = [] }) => notes),
  }
}
