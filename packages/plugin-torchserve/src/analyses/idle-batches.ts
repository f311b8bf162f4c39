import { formatDuration } from 'servebench/plugin'
import type { Trial } from 'servebench/plugin'
import type { ModelDescription } from '../control/model-description.ts'
import { KIND } from '../kind.ts'

const NANOS_PER_MILLISECOND = 1e6

/**
 * A sentence about each stream of a trial whose closed loop cannot fill the batches of its model: a short batch waits
 * out its delay, and the measured latency is mostly that.
 */
export function findIdleBatches(trial: Trial, models: ReadonlyMap<string, ModelDescription>): string[] {
  return Object.values(trial.plan.streams).flatMap(({ target, load }) => {
    if (target.kind !== KIND || load.loop !== 'closed') return []
    const model = models.get(target.options['model'] as string)
    if (model === undefined || model.batchSize <= 1 || model.maxBatchDelay === 0) return []
    const { name, batchSize, ready, maxBatchDelay } = model
    if (load.concurrency >= batchSize * ready) return []
    return [
      `${load.concurrency} requests at a time cannot fill batches of ${batchSize} in ${ready} ` +
        `worker${ready === 1 ? '' : 's'} of model '${name}': those that stay short wait out their delay of ` +
        `${formatDuration(maxBatchDelay * NANOS_PER_MILLISECOND)}.`,
    ]
  })
}
