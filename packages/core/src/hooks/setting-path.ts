import type { JsonObject, JsonValue } from '../units/json.ts'

/** A setting of one model, or of all of them. */
export interface ModelSetting {
  /** `null`: of all models. */
  readonly model: string | null
  /** Names from the outermost on: `['dynamicBatching', 'maxQueueDelay']`. */
  readonly names: readonly [string, ...string[]]
}

/**
 * Reads `instances` and `models.NAME.instances`; the names of models may contain dots.
 * @param path what follows the part that all settings of models begin with, such as `state.`
 * @param settings names that a setting begins with
 * @returns `null` when no name in it is that of a setting
 */
export function readModelSetting(path: string, settings: readonly string[]): ModelSetting | null {
  const names = path.split('.')
  const [first = ''] = names
  if (settings.includes(first)) return { model: null, names: names as [string, ...string[]] }
  if (first !== 'models') return null
  const begin = names.findIndex((name, index) => index > 1 && settings.includes(name))
  if (begin === -1) return null
  return { model: names.slice(1, begin).join('.'), names: names.slice(begin) as [string, ...string[]] }
}

/** Options with one value in them: `nest(['a', 'b'], 1)` is `{ a: { b: 1 } }`. */
export function nest(names: readonly [string, ...string[]], value: JsonValue): JsonObject {
  const [first, ...rest] = names
  return { [first]: rest.length === 0 ? value : nest(rest as [string, ...string[]], value) }
}

/** A copy with the value at a place, which is made where it is not there; whatever stood there is replaced. */
export function withValue(
  base: JsonObject,
  [first, ...rest]: readonly [string, ...string[]],
  value: JsonValue,
): JsonObject {
  if (rest.length === 0) return { ...base, [first]: value }
  const inner = base[first]
  const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
  const before = isObject ? (inner as JsonObject) : {}
  return { ...base, [first]: withValue(before, rest as [string, ...string[]], value) }
}

/**
 * Arguments of a program with another value of a flag: `--name=value`, in the place of the ones before.
 * @param value `null` takes the flag away
 */
export function withFlag(args: readonly string[], flag: string, value: JsonValue): readonly string[] {
  const others = args.filter((arg) => arg !== flag && !arg.startsWith(`${flag}=`))
  if (value === null) return others
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return [...others, `${flag}=${text}`]
}
