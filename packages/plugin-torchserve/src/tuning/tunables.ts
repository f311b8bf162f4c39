import { powersOfTwo } from 'servebench/plugin'
import type { Tunable, TuningMachine } from 'servebench/plugin'
import type { ModelDescription } from '../control/model-description.ts'

const LARGEST_WORKERS = 8
const LARGEST_BATCH = 128
const LONGEST_DELAY = 1e9
const LONGEST_RESPONSE = 600e9
/** As TorchServe has them when its properties say nothing. */
const DEFAULTS = { job_queue_size: 100, number_of_netty_threads: 0, netty_client_threads: 0 }

export interface TorchServeSurroundings {
  /** That the server runs on; `null` when it is not this one. */
  readonly machine: TuningMachine | null
  /** Whether servebench starts it, and so can start it with other properties. */
  readonly own: boolean
}

/** What a study may vary. */
export function listTunables(
  models: readonly ModelDescription[],
  { machine, own }: TorchServeSurroundings,
): readonly Tunable[] {
  const cores = machine?.logicalCores ?? LARGEST_WORKERS
  const first = new Map(models.toReversed().map((model) => [model.name, model]))
  return [
    ...[...first.values()].toReversed().flatMap((model) => modelTunables(model, cores)),
    ...(own ? serverTunables(cores) : []),
  ]
}

function modelTunables(model: ModelDescription, cores: number): Tunable[] {
  const prefix = `state.models.${model.name}`
  return (
    [
      {
        path: `${prefix}.workers`,
        type: 'integer',
        range: [1, cores],
        default: model.minWorkers,
        automatic: powersOfTwo(cores),
        role: 'instances',
        change: 'in-place',
        description: 'Worker processes.',
      },
      {
        path: `${prefix}.batchSize`,
        type: 'integer',
        range: [1, LARGEST_BATCH],
        scale: 'log',
        default: model.batchSize,
        automatic: powersOfTwo(32),
        role: 'batch',
        change: 'reload',
        description: 'Requests that are joined into one call of the handler.',
      },
      {
        path: `${prefix}.maxBatchDelay`,
        type: 'duration',
        // It counts in whole milliseconds.
        values: ['1ms', '5ms', '10ms', '25ms', '50ms', '100ms', '250ms', '1s'],
        range: [1e6, LONGEST_DELAY],
        scale: 'log',
        default: `${model.maxBatchDelay}ms`,
        role: 'delay',
        change: 'reload',
        description: 'How long the first request of a batch waits for others.',
      },
      {
        path: `${prefix}.responseTimeout`,
        type: 'duration',
        values: ['10s', '30s', '60s', '120s', '300s', '600s'],
        range: [1e9, LONGEST_RESPONSE],
        change: 'reload',
        description: 'How long a worker may take for one batch before it is ended.',
      },
    ] satisfies Tunable[]
  ).map((tunable) => ({ ...tunable, model: model.name }))
}

function serverTunables(cores: number): Tunable[] {
  const property = (name: keyof typeof DEFAULTS, range: readonly [number, number], description: string) =>
    ({
      path: `properties.${name}`,
      type: 'integer',
      range,
      scale: 'log',
      default: DEFAULTS[name],
      change: 'restart',
      description,
    }) satisfies Tunable
  return [
    property('job_queue_size', [1, 4096], 'Requests of a model that may wait.'),
    property('number_of_netty_threads', [0, 2 * cores], 'Threads that talk to clients; 0: as many as cores.'),
    property('netty_client_threads', [0, 2 * cores], 'Threads that talk to workers; 0: as many as cores.'),
    {
      path: 'env.OMP_NUM_THREADS',
      type: 'integer',
      range: [1, cores],
      role: 'threads',
      change: 'restart',
      description: 'Threads of one operator in a worker; times the workers they should not exceed the cores.',
    },
  ]
}
