import type { ModelStatistics } from '../../hooks/server.ts'
import type { JsonValue } from '../../units/json.ts'
import type { Trial } from '../result.ts'
import type { BatchPoint } from './batch-line.ts'

/** What a model's executions took by their batch size, as the server has counted them over some trials. */
export function executedBatches(trials: readonly Trial[], model: string): readonly BatchPoint[] {
  const sizes = new Map<number, { count: number; ns: number }>()
  for (const { server } of trials) {
    for (const { size, computeInfer } of batchesOf(server?.counters?.[model])) {
      const known = sizes.get(size) ?? { count: 0, ns: 0 }
      sizes.set(size, { count: known.count + computeInfer.count, ns: known.ns + computeInfer.ns })
    }
  }
  return [...sizes]
    .toSorted(([a], [b]) => a - b)
    .map(([batch, { count, ns }]) => ({ batch, time: ns / count, count }))
}

/** The model that a trial's only stream asks, where its server has counted executions of it. */
export function executedModel({ plan, server }: Trial): string | null {
  const [stream, ...others] = Object.values(plan.streams)
  const model = stream?.target.options['model']
  if (others.length > 0 || typeof model !== 'string') return null
  return batchesOf(server?.counters?.[model]).length === 0 ? null : model
}

/** Results are data of others: what is not as it should be counts for nothing. */
function batchesOf(statistics: JsonValue | undefined): ModelStatistics['batches'] {
  const batches = (statistics as Partial<ModelStatistics> | null | undefined)?.batches
  if (!Array.isArray(batches)) return []
  return (batches as (ModelStatistics['batches'][number] | null)[]).filter(
    (batch) => batch !== null && batch.size > 0 && batch.computeInfer?.count > 0 && batch.computeInfer.ns > 0,
  ) as ModelStatistics['batches']
}
