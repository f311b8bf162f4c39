import { addStatistics } from 'servebench/plugin'
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

function readCounter(value: JsonValue | undefined): Counter {
  const { count, ns } = fieldsOf(value)
  return { count: readNumber(count), ns: readNumber(ns) }
}

/** Some servers write 64-bit integers as text, as protobuf's JSON form has it. */
function readNumber(value: JsonValue | undefined): number {
  const number = Number(value ?? 0)
  return Number.isFinite(number) ? number : 0
}
