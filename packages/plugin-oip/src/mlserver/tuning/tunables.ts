import { powersOfTwo } from 'servebench/plugin'
import type { Tunable, TuningMachine } from 'servebench/plugin'
import { isFile } from '../model-folder.ts'
import type { MlServerSpec, PlannedModel } from '../server.ts'

const LARGEST_BATCH = 128
const LONGEST_DELAY = 1e9

/** What a study may vary, by its path in the options of `mlServer`: all of it takes another process. */
export function listTunables(
  { models, parallelWorkers }: MlServerSpec['launch'],
  { logicalCores }: TuningMachine,
): readonly Tunable[] {
  return [
    {
      path: 'parallelWorkers',
      type: 'integer',
      range: [0, logicalCores],
      default: parallelWorkers,
      automatic: [0, 1, 2, 4].filter((count) => count <= logicalCores),
      role: 'instances',
      change: 'restart',
      description: 'Processes for inference; 0: models run in the process of the server.',
    },
    // The settings of a folder are in its own file.
    ...models.filter(isFile).flatMap((model) => modelTunables(model, logicalCores)),
  ]
}

function modelTunables(
  { name, maxBatchSize, maxBatchTime, intraOpThreads }: PlannedModel,
  cores: number,
): Tunable[] {
  return (
    [
      {
        path: `models.${name}.maxBatchSize`,
        type: 'integer',
        range: [0, LARGEST_BATCH],
        scale: 'log',
        default: maxBatchSize,
        automatic: [0, 4, 8, 16, 32],
        role: 'batch',
        change: 'restart',
        description: 'Requests of the largest batch; 0: none are joined.',
      },
      {
        path: `models.${name}.maxBatchTime`,
        type: 'duration',
        range: [0, LONGEST_DELAY],
        scale: 'log',
        default: `${maxBatchTime}s`,
        when: { path: `models.${name}.maxBatchSize`, values: powersOfTwo(LARGEST_BATCH) },
        role: 'delay',
        change: 'restart',
        description: 'How long the first request of a batch waits for others.',
      },
      {
        path: `models.${name}.intraOpThreads`,
        type: 'integer',
        range: [1, cores],
        default: intraOpThreads,
        role: 'threads',
        change: 'restart',
        description: 'Threads of one operator.',
      },
    ] satisfies Tunable[]
  ).map((tunable) => ({ ...tunable, model: name }))
}
