import type { Tunable } from 'servebench/plugin'
import type { ModelDescription } from './model-description.ts'

const LARGEST_WORKERS = 8
const LARGEST_BATCH = 128

/**
 * What a study may vary, by its path in the options of `torchServe`.
 * @param cores of the machine that the server runs on; `null` when it is another one
 */
export function listTunables(models: readonly ModelDescription[], cores: number | null): readonly Tunable[] {
  const names = [...new Set(models.map(({ name }) => name))]
  return names.flatMap((name) => {
    // The only model's settings are the server's own.
    const prefix = names.length === 1 ? 'state' : `state.models.${name}`
    return [
      {
        path: `${prefix}.workers`,
        type: 'integer',
        range: [1, cores ?? LARGEST_WORKERS],
        change: 'in-place',
        description: 'Worker processes.',
      },
      {
        path: `${prefix}.batchSize`,
        type: 'integer',
        range: [1, LARGEST_BATCH],
        change: 'reload',
        description: 'Requests that are joined into one call of the handler.',
      },
      {
        path: `${prefix}.maxBatchDelay`,
        type: 'duration',
        change: 'reload',
        description: 'How long the first request of a batch waits for others.',
      },
    ] satisfies Tunable[]
  })
}
