import { fieldsOf, listOf } from '@servebench/plugin-oip/control'
import type { JsonObject, ModelBatching } from 'servebench/plugin'

const NANOS_PER_MICROSECOND = 1000

/** `null` for a model without dynamic batching, or whose batches wait for nothing. */
export function readBatching(model: string, config: JsonObject): ModelBatching | null {
  if (config['dynamic_batching'] === undefined || config['dynamic_batching'] === null) return null
  const { preferred_batch_size: preferred, max_queue_delay_microseconds: delay } = fieldsOf(
    config['dynamic_batching'],
  )
  const sizes = listOf(preferred)
    .map(Number)
    .filter((size) => size > 0)
  const instances = listOf(config['instance_group']).reduce<number>(
    (sum, group) => sum + Number(fieldsOf(group)['count'] ?? 1),
    0,
  )
  const nanos = Number(delay ?? 0) * NANOS_PER_MICROSECOND
  if (nanos === 0) return null
  return {
    model,
    size: sizes.length === 0 ? Number(config['max_batch_size'] ?? 0) : Math.min(...sizes),
    instances: Math.max(1, instances),
    delay: nanos,
  }
}
