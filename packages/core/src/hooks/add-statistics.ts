import type { Counter, ModelStatistics } from './server.ts'

const NONE: Counter = { count: 0, ns: 0 }

/** What a model has done in two spans of time, or in two of its versions, together. */
export function addStatistics(a: ModelStatistics, b: ModelStatistics): ModelStatistics {
  const sizes = [...new Set([...a.batches, ...b.batches].map(({ size }) => size))].sort((x, y) => x - y)
  const padding =
    a.padding === undefined && b.padding === undefined ? null : (a.padding ?? 0) + (b.padding ?? 0)
  return {
    success: add(a.success, b.success),
    fail: add(a.fail, b.fail),
    queue: add(a.queue, b.queue),
    computeInput: add(a.computeInput, b.computeInput),
    computeInfer: add(a.computeInfer, b.computeInfer),
    computeOutput: add(a.computeOutput, b.computeOutput),
    cacheHit: add(a.cacheHit ?? NONE, b.cacheHit ?? NONE),
    cacheMiss: add(a.cacheMiss ?? NONE, b.cacheMiss ?? NONE),
    inferences: a.inferences + b.inferences,
    executions: a.executions + b.executions,
    ...(padding === null ? {} : { padding }),
    batches: sizes.map((size) => ({ size, computeInfer: add(batchOf(a, size), batchOf(b, size)) })),
  }
}

function batchOf({ batches }: ModelStatistics, size: number): Counter {
  return batches.find((batch) => batch.size === size)?.computeInfer ?? NONE
}

function add(a: Counter, b: Counter): Counter {
  return { count: a.count + b.count, ns: a.ns + b.ns }
}
