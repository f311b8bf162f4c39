import { MODEL_CONFIG } from '@servebench/plugin-oip/protocol'
import type { FieldTable, MessageTable } from '@servebench/plugin-oip/protocol'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { isObject } from '../config/merge-config.ts'
import type { ConfigReader } from './config-reader.ts'
import type { ModelAnalyzerAxis } from './study.ts'

const KINDS: Readonly<Record<string, string>> = {
  KIND_CPU: 'cpu',
  KIND_GPU: 'gpu',
  KIND_AUTO: 'auto',
  KIND_MODEL: 'model',
}
const MOST_ALTERNATIVES = 10_000
const MOST_LISTS = 100

/**
 * The axes of `model_config_parameters`. A list is values to try, but where the field is a list itself: there a list of
 * lists is, and what stands inside of it is combined.
 */
export function readModelConfig(
  value: unknown,
  path: string,
  model: string,
  reader: ConfigReader,
): readonly ModelAnalyzerAxis[] {
  const prefix = `state.models.${model}`
  return messageAxes(MODEL_CONFIG, reader.fields(value, path) as JsonObject, path, '', reader)
    .map((axis) => inSettings(axis, prefix))
    .flat()
}

/** An axis for each field that is no message. */
function messageAxes(
  table: MessageTable,
  message: JsonObject,
  path: string,
  at: string,
  reader: ConfigReader,
): ModelAnalyzerAxis[] {
  const fields = new Map((Object.values(table) as FieldTable[]).map((field) => [field[0], field]))
  return Object.entries(message).flatMap(([name, value]) => {
    const field = fields.get(name)
    const inner = at === '' ? name : `${at}.${name}`
    if (field === undefined) {
      reader.unknown(`${path}.${name}`, [...fields.keys()])
      return []
    }
    const [, kind, shape] = field
    if (isMessage(kind) && shape === undefined && isObject(value) && Object.keys(value).length > 0)
      return messageAxes(kind, value, `${path}.${name}`, inner, reader)
    const values = alternatives(field, value ?? null, `${path}.${name}`, reader)
    return values.length === 0 ? [] : [{ path: inner, values }]
  })
}

function alternatives(
  [, kind, shape]: FieldTable,
  value: JsonValue,
  path: string,
  reader: ConfigReader,
): readonly JsonValue[] {
  if (shape === 'list') {
    if (!Array.isArray(value)) {
      reader.problem(path, 'must be a list.')
      return []
    }
    const elements = value as readonly JsonValue[]
    if (elements.length > 0 && elements.every(Array.isArray)) {
      const lists = elements as readonly (readonly JsonValue[])[]
      if (lists.length <= MOST_LISTS) return lists.flatMap((each) => combine(kind, each, path, reader))
      reader.problem(path, 'has more than 100 lists.')
      return []
    }
    return combine(kind, elements, path, reader)
  }
  if (shape !== undefined && isObject(value)) {
    const names = Object.keys(value)
    return product(
      names.map((name) => single(kind, value[name] ?? null, `${path}.${name}`, reader)),
      path,
      reader,
    ).map((chosen) => Object.fromEntries(chosen.map((each, index) => [names[index], each])) as JsonObject)
  }
  return single(kind, value, path, reader)
}

function combine(
  kind: FieldTable[1],
  elements: readonly JsonValue[],
  path: string,
  reader: ConfigReader,
): readonly JsonValue[] {
  return product(
    elements.map((each, index) => single(kind, each, `${path}[${index}]`, reader)),
    path,
    reader,
  )
}

