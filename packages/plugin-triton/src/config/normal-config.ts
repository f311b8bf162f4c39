import { MODEL_CONFIG } from '@servebench/plugin-oip/protocol'
import type { FieldTable, MessageTable } from '@servebench/plugin-oip/protocol'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { isObject } from './merge-config.ts'

/**
 * A model's configuration without the fields that have their default: HTTP endpoints write those, gRPC endpoints leave
 * them out. Two configurations mean the same when their normal forms are equal.
 */
export function normalConfig(config: JsonObject): JsonObject {
  return normalMessage(MODEL_CONFIG, config)
}

function normalMessage(table: MessageTable, message: JsonObject): JsonObject {
  const fields = new Map((Object.values(table) as FieldTable[]).map((field) => [field[0], field]))
  const normal: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(message)) {
    const field = fields.get(name)
    const kept = field === undefined ? normalUnknown(value) : normalField(field, value)
    if (kept !== undefined) normal[name] = kept
  }
  return normal
}

function normalField([, kind, shape]: FieldTable, value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined || value === null) return undefined
  const nested = typeof kind === 'object' && !isEnumeration(kind) ? kind : null
  const normalElement = (element: JsonValue): JsonValue =>
    nested !== null && isObject(element) ? normalMessage(nested, element) : element
  if (shape === 'list') {
    const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
    return list.length === 0 ? undefined : list.map(normalElement)
  }
  if (shape !== undefined && isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, member]) => [key, normalElement(member ?? null)] as const,
    )
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  // A message that is there says something even when it is empty.
  if (nested !== null) return normalElement(value)
  if (isEnumeration(kind) && (value === kind[0] || value === 0)) return undefined
  return value === 0 || value === '' || value === false ? undefined : value
}

/** Fields of later versions. */
function normalUnknown(value: JsonValue | undefined): JsonValue | undefined {
  if (value === undefined || value === null || value === 0 || value === '' || value === false)
    return undefined
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

function isEnumeration(kind: FieldTable[1]): kind is readonly string[] {
  return Array.isArray(kind)
}
