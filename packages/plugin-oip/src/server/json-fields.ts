import type { JsonObject, JsonValue } from 'servebench/plugin'

/** Answers of servers are somebody else's data: what is not of the expected kind counts as empty. */
export function fieldsOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

/** `''` when it is none. */
export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

export function textsOf(value: JsonValue | undefined): readonly string[] {
  return listOf(value).filter((text) => typeof text === 'string')
}
