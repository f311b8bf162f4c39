import { meanBatch } from './mean-batch.ts'
import { printable } from './printable.ts'
import { formatCount, formatNumber } from './quantity.ts'
import type { Trial } from './result.ts'

const MOST_MODELS = 4

interface Counted {
  readonly inferences: number
  readonly executions: number
}

/** How full the batches were that the server has executed, by model: `mean batch 3.50 (125 executions of slow)`. */
export function describeBatches(trials: readonly Pick<Trial, 'server'>[]): readonly string[] {
  const models = new Map<string, Counted>()
  for (const { server } of trials) {
    // Counters that were reset are no differences.
    if (server === null || server.counters === null || server.stages === null) continue
    for (const [name, value] of Object.entries(server.counters)) {
      const counted = value as unknown as Counted
      const { inferences, executions } = models.get(name) ?? { inferences: 0, executions: 0 }
      models.set(name, {
        inferences: inferences + counted.inferences,
        executions: executions + counted.executions,
      })
    }
  }
  const lines = [...models].flatMap(([name, counted]) => {
    const mean = meanBatch(counted)
    if (mean === null) return []
    const { executions } = counted
    const count = executions === 1 ? '1 execution' : `${formatCount(executions)} executions`
    return [`mean batch ${formatNumber(mean)} (${count} of ${printable(name)})`]
  })
  const more = lines.length - MOST_MODELS
  return more > 0 ? [...lines.slice(0, MOST_MODELS), `and ${more} more models`] : lines
}
