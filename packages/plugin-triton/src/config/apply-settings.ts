import type { JsonObject, JsonValue } from 'servebench/plugin'
import { isObject, mergeConfig } from './merge-config.ts'
import type { PlannedSettings } from './model-settings.ts'

/** A model's configuration with settings in it, for an override, which replaces all of a model's configuration. */
export function applySettings(base: JsonObject, settings: PlannedSettings): JsonObject {
  const { config, parameters } = settings
  let changed = withInstances(base, settings)
  changed = withBatching(changed, settings)
  if (settings.responseCache !== undefined)
    changed = mergeConfig(changed, { response_cache: { enable: settings.responseCache } })
  if (parameters !== undefined) {
    const entries = Object.entries(parameters).map(([name, value]) => [name, { string_value: value }])
    changed = mergeConfig(changed, { parameters: Object.fromEntries(entries) as JsonObject })
  }
  return config === undefined ? changed : mergeConfig(changed, config)
}

function withInstances(base: JsonObject, { instances, instanceKind, gpus }: PlannedSettings): JsonObject {
  if (instances === undefined && instanceKind === undefined) return base
  const groups = (base['instance_group'] ?? []) as readonly JsonValue[]
  if (instanceKind !== undefined) {
    const count =
      instances ?? groups.filter(isObject).reduce((sum, group) => sum + Number(group['count'] ?? 1), 0)
    const group = {
      kind: instanceKind,
      count: count === 0 ? 1 : count,
      ...(gpus === undefined ? {} : { gpus }),
    }
    return { ...base, instance_group: [group] }
  }
  const count = instances as number
  const changed = groups.filter(isObject).map((group) => ({ ...group, count }))
  return { ...base, instance_group: changed.length === 0 ? [{ count }] : changed }
}

function withBatching(base: JsonObject, { maxBatchSize, dynamicBatching }: PlannedSettings): JsonObject {
  const before = base['dynamic_batching']
  const previousMax = Number(base['max_batch_size'] ?? 0)
  const max = maxBatchSize ?? previousMax
  const { dynamic_batching: _dropped, ...rest } = base
  const changed: JsonObject = { ...rest, max_batch_size: max }
  const wanted = dynamicBatching === undefined ? isObject(before) : dynamicBatching !== false
  if (!wanted || max === 0) return changed
  const fields = isObject(before) ? before : {}
  const { maxQueueDelay, preferred, preserveOrdering } =
    dynamicBatching === false ? {} : (dynamicBatching ?? {})
  return {
    ...changed,
    dynamic_batching: {
      ...fields,
      preferred_batch_size: preferred ?? keptSizes(fields['preferred_batch_size'], previousMax, max),
      ...(maxQueueDelay === undefined ? {} : { max_queue_delay_microseconds: maxQueueDelay }),
      ...(preserveOrdering === undefined ? {} : { preserve_ordering: preserveOrdering }),
    },
  }
}

/**
 * Servers refuse preferred sizes above the largest batch, and write the largest batch there when a configuration names
 * none: such a size follows the largest batch.
 */
function keptSizes(sizes: JsonValue | undefined, previousMax: number, max: number): readonly JsonValue[] {
  const kept = ((sizes ?? []) as readonly JsonValue[]).filter((size) => Number(size) <= max)
  return max !== previousMax &&
    kept.length <= 1 &&
    (sizes as readonly JsonValue[] | undefined)?.[0] === previousMax
    ? []
    : kept
}
