import { expect, it } from 'vitest'
import type { ModelStatistics, ServerStatistics } from '../hooks/server.ts'
import { payloadNotes, type SentPayloads } from './payload-notes.ts'

const COUNTER = { count: 0, ns: 0 }
const NONE = { before: null, after: null }

function statistics(hits: number, misses: number): ServerStatistics {
  const model: ModelStatistics = {
    success: COUNTER,
    fail: COUNTER,
    queue: COUNTER,
    computeInput: COUNTER,
    computeInfer: COUNTER,
    computeOutput: COUNTER,
    inferences: 0,
    executions: 0,
    batches: [],
    cacheHit: { count: hits, ns: 0 },
    cacheMiss: { count: misses, ns: 0 },
  }
  return { models: { a: model } }
}

function sent(rest: Partial<SentPayloads> & { readonly distinct?: number } = {}): SentPayloads {
  const { distinct = 1, ...others } = rest
  return { ring: { distinct }, caches: false, sent: 1000, ...others }
}

it('says which share of the answers came from a cache, whatever was sent', () => {
  const [note, ...rest] = payloadNotes([sent({ distinct: 64 })], {
    before: statistics(10, 10),
    after: statistics(760, 260),
  })
  expect(note).toMatchObject({ code: 'response-cache', severity: 'suspect' })
  expect(note?.message).toContain('75')
  expect(note?.message).toContain('of 1000 requests')
  expect(rest).toEqual([])
})

it('warns about equal payloads where the server says that it caches, and nothing else is known', () => {
  expect(payloadNotes([sent({ caches: true })], NONE)).toMatchObject([
    {
      code: 'equal-payloads',
      severity: 'suspect',
      message: expect.stringContaining('one payload was sent 1000'),
    },
  ])
  expect(payloadNotes([sent({ caches: true, distinct: 64 })], NONE)).toMatchObject([
    {
      code: 'equal-payloads',
      severity: 'note',
      message: expect.stringContaining('64 payloads were sent 1000'),
    },
  ])
})

it('is silent where nothing can come from a cache', () => {
  expect(payloadNotes([sent()], NONE)).toEqual([])
  expect(payloadNotes([sent({ caches: true, distinct: 64, sent: 64 })], NONE)).toEqual([])
  const misses = { before: statistics(0, 0), after: statistics(0, 500) }
  expect(payloadNotes([sent({ caches: true })], misses)).toEqual([])
})

it('counts the rows of data sets that were left out', () => {
  const datasets = [
    { file: 'a.csv', rows: 10, bad: 0, firstBad: null },
    { file: 'b.csv', rows: 10, bad: 3, firstBad: 'line 7 has 2 fields instead of 3' },
  ]
  const notes = payloadNotes([sent({ ring: { distinct: 7, datasets } })], NONE)
  expect(notes).toMatchObject([
    {
      code: 'dataset-rows',
      severity: 'note',
      message: "3 of 10 rows of 'b.csv' could not be used; the first: line 7 has 2 fields instead of 3.",
    },
  ])
})