/** One value, or a list of them. */
function single(
  kind: FieldTable[1],
  value: JsonValue,
  path: string,
  reader: ConfigReader,
): readonly JsonValue[] {
  if (Array.isArray(value)) return several(kind, value as readonly JsonValue[], path, reader)
  if (!isMessage(kind) || !isObject(value)) return [value]
  const fields = new Map((Object.values(kind) as FieldTable[]).map((field) => [field[0], field]))
  const known = Object.entries(value).filter(([name]) => {
    if (!fields.has(name)) reader.unknown(`${path}.${name}`, [...fields.keys()])
    return fields.has(name)
  })
  const each = known.map(([name, inner]) =>
    alternatives(fields.get(name) as FieldTable, inner ?? null, `${path}.${name}`, reader),
  )
  return product(each, path, reader).map(
    (chosen) => Object.fromEntries(chosen.map((inner, index) => [known[index]?.[0], inner])) as JsonObject,
  )
}

function several(
  kind: FieldTable[1],
  values: readonly JsonValue[],
  path: string,
  reader: ConfigReader,
): readonly JsonValue[] {
  const all: JsonValue[] = []
  for (const value of values) {
    if (Array.isArray(value)) {
      reader.problem(path, 'must be a value, or a list of values.')
      return []
    }
    all.push(...single(kind, value, path, reader))
    if (all.length <= MOST_ALTERNATIVES) continue
    reader.problem(path, 'has more than 10 000 values.')
    return []
  }
  return all
}

function product(
  lists: readonly (readonly JsonValue[])[],
  path: string,
  reader: ConfigReader,
): JsonValue[][] {
  if (lists.reduce((count, { length }) => count * length, 1) > MOST_ALTERNATIVES) {
    reader.problem(path, 'has more than 10 000 combinations.')
    return []
  }
  return lists.reduce<JsonValue[][]>(
    (all, list) => all.flatMap((before) => list.map((each) => [...before, each])),
    [[]],
  )
}

function isMessage(kind: FieldTable[1]): kind is MessageTable {
  return typeof kind === 'object' && !Array.isArray(kind)
}

/** By the setting of the same meaning, where there is one. */
function inSettings({ path, values }: ModelAnalyzerAxis, prefix: string): ModelAnalyzerAxis[] {
  const axis = (name: string, chosen: readonly JsonValue[]): ModelAnalyzerAxis => ({
    path: `${prefix}.${name}`,
    values: chosen,
  })
  if (path === 'max_batch_size') return [axis('maxBatchSize', values)]
  if (
    path === 'dynamic_batching' &&
    values.every((value) => isObject(value) && Object.keys(value).length === 0)
  )
    return [axis('dynamicBatching', [true])]
  // Nothing after the name of a message is nothing of it.
  if (path === 'dynamic_batching' && values.every((value) => value === null))
    return [axis('dynamicBatching', [false])]
  if (path === 'dynamic_batching.max_queue_delay_microseconds')
    return [
      axis(
        'dynamicBatching.maxQueueDelay',
        values.map((micros) => `${typeof micros === 'string' ? micros : JSON.stringify(micros)}us`),
      ),
    ]
  if (path === 'dynamic_batching.preferred_batch_size') return [axis('dynamicBatching.preferred', values)]
  if (path === 'dynamic_batching.preserve_ordering') return [axis('dynamicBatching.preserveOrdering', values)]
  if (path === 'response_cache.enable') return [axis('responseCache', values)]
  return (path === 'instance_group' ? instanceAxes(values, axis) : null) ?? [axis(`config.${path}`, values)]
}

/** Of single groups that have a number, and all the same kind or none. */
function instanceAxes(
  values: readonly JsonValue[],
  axis: (name: string, values: readonly JsonValue[]) => ModelAnalyzerAxis,
): ModelAnalyzerAxis[] | null {
  const counts: number[] = []
  const kinds = new Set<string | null>()
  for (const value of values) {
    const [group, ...others] = value as readonly JsonValue[]
    if (!isObject(group) || others.length > 0) return null
    const { count, kind = null, ...rest } = group
    if (typeof count !== 'number' || Object.keys(rest).length > 0) return null
    if (kind !== null && (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind))) return null
    counts.push(count)
    kinds.add(kind)
  }
  if (kinds.size > 1) return null
  const [kind = null] = kinds
  return [
    ...(kind === null ? [] : [axis('instanceKind', [KINDS[kind] as string])]),
    axis('instances', counts),
  ]
}
