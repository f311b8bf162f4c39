import { fieldsOf, listOf } from '@servebench/plugin-oip/control'
import { formatDuration } from 'servebench/plugin'
import type { JsonObject, ModelStatistics, Trial } from 'servebench/plugin'
import type { FoundModels } from '../found-model.ts'
import { KIND } from '../server.ts'

const NANOS_PER_MICROSECOND = 1000

/**
 * A sentence about each stream of a trial whose closed loop cannot fill the batches that its model waits for: then every
 * batch waits out its delay, and the measured latency is mostly that.
 */
export function findIdleBatches(trial: Trial, models: FoundModels): string[] {
  return Object.entries(trial.plan.streams).flatMap(([name, { target, load }]) => {
    if (target.kind !== KIND || load.loop !== 'closed') return []
    const model = target.options['model'] as string
    const config = models.get(model)?.config ?? null
    const batching = config === null ? null : readBatching(config)
    if (batching === null || batching.delay === 0) return []
    const rows = trial.streams[name]?.items.perRequest ?? 1
    const { size, instances, delay } = batching
    if (load.concurrency * rows >= size * instances) return []
    const perRequest = rows === 1 ? '' : ` of ${rows} rows`
    const measured = measuredBatch(trial, model)
    return [
      `${load.concurrency} requests at a time${perRequest} cannot fill batches of ${size} in ${instances} ` +
        `instance${instances === 1 ? '' : 's'} of model '${model}': batches wait out their queue delay of ` +
        `${formatDuration(delay)}.${measured === null ? '' : ` The mean batch was ${measured.toFixed(1)}.`}`,
    ]
  })
}

interface Batching {
  /** The smallest batch that does not wait. */
  readonly size: number
  readonly instances: number
  /** Nanoseconds. */
  readonly delay: number
}

function readBatching(config: JsonObject): Batching | null {
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
  return {
    size: sizes.length === 0 ? Number(config['max_batch_size'] ?? 0) : Math.min(...sizes),
    instances: Math.max(1, instances),
    delay: Number(delay ?? 0) * NANOS_PER_MICROSECOND,
  }
}

function measuredBatch({ server }: Trial, model: string): number | null {
  const statistics = server?.counters?.[model] as unknown as ModelStatistics | undefined
  return statistics === undefined || statistics.executions === 0
    ? null
    : statistics.inferences / statistics.executions
}
