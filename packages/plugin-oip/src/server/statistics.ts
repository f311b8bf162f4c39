import type { Counter, JsonObject, JsonValue, ModelStatistics, ServerStatistics } from 'servebench/plugin'
import { fieldsOf, listOf, textOf } from './json-fields.ts'

/**
 * The statistics extension's totals by model name; those of several versions are added up.
 * @param entries of `model_stats`
 */
export function readStatistics(entries: readonly JsonValue[]): ServerStatistics {
  const models: Record<string, ModelStatistics> = {}
  for (const entry of entries.map(fieldsOf)) {
    const name = textOf(entry['name'])
    if (name === '') continue
    const before = models[name]
    const statistics = readModel(entry)
    models[name] = before === undefined ? statistics : addStatistics(before, statistics)
  }
  return { models }
}

function readModel(entry: JsonObject): ModelStatistics {
  const durations = fieldsOf(entry['inference_stats'])
  const batches = listOf(entry['batch_stats']).map(fieldsOf)
  return {
    success: readCounter(durations['success']),
    fail: readCounter(durations['fail']),
    queue: readCounter(durations['queue']),
    computeInput: readCounter(durations['compute_input']),
    computeInfer: readCounter(durations['compute_infer']),
    computeOutput: readCounter(durations['compute_output']),
    cacheHit: readCounter(durations['cache_hit']),
    cacheMiss: readCounter(durations['cache_miss']),
    inferences: readNumber(entry['inference_count']),
    executions: readNumber(entry['execution_count']),
    batches: batches.map((batch) => ({
      size: readNumber(batch['batch_size']),
      computeInfer: readCounter(batch['compute_infer']),
    })),
  }
}

/** What a model has done in two spans of time, or in two of its versions, together. */
export function addStatistics(a: ModelStatistics, b: ModelStatistics): ModelStatistics {
  const sizes = [...new Set([...a.batches, ...b.batches].map(({ size }) => size))].sort((x, y) => x - y)
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
    batches: sizes.map((size) => ({ size, computeInfer: add(batchOf(a, size), batchOf(b, size)) })),
  }
}

const NONE: Counter = { count: 0, ns: 0 }

function batchOf({ batches }: ModelStatistics, size: number): Counter {
  return batches.find((batch) => batch.size === size)?.computeInfer ?? NONE
}

function add(a: Counter, b: Counter): Counter {
  return { count: a.count + b.count, ns: a.ns + b.ns }
}

function readCounter(value: JsonValue | undefined): Counter {
  const { count, ns } = fieldsOf(value)
  return { count: readNumber(count), ns: readNumber(ns) }
}

/** Some servers write 64-bit integers as text, as protobuf's JSON form has it. */
function readNumber(value: JsonValue | undefined): number {
  const number = Number(value ?? 0)
  return Number.isFinite(number) ? number : 0
}
