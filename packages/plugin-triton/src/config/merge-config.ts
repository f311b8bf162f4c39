import type { JsonObject, JsonValue } from 'servebench/plugin'

/**
 * `base` with `changes` in it: objects are merged, lists and values replaced, and what is `null` is taken away. Names of
 * a model's configuration are those of its protobuf definition.
 */
export function mergeConfig(base: JsonObject, changes: JsonObject): JsonObject {
  const merged: Record<string, JsonValue | undefined> = { ...base }
  for (const [name, change] of Object.entries(changes)) {
    if (change === undefined) continue
    const before = base[name]
    if (change === null) delete merged[name]
    else if (isObject(change)) merged[name] = mergeConfig(isObject(before) ? before : {}, change)
    else merged[name] = change
  }
  return merged
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
