import { expect, it } from 'vitest'
import type { AnswerCounts, SessionStatistics } from './session.ts'
import { sumStatistics } from './sum-statistics.ts'

function statisticsOf(engine: string, answers?: AnswerCounts): SessionStatistics {
  return {
    engine,
    connectionsOpened: 2,
    connectionsFailed: 0,
    connectionsClosed: 1,
    connectNanos: 10,
    handshakeNanos: 0,
    bytesOut: 100,
    bytesIn: 200,
    ...(answers === undefined ? {} : { answers }),
    notes: [engine],
  }
}

it('adds up what several sessions have done, and what their answers were', () => {
  const one = { total: 7, statuses: { '200': 4, '503': 1 }, withHits: 3, zeroHits: 1 }
  const other = { total: 2, statuses: { '200': 1, '404': 1 }, withHits: 1, zeroHits: 0 }
  expect(sumStatistics([statisticsOf('a', one), statisticsOf('b', other), statisticsOf('a')])).toEqual({
    engine: 'a+b',
    connectionsOpened: 6,
    connectionsFailed: 0,
    connectionsClosed: 3,
    connectNanos: 30,
    handshakeNanos: 0,
    bytesOut: 300,
    bytesIn: 600,
    answers: { total: 9, statuses: { '200': 5, '404': 1, '503': 1 }, withHits: 4, zeroHits: 1 },
    notes: ['a', 'b', 'a'],
  })
})

it('knows nothing of answers that no session looks at', () => {
  expect(sumStatistics([statisticsOf('a'), statisticsOf('b')])).not.toHaveProperty('answers')
})
