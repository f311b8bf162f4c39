import { MODEL_CONFIG } from '@servebench/plugin-oip/protocol'
import type { FieldKind, FieldTable, MessageTable } from '@servebench/plugin-oip/protocol'
import { ServebenchError } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { isObject } from './merge-config.ts'

/**
 * A model's configuration as the text of a `config.pbtxt`.
 * @param config with the names of `model_config.proto`, as Triton's model configuration endpoint has it
 * @throws {ServebenchError} `SERVEBENCH_TRITON_CONFIG` for fields that a configuration does not have
 */
export function formatModelConfig(config: JsonObject): string {
  return formatMessage(MODEL_CONFIG, config, '', '')
}

function formatMessage(table: MessageTable, message: JsonObject, path: string, indent: string): string {
  const fields = new Map((Object.values(table) as FieldTable[]).map((field) => [field[0], field]))
  let text = ''
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined || value === null) continue
    const at = path === '' ? name : `${path}.${name}`
    const field = fields.get(name)
    if (field === undefined) throw invalid(at, 'is no field of a model configuration')
    text += formatField(field, value, at, indent)
  }
  return text
}

function formatField(
  [name, kind, shape]: FieldTable,
  value: JsonValue,
  path: string,
  indent: string,
): string {
  if (shape === 'list') {
    if (!Array.isArray(value)) throw invalid(path, 'must be a list')
    return (value as readonly JsonValue[])
      .map((element, index) => formatValue(name, kind, element, `${path}[${index}]`, indent))
      .join('')
  }
  if (shape === undefined) return formatValue(name, kind, value, path, indent)
  if (!isObject(value)) throw invalid(path, 'must be an object')
  const key: FieldTable = ['key', shape === 'map' ? 'string' : 'uint']
  return Object.entries(value)
    .map(([entry, member]) => {
      const inner = indent + INDENT
      const keyText = formatField(key, shape === 'map' ? entry : Number(entry), `${path}.${entry}`, inner)
      const valueText = formatValue('value', kind, member ?? null, `${path}.${entry}`, inner)
      return `${indent}${name} {\n${keyText}${valueText}${indent}}\n`
    })
    .join('')
}

const INDENT = '  '

function formatValue(name: string, kind: FieldKind, value: JsonValue, path: string, indent: string): string {
  if (typeof kind === 'object' && !isEnumeration(kind)) {
    if (!isObject(value)) throw invalid(path, 'must be an object')
    const content = formatMessage(kind, value, path, indent + INDENT)
    return content === '' ? `${indent}${name} {}\n` : `${indent}${name} {\n${content}${indent}}\n`
  }
  return `${indent}${name}: ${formatScalar(kind, value, path)}\n`
}

function formatScalar(kind: FieldKind, value: JsonValue, path: string): string {
  if (isEnumeration(kind)) {
    if (typeof value === 'string' && kind.includes(value)) return value
    throw invalid(path, `must be one of ${kind.join(', ')}`)
  }
  if (kind === 'string') {
    if (typeof value === 'string') return quote(value)
    throw invalid(path, 'must be text')
  }
  if (kind === 'bool') {
    if (typeof value === 'boolean') return String(value)
    throw invalid(path, 'must be true or false')
  }
  const whole = kind === 'int' || kind === 'uint'
  if (typeof value === 'number' && (whole ? Number.isSafeInteger(value) : Number.isFinite(value)))
    return String(value)
  throw invalid(path, whole ? 'must be a whole number' : 'must be a number')
}

/** Everything beyond printable ASCII as octal escapes of its UTF-8 bytes, which every reader of the format knows. */
function quote(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte)
    if (character === '"' || character === '\\') return `\\${character}`
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${escaped.join('')}"`
}

function isEnumeration(kind: FieldKind): kind is readonly string[] {
  return Array.isArray(kind)
}

function invalid(path: string, what: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_TRITON_CONFIG', `The model configuration's ${path} ${what}.`, {
    advice: 'Names and values are those of model_config.proto.',
  })
}
