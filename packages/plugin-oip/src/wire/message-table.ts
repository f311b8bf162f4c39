import type { JsonObject, JsonValue } from 'servebench/plugin'
import { WireReader } from './wire-reader.ts'
import { WireType } from './wire-writer.ts'

/** A type of protobuf message, by field number: what the control plane reads. Unknown fields are passed over. */
export interface MessageTable {
  readonly [field: number]: FieldTable
}
export type FieldTable = readonly [name: string, kind: FieldKind, shape?: 'list' | 'map' | 'uint64-map']
/** A list of texts is an enumeration. */
export type FieldKind =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'double'
  | readonly string[]
  | MessageTable

type Fields = Record<string, JsonValue>

/**
 * Reads a message as the protocol's JSON form, which HTTP servers send for the same call: names as in the definition,
 * enumerations by name. Fields that are not set are absent, except for lists; integers are rounded to doubles.
 * @throws {ServebenchError} `SERVEBENCH_PROTOBUF`
 */
export function readMessage(table: MessageTable, bytes: Uint8Array): JsonObject {
  const message: Fields = {}
  for (const [name, , shape] of Object.values(table) as FieldTable[]) {
    if (shape === 'list') message[name] = []
  }
  const reader = new WireReader(bytes)
  while (reader.next()) {
    const field = table[reader.field]
    if (field === undefined) reader.skip()
    else readField(reader, field, message)
  }
  return message
}

function readField(reader: WireReader, [name, kind, shape]: FieldTable, message: Fields): void {
  switch (shape) {
    case 'list':
      reader.repeated(wireType(kind), message[name] as JsonValue[], (element) => readValue(element, kind))
      break
    case 'map':
    case 'uint64-map': {
      const entry = readMessage(
        { 1: ['key', shape === 'map' ? 'string' : 'uint'], 2: ['value', kind] },
        reader.bytes(),
      )
      const value = entry['value'] ?? (kind === 'string' ? '' : {})
      const map = (message[name] ??= {}) as object
      const key = (entry['key'] ?? (shape === 'map' ? '' : 0)) as string | number
      // Not by assignment: keys are the server's, and one may be called `__proto__`.
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true })
      break
    }
    case undefined:
      message[name] = readValue(reader, kind)
  }
}

function readValue(reader: WireReader, kind: FieldKind): JsonValue {
  switch (kind) {
    case 'string':
      return reader.string()
    case 'bool':
      return reader.bool()
    case 'int':
      return Number(reader.int64())
    case 'uint':
      return Number(reader.uint64())
    case 'float':
      return reader.float()
    case 'double':
      return reader.double()
  }
  if (!isEnumeration(kind)) return readMessage(kind, reader.bytes())
  const value = Number(reader.int64())
  return kind[value] ?? value
}

function wireType(kind: FieldKind): WireType {
  if (kind === 'float') return WireType.fixed32
  if (kind === 'double') return WireType.fixed64
  return kind === 'string' || (typeof kind === 'object' && !isEnumeration(kind))
    ? WireType.bytes
    : WireType.varint
}

function isEnumeration(kind: FieldKind): kind is readonly string[] {
  return Array.isArray(kind)
}
