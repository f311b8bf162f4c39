import type { Tunable } from 'servebench/plugin'

const LARGEST_BATCH = 256
const OTHER_CORES = 8

/** What a study may vary, by its path in the options of `tfservingServer`. @param cores of its machine; `null`: another one */
export function listTunables(cores: number | null): readonly Tunable[] {
  const threads: Tunable['range'] = [1, cores ?? OTHER_CORES]
  const integer = (path: string, range: Tunable['range'] & object, description: string): Tunable => ({
    path,
    type: 'integer',
    range,
    change: 'restart',
    description,
  })
  return [
    integer('batching.maxBatchSize', [1, LARGEST_BATCH], 'Rows of the largest batch.'),
    {
      path: 'batching.timeout',
      type: 'duration',
      change: 'restart',
      description: 'How long the oldest request waits for others.',
    },
    integer('batching.threads', threads, 'Batches that are executed at a time.'),
    integer('threads.intraOp', threads, 'Threads of one operator.'),
    integer('threads.interOp', threads, 'Threads for operators side by side.'),
  ]
}
