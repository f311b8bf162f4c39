import {
  join,
  readBytes,
  readChoice,
  readCount,
  readDuration,
  readFields,
  readNumber,
  readStrings,
  unknownKey,
  type Fields,
} from '../dsl/fields.ts'
import type { Problems } from '../dsl/problems.ts'
import { readStopRule } from '../dsl/stop-rule.ts'
import { readWarmup } from '../dsl/warmup.ts'
import type { SettingOptions } from '../dsl/settings.ts'
import type { JsonValue } from '../units/json.ts'
import { EFFICIENCY_SETTINGS, type Read } from './efficiency-settings.ts'
import type { TrialPlan, TrialSettings } from './trial-plan.ts'

/** What one level (a file, a `describe`, the command line) sets: values by dotted path, ready for {@link TrialSettings}. */
export type SettingsPatch = ReadonlyMap<string, JsonValue>

const duration: Read = (problems, path, value) => readDuration(problems, path, value)
const longDuration: Read = (problems, path, value) => readDuration(problems, path, value, 'positive')
const count: Read = (problems, path, value) => readCount(problems, path, value)
const countOrAuto: Read = (problems, path, value) =>
  value === 'auto' ? value : readCount(problems, path, value)
const choice =
  (...words: string[]): Read =>
  (problems, path, value) =>
    readChoice(problems, path, value, words)
const limit: Read = (problems, path, value) =>
  value === null ? null : readNumber(problems, path, value, { min: 0, max: Number.MAX_VALUE })
const bytes: Read = (problems, path, value) => readBytes(problems, path, value)

/** Every single setting by its dotted path, with how its value is read. */
const SETTINGS: Readonly<Record<string, Read>> = {
  warmup: readWarmup,
  duration: longDuration,
  until: readStopRule,
  drain: duration,
  cooldown: duration,
  timeout: longDuration,
  'retry.attempts': (problems, path, value) => readCount(problems, path, value, { min: 0, max: 100 }),
  'retry.on': readStrings,
  'connections.count': countOrAuto,
  'connections.streams': countOrAuto,
  'connections.reuse': choice('keep-alive', 'per-request'),
  'connections.open': choice('before', 'on-demand', 'auto'),
  maxInFlight: (problems, path, value) => readCount(problems, path, value, { max: 1_000_000 }),
  overflow: choice('queue', 'drop'),
  workers: (problems, path, value) =>
    value === 'auto' ? value : readCount(problems, path, value, { max: 256 }),
  records: choice('all', 'sample', 'none'),
  maxResponseBytes: bytes,
  'payloads.count': count,
  'payloads.bytes': bytes,
  'gates.dispatchLag.suspect': limit,
  'gates.dispatchLag.invalid': limit,
  'gates.dispatchLag.floorSuspect': duration,
  'gates.dispatchLag.floorInvalid': duration,
  ...Object.fromEntries(
    ['dispatched', 'loadThreadCpu', 'accounting', 'littlesLaw', 'foreignCpu', 'clockDrift'].flatMap(
      (gate) => [
        [`gates.${gate}.suspect`, limit],
        [`gates.${gate}.invalid`, limit],
      ],
    ),
  ),
  ...EFFICIENCY_SETTINGS,
}

/** The dotted paths of all settings. */
export const SETTING_PATHS: readonly string[] = Object.keys(SETTINGS)

/** The names of settings at the top level of a configuration, `describe` or `scenario`. */
export const SETTING_NAMES: readonly (keyof SettingOptions)[] = [
  ...new Set(SETTING_PATHS.map((path) => path.split('.')[0] as keyof SettingOptions)),
]

/** What a plain number means for a setting that is an object. */
const SHORTHANDS: Readonly<Record<string, string>> = { retry: 'attempts', connections: 'count' }

/** Reads the settings among `fields`, adding all that is wrong to `problems`; other members are left to the caller. */
export function readSettings(problems: Problems, fields: Fields, path = ''): SettingsPatch {
  const patch = new Map<string, JsonValue>()
  for (const name of SETTING_NAMES) {
    if (fields[name] !== undefined) readSetting(problems, name, fields[name], join(path, name), patch)
  }
  return patch
}

/** Reads one setting (or group of settings) by its dotted path. */
export function readSetting(
  problems: Problems,
  name: string,
  value: unknown,
  path: string,
  patch: Map<string, JsonValue>,
): void {
  const read = SETTINGS[name]
  if (read !== undefined) {
    const parsed = read(problems, path, value)
    if (parsed !== undefined) patch.set(name, parsed)
    return
  }
  const members = [
    ...new Set(
      SETTING_PATHS.filter((known) => known.startsWith(`${name}.`)).map(
        (known) => known.slice(name.length + 1).split('.')[0] as string,
      ),
    ),
  ]
  const shorthand = SHORTHANDS[name]
  const group = shorthand !== undefined && typeof value === 'number' ? { [shorthand]: value } : value
  const fields = readFields(problems, path, group, members)
  for (const member of members) {
    if (fields?.[member] !== undefined)
      readSetting(problems, `${name}.${member}`, fields[member], join(path, member), patch)
  }
}

/** Tells about every member of `fields` that is neither a setting nor one of `others`. */
export function rejectUnknown(
  problems: Problems,
  fields: Fields,
  others: readonly string[],
  path = '',
): void {
  const known: readonly string[] = [...SETTING_NAMES, ...others]
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined && !known.includes(key)) unknownKey(problems, path, key, known)
  }
}

/** The value of a setting by its dotted path. */
export function settingAt(settings: TrialSettings, path: string): JsonValue {
  let value: unknown = settings
  // Results of earlier versions lack later settings.
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key]
  return (value ?? null) as JsonValue
}

/** Settings with some values replaced. */
export function withSettings(settings: TrialSettings, patch: SettingsPatch): TrialSettings {
  const changed = structuredClone(settings) as unknown as Record<string, unknown>
  for (const [path, value] of patch) {
    const keys = path.split('.')
    const last = keys.pop() as string
    const owner = keys.reduce((object, key) => object[key] as Record<string, unknown>, changed)
    owner[last] = value
  }
  return changed as unknown as TrialSettings
}

export interface ExplainedSetting {
  /** `connections.count` */
  readonly path: string
  readonly value: JsonValue
  /** `default`, `servebench.config.ts`, `describe 'x'`, `--duration`, … */
  readonly origin: string
}

/** Every effective setting of a trial with where it came from. */
export function explainSettings(plan: Pick<TrialPlan, 'settings' | 'origins'>): readonly ExplainedSetting[] {
  return SETTING_PATHS.map((path) => ({
    path,
    value: settingAt(plan.settings, path),
    origin: plan.origins[path] ?? 'default',
  }))
}
