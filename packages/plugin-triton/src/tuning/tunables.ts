import { textOf } from '@servebench/plugin-oip/control'
import { powersOfTwo } from 'servebench/plugin'
import type { JsonObject, JsonValue, SkippedValue, Tunable, TuningMachine } from 'servebench/plugin'
import { isObject } from '../config/merge-config.ts'
import { backendTunables } from './backend-tunables.ts'

/** Model Analyzer's automatic space: instances 1 to 5, batches 1 to 128. */
const AUTOMATIC_INSTANCES = 5
const LARGEST_BATCH = 128
const LONGEST_DELAY = 100e6

export interface TritonSurroundings {
  /** That the server runs on; `null` when it is not this one. */
  readonly machine: TuningMachine | null
  /** Whether it was started with a response cache; `null` where that is not known. */
  readonly cache: boolean | null
}

/**
 * What a study may vary.
 * @param models configurations of the loaded models, by name
 */
export function listTunables(
  models: Readonly<Record<string, JsonObject>>,
  surroundings: TritonSurroundings,
): readonly Tunable[] {
  return Object.entries(models).flatMap(([model, config]) => {
    if (isObject(config['ensemble_scheduling'])) return []
    const prefix = `state.models.${model}`
    return [
      ...instanceTunables(config, prefix, surroundings),
      ...batchTunables(config, prefix),
      cacheTunable(config, prefix, surroundings),
      ...backendTunables(config, prefix, surroundings.machine),
    ].map((tunable) => ({ ...tunable, model }))
  })
}

function instanceTunables(config: JsonObject, prefix: string, { machine }: TritonSurroundings): Tunable[] {
  const [group] = ((config['instance_group'] ?? []) as readonly JsonValue[]).filter(isObject)
  const kind = textOf(group?.['kind'])
  return [
    {
      path: `${prefix}.instances`,
      type: 'integer',
      range: [1, Math.max(machine?.logicalCores ?? 0, AUTOMATIC_INSTANCES)],
      ...(group === undefined ? {} : { default: Number(group['count'] ?? 1) }),
      automatic: Array.from({ length: AUTOMATIC_INSTANCES }, (_, index) => index + 1),
      role: 'instances',
      change: 'in-place',
      description: 'Instances in each instance group.',
    },
    {
      path: `${prefix}.instanceKind`,
      type: 'choice',
      values: ['cpu', 'gpu'],
      ...(/^KIND_(CPU|GPU)$/.test(kind) ? { default: kind.slice('KIND_'.length).toLowerCase() } : {}),
      ...(machine?.gpus === 0 ? { skipped: [NO_GPU] } : {}),
      role: 'device',
      change: 'reload',
      description: 'Where the instances run.',
    },
  ]
}

const NO_GPU: SkippedValue = { value: 'gpu', reason: 'This machine has no GPU that servebench sees.' }

function batchTunables(config: JsonObject, prefix: string): Tunable[] {
  const largest = Number(config['max_batch_size'] ?? 0)
  if (largest === 0) return []
  const size: Tunable = {
    path: `${prefix}.maxBatchSize`,
    type: 'integer',
    range: [1, LARGEST_BATCH],
    scale: 'log',
    default: largest,
    automatic: powersOfTwo(LARGEST_BATCH),
    role: 'batch',
    change: 'reload',
    description: 'Rows of the largest batch.',
  }
  // Its batches are those of its sequence batcher.
  if (isObject(config['sequence_batching'])) return [size]
  const batching = config['dynamic_batching']
  const [isOn, fields] = [isObject(batching), isObject(batching) ? batching : {}]
  const joined = { path: `${prefix}.dynamicBatching`, values: [true] }
  return [
    size,
    {
      path: joined.path,
      type: 'boolean',
      default: isOn,
      // On wherever it is possible.
      automatic: [true],
      change: 'reload',
      description: 'Whether waiting requests are joined into batches.',
    },
    {
      path: `${prefix}.dynamicBatching.maxQueueDelay`,
      type: 'duration',
      range: [0, LONGEST_DELAY],
      scale: 'log',
      default: `${Number(fields['max_queue_delay_microseconds'] ?? 0)}us`,
      when: joined,
      role: 'delay',
      change: 'reload',
      description: 'How long the oldest request waits for others.',
    },
    {
      path: `${prefix}.dynamicBatching.preferred`,
      type: 'choice',
      values: [[], ...powersOfTwo(largest).map((size) => [size])],
      default: fields['preferred_batch_size'] ?? [],
      when: joined,
      change: 'reload',
      description: 'Sizes of batches that are executed at once.',
    },
    {
      path: `${prefix}.dynamicBatching.preserveOrdering`,
      type: 'boolean',
      default: fields['preserve_ordering'] === true,
      when: joined,
      change: 'reload',
      description: 'Whether answers leave in the order of the requests.',
    },
  ]
}

function cacheTunable(config: JsonObject, prefix: string, { cache }: TritonSurroundings): Tunable {
  const before = config['response_cache']
  const reason = "The server was started without a cache: tritonServer({ cache: '64MiB' })."
  return {
    path: `${prefix}.responseCache`,
    type: 'boolean',
    default: isObject(before) && before['enable'] === true,
    ...(cache === false ? { skipped: [{ value: true, reason }] } : {}),
    change: 'reload',
    description: 'Whether requests that were answered before are answered from memory.',
  }
}
