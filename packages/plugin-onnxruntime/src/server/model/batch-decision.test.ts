import { Random } from 'servebench/plugin'
import { describe, expect, it } from 'vitest'
import { decideBatch, type BatchingRules, type Waiting, type WaitingList } from './batch-decision.ts'

function list(requests: readonly (Partial<Waiting> | number)[]): WaitingList {
  const waiting = requests.map((request): Waiting => ({
    rows: 1,
    shapeKey: 'a',
    alone: false,
    enqueuedAt: 0,
    ...(typeof request === 'number' ? { rows: request } : request),
  }))
  return { length: waiting.length, at: (index) => waiting[index] as Waiting }
}

const rules: BatchingRules = { maxBatchSize: 8, preferred: [], maxQueueDelay: 100 }

describe('decideBatch', () => {
  it.each([
    ['waits while the batch may grow', [1, 2], {}, 99, 0],
    ['takes everything when the oldest has waited long enough', [1, 2], {}, 100, 2],
    ['takes everything at once without a delay', [1, 2, 1], { maxQueueDelay: 0 }, 0, 3],
    ['starts a full batch at once', [4, 4, 1], {}, 0, 2],
    ['never exceeds the largest batch', [4, 3, 2], {}, 0, 2],
    ['starts a request of the largest size by itself', [8, 1], {}, 0, 1],
    ['starts the largest preferred size at once', [2, 2, 1], { preferred: [2, 4] }, 0, 2],
    ['waits beyond a preferred size that it cannot hit', [3, 2], { preferred: [4] }, 0, 0],
    ['prefers a full batch to a preferred size', [2, 2, 4], { preferred: [4] }, 0, 3],
    ['stops where the shape changes', [{}, { shapeKey: 'b' }, {}], {}, 0, 1],
    ['keeps a request alone that must be', [{ alone: true }, {}], {}, 0, 1],
    ['does not add a request that must be alone', [{}, { alone: true }], {}, 0, 1],
  ] as [string, (Partial<Waiting> | number)[], Partial<BatchingRules>, number, number][])(
    '%s',
    (_what, requests, changes, now, taken) => {
      expect(decideBatch(list(requests), { ...rules, ...changes }, now)).toBe(taken)
    },
  )

  it('takes a prefix that fits, whatever waits, and never waits beyond the delay', () => {
    const random = new Random([1, 2, 3, 4])
    for (let round = 0; round < 2000; round++) {
      const queue = list(
        Array.from({ length: 1 + random.int(12) }, () => ({
          rows: 1 + random.int(8),
          shapeKey: 'ab'[random.int(2)] as string,
          alone: random.int(8) === 0,
        })),
      )
      const now = random.int(200)
      const preferred = Array.from({ length: random.int(3) }, () => 1 + random.int(8))
      const taken = decideBatch(queue, { ...rules, preferred }, now)
      const chosen = Array.from({ length: taken }, (_, index) => queue.at(index))
      const rows = chosen.reduce((total, request) => total + request.rows, 0)
      if (now >= rules.maxQueueDelay) expect(taken).toBeGreaterThan(0)
      expect(rows).toBeLessThanOrEqual(8)
      expect(new Set(chosen.map(({ shapeKey }) => shapeKey)).size).toBeLessThanOrEqual(1)
      if (taken > 1) expect(chosen.some(({ alone }) => alone)).toBe(false)
    }
  })
})
