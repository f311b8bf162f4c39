import type { JsonValue, Tunable, TuningMachine } from 'servebench/plugin'
import { powersOfTwo } from 'servebench/plugin'
import type { PlannedBatching } from '../launch/plan-launch.ts'

const LARGEST_BATCH = 256
const AUTOMATIC_BATCH = 64
const LONGEST_DELAY = 100e6
const OTHER_CORES = 8
/** As the server has them when its file of batching parameters says nothing. */
const DEFAULT_BATCH = 1000
const DEFAULT_QUEUE = 10

/**
 * What a study may vary: all of it takes another process.
 * @param batching how the server batches now; `null`: not at all
 * @param machine that it runs on; `null` when it is not this one
 */
export function listTunables(
  batching: PlannedBatching | null,
  machine: TuningMachine | null,
): readonly Tunable[] {
  const cores = machine?.logicalCores ?? OTHER_CORES
  const joined = { path: 'batching', values: [true] }
  const count = (
    path: string,
    range: readonly [number, number],
    description: string,
    more: Partial<Tunable> = {},
  ): Tunable => ({ path, type: 'integer', range, change: 'restart', description, ...more })
  const threads = (path: string, description: string, value?: JsonValue): Tunable =>
    count(path, [1, cores], description, {
      role: 'threads',
      ...(value === undefined ? {} : { default: value }),
    })
  return [
    {
      path: 'batching',
      type: 'boolean',
      default: batching !== null,
      automatic: [false, true],
      change: 'restart',
      description: 'Whether waiting requests are joined into batches.',
    },
    count('batching.maxBatchSize', [1, LARGEST_BATCH], 'Rows of the largest batch.', {
      scale: 'log',
      default: batching?.max_batch_size ?? DEFAULT_BATCH,
      automatic: powersOfTwo(AUTOMATIC_BATCH),
      when: joined,
      role: 'batch',
    }),
    {
      path: 'batching.timeout',
      type: 'duration',
      range: [0, LONGEST_DELAY],
      scale: 'log',
      default: `${batching?.batch_timeout_micros ?? 0}us`,
      when: joined,
      role: 'delay',
      change: 'restart',
      description: 'How long the oldest request waits for others.',
    },
    count('batching.maxEnqueuedBatches', [1, 1024], 'Batches that may wait.', {
      scale: 'log',
      default: batching?.max_enqueued_batches ?? DEFAULT_QUEUE,
      when: joined,
    }),
    count('batching.threads', [1, cores], 'Batches that are executed at a time.', {
      ...(machine === null ? {} : { default: batching?.num_batch_threads ?? cores }),
      when: joined,
      role: 'instances',
    }),
    threads('threads.intraOp', 'Threads of one operator.'),
    threads('threads.interOp', 'Threads for operators side by side.'),
    count('threads.rest', [1, 4 * cores], 'Threads of the REST API.'),
    {
      path: 'args.--xla_cpu_compilation_enabled',
      type: 'boolean',
      default: false,
      change: 'restart',
      description: 'Whether XLA compiles models for the CPU.',
    },
  ]
}
