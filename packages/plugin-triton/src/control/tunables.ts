import { listOf } from '@servebench/plugin-oip/control'
import type { JsonObject, Tunable } from 'servebench/plugin'
import { isObject } from '../config/merge-config.ts'

const LARGEST_INSTANCES = 8
const LARGEST_BATCH = 128
/** Backends whose models take numbers of threads. */
const THREADED: ReadonlySet<unknown> = new Set(['onnxruntime', 'pytorch'])

/**
 * What a study may vary, by its path in the options of `tritonServer`.
 * @param models configurations of the loaded models, by name
 * @param cores of the machine that the server runs on; `null` when it is another one
 */
export function listTunables(
  models: Readonly<Record<string, JsonObject>>,
  cores: number | null,
): readonly Tunable[] {
  const names = Object.keys(models)
  return names.flatMap((name) => {
    // The only model's settings are the server's own.
    const prefix = names.length === 1 ? 'state' : `state.models.${name}`
    return tunablesOf(models[name] as JsonObject, prefix, cores)
  })
}

function tunablesOf(config: JsonObject, prefix: string, cores: number | null): Tunable[] {
  if (isObject(config['ensemble_scheduling'])) return []
  const tunables: Tunable[] = [
    {
      path: `${prefix}.instances`,
      type: 'integer',
      range: [1, cores ?? LARGEST_INSTANCES],
      change: 'in-place',
      description: 'Instances in each instance group.',
    },
  ]
  if (Number(config['max_batch_size'] ?? 0) > 0) tunables.push(...batchTunables(config, prefix))
  if (runsOnnx(config)) tunables.push(...threadTunables(prefix, cores))
  return tunables
}

function batchTunables(config: JsonObject, prefix: string): Tunable[] {
  const size: Tunable = {
    path: `${prefix}.maxBatchSize`,
    type: 'integer',
    range: [1, LARGEST_BATCH],
    change: 'reload',
    description: 'Rows of the largest batch.',
  }
  // Its batches are those of its sequence batcher.
  if (isObject(config['sequence_batching'])) return [size]
  return [
    size,
    {
      path: `${prefix}.dynamicBatching`,
      type: 'boolean',
      change: 'reload',
      description: 'Whether waiting requests are joined into batches.',
    },
    {
      path: `${prefix}.dynamicBatching.maxQueueDelay`,
      type: 'duration',
      change: 'reload',
      description: 'How long the oldest request waits for others.',
    },
  ]
}

function threadTunables(prefix: string, cores: number | null): Tunable[] {
  return (
    [
      ['intraOpThreads', 'Threads of one operator; times the instances they should not exceed the cores.'],
      ['interOpThreads', 'Threads for operators side by side.'],
    ] as const
  ).map(([name, description]) => ({
    path: `${prefix}.${name}`,
    type: 'integer',
    range: [1, cores ?? LARGEST_INSTANCES],
    change: 'reload',
    description,
  }))
}

/** By the backend, or as the model that servebench writes for ONNX files. */
function runsOnnx(config: JsonObject): boolean {
  if (THREADED.has(config['backend'])) return true
  const parameters = config['parameters']
  return (
    isObject(parameters) &&
    parameters['intra_op_thread_count'] !== undefined &&
    listOf(config['input']).length > 0
  )
}
