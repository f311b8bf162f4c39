/** What both tools search: the same configurations at the same loads, for the same aim. */
export const SPACE = {
  instances: [1, 2],
  maxBatchSize: [1, 8],
  concurrency: [1, 4, 16],
  /** Of dynamic batching, which both switch on in every configuration but the default one. */
  maxQueueDelayMicroseconds: 100,
  latencyBudgetMs: 60,
} as const
