import { formatDuration } from 'servebench/plugin'
import type { ModelStatistics, Trial } from 'servebench/plugin'
import type { PlannedLaunch } from '../server.ts'
import { KIND } from '../target.ts'

const NANOS_PER_MICROSECOND = 1000

/**
 * A sentence about each stream of a trial whose closed loop cannot fill the batches that its server waits for: then every
 * batch waits out its time, and the measured latency is mostly that.
 */
export function findIdleBatches(trial: Trial): string[] {
  const { server } = trial.plan
  if (server === null || server.kind !== KIND) return []
  const launch = server.launch as unknown as PlannedLaunch
  if (launch.mode !== 'launch' || launch.batching === null) return []
  const { max_batch_size: size, batch_timeout_micros: micros = 0 } = launch.batching
  if (size === undefined || micros === 0) return []
  return Object.entries(trial.plan.streams).flatMap(([name, { target, load }]) => {
    if (target.kind !== KIND || load.loop !== 'closed') return []
    const rows = trial.streams[name]?.items.perRequest ?? 1
    if (load.concurrency * rows >= size) return []
    const model = target.options['model'] as string
    const counted = trial.server?.counters?.[model] as unknown as ModelStatistics | undefined
    const mean =
      counted === undefined || counted.executions === 0
        ? ''
        : ` The mean batch was ${(counted.inferences / counted.executions).toFixed(1)}.`
    return [
      `${load.concurrency} requests at a time${rows === 1 ? '' : ` of ${rows} rows`} cannot fill batches of ${size} for ` +
        `model '${model}': batches wait out their ${formatDuration(micros * NANOS_PER_MICROSECOND)}.${mean}`,
    ]
  })
}
