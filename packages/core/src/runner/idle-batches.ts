import type { ModelBatching, ModelStatistics, RunningServer } from '../hooks/server.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { meanBatch } from '../report/mean-batch.ts'
import type { Metrics, ServerReport, VerdictReason } from '../report/result.ts'
import { formatDuration } from '../units/duration.ts'
import { concurrencyOf } from './connection-plan.ts'

/** How models batch that a trial's streams ask for, by stream. */
export type BatchingByStream = ReadonlyMap<string, ModelBatching>

/** Asks the server how the models batch that closed loops ask it for. @throws whatever the control throws */
export async function readBatching(plan: TrialPlan, server: RunningServer): Promise<BatchingByStream> {
  const batching = new Map<string, ModelBatching>()
  for (const [name, { target, load }] of Object.entries(plan.streams)) {
    // A target with a URL of its own may ask another server.
    if (concurrencyOf(load) === null || typeof target.options['url'] === 'string') continue
    const found = (await server.control?.batching?.(target)) ?? null
    if (found !== null) batching.set(name, found)
  }
  return batching
}

/**
 * Says of closed loops that they cannot fill the batches that their model waits for: then every batch waits out its delay,
 * and the measured response time is mostly that.
 */
export function idleBatchNotes(
  { streams: plans }: TrialPlan,
  batching: BatchingByStream,
  streams: Readonly<Record<string, Pick<Metrics, 'items'>>>,
  report: Pick<ServerReport, 'counters'> | null,
): readonly VerdictReason[] {
  const messages = [...batching].flatMap(([name, { model, size, instances, delay }]) => {
    const plan = plans[name]
    const users = plan === undefined ? null : concurrencyOf(plan.load)
    if (users === null || size <= 1 || delay === 0) return []
    const rows = streams[name]?.items.perRequest ?? 1
    if (users * rows >= size * instances) return []
    const mean = meanBatch(report?.counters?.[model] as unknown as ModelStatistics | undefined)
    return [
      `${users} request${users === 1 ? '' : 's'} at a time${rows === 1 ? '' : ` of ${rows} rows`} cannot fill batches of ` +
        `${size} in ${instances} instance${instances === 1 ? '' : 's'} of model '${model}': batches wait out their delay of ` +
        `${formatDuration(delay)}.${mean === null ? '' : ` The mean batch was ${mean.toFixed(1)}.`}`,
    ]
  })
  return messages.map((message, index) => ({
    code: index === 0 ? 'idle-batches' : `idle-batches-${index + 1}`,
    severity: 'note',
    message,
    advice: 'Use more users, smaller batches, fewer instances or a shorter delay.',
  }))
}
