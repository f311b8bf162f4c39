import { expect, it } from 'vitest'
import { readStatistics } from './statistics.ts'

// The shape of Triton's answer to GET /v2/models/stats (24.10): 17 requests to a model that batches.
const SLOW = {
  name: 'slow',
  version: '1',
  last_inference: 1795319466000,
  inference_count: 17,
  execution_count: 3,
  inference_stats: {
    success: { count: 17, ns: 700 },
    fail: { count: 1, ns: 9 },
    queue: { count: 17, ns: 100 },
    compute_input: { count: 17, ns: 10 },
    compute_infer: { count: 17, ns: 364 },
    compute_output: { count: 17, ns: 20 },
    cache_hit: { count: 2, ns: 1 },
    cache_miss: { count: 0, ns: 0 },
  },
  response_stats: {},
  batch_stats: [
    {
      batch_size: 1,
      compute_input: { count: 1, ns: 1 },
      compute_infer: { count: 1, ns: 21 },
      compute_output: { count: 1, ns: 1 },
    },
    {
      batch_size: 8,
      compute_input: { count: 2, ns: 2 },
      compute_infer: { count: 2, ns: 43 },
      compute_output: { count: 2, ns: 2 },
    },
  ],
  memory_usage: [],
}

it('reads totals by model', () => {
  expect(readStatistics([SLOW]).models['slow']).toEqual({
    success: { count: 17, ns: 700 },
    fail: { count: 1, ns: 9 },
    queue: { count: 17, ns: 100 },
    computeInput: { count: 17, ns: 10 },
    computeInfer: { count: 17, ns: 364 },
    computeOutput: { count: 17, ns: 20 },
    cacheHit: { count: 2, ns: 1 },
    cacheMiss: { count: 0, ns: 0 },
    inferences: 17,
    executions: 3,
    batches: [
      { size: 1, computeInfer: { count: 1, ns: 21 } },
      { size: 8, computeInfer: { count: 2, ns: 43 } },
    ],
  })
})

it('adds up the versions of a model', () => {
  const second = {
    ...SLOW,
    version: '2',
    batch_stats: [{ batch_size: 4, compute_infer: { count: 1, ns: 5 } }, SLOW.batch_stats[1] as object],
  }
  const { models } = readStatistics([SLOW, second] as never)
  expect(models['slow']).toMatchObject({
    inferences: 34,
    executions: 6,
    queue: { count: 34, ns: 200 },
    cacheHit: { count: 4, ns: 2 },
  })
  expect(models['slow']?.batches).toEqual([
    { size: 1, computeInfer: { count: 1, ns: 21 } },
    { size: 4, computeInfer: { count: 1, ns: 5 } },
    { size: 8, computeInfer: { count: 4, ns: 86 } },
  ])
})

it('takes counters that are missing for 0, and 64-bit integers as text', () => {
  expect(
    readStatistics([{ name: 'm', inference_count: '12', inference_stats: { queue: { count: '3' } } }]).models[
      'm'
    ],
  ).toMatchObject({
    inferences: 12,
    executions: 0,
    queue: { count: 3, ns: 0 },
    success: { count: 0, ns: 0 },
    batches: [],
  })
})
