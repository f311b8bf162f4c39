import {
  nest,
  parseBytes,
  readModelSetting,
  readOption,
  suggest,
  ValidationError,
  withFlag,
  withValue,
} from 'servebench/plugin'
import type { ByteSize, JsonObject, JsonValue, ModelSetting, Problem, ServerPlan } from 'servebench/plugin'
import type { PlannedSettings } from '../config/model-settings.ts'
import { planSettings, SETTING_NAMES } from '../config/plan-settings.ts'
import type { PlannedLaunch, PlannedModel, TritonServerSpec } from '../server.ts'

const STATE = 'state.'
const ARGUMENT = 'args.'
const LAUNCH_SETTINGS = ['cache', 'rateLimits', 'args', 'state']

/**
 * The plan with another value of `state.SETTING` (of all its models), `state.models.NAME.SETTING`, `cache`,
 * `rateLimits.RESOURCE` or `args.--FLAG`, where SETTING is any of `TritonModelSettings`, also a part of `config` or one of
 * `parameters`.
 * @throws {ValidationError}
 */
export function applySetting(server: ServerPlan, path: string, value: JsonValue): ServerPlan {
  const problems: Problem[] = []
  const changed = path.startsWith(STATE)
    ? withModelSetting(server, path, value, problems)
    : withLaunchSetting(server, path, value, problems)
  if (problems.length > 0) throw new ValidationError('tritonServer()', problems)
  return changed
}

function withModelSetting(
  server: ServerPlan,
  path: string,
  value: JsonValue,
  problems: Problem[],
): ServerPlan {
  const { state } = server as unknown as TritonServerSpec
  const setting = readModelSetting(path.slice(STATE.length), SETTING_NAMES)
  if (setting === null) {
    problems.push(unknown(path, path.split('.').at(-1) ?? '', SETTING_NAMES))
    return server
  }
  const { model, names } = setting
  const at = model === null ? 'state' : `state.models.${model}`
  const change = readChange(setting, value, at, problems)
  const models = state.models.map((each) =>
    model === null || each.name === model ? { ...each, settings: merge(each.settings, change, names) } : each,
  )
  if (model === null && models.length === 0)
    problems.push({
      path,
      message: `is of no model: say which one with state.models.NAME.${names.join('.')}.`,
    })
  if (model !== null && !models.some(({ name }) => name === model))
    models.push(foundModel(model, merge({}, change, names)))
  return { ...server, state: { ...server.state, models: models as unknown as JsonValue } }
}

/** Checked and planned as the same option of `tritonServer` is. */
function readChange(
  { names }: ModelSetting,
  value: JsonValue,
  at: string,
  problems: Problem[],
): PlannedSettings {
  const [first, ...rest] = names
  if (value === null && (first !== 'config' || rest.length === 0)) {
    problems.push({ path: `${at}.${names.join('.')}`, message: 'needs a value.' })
    return {}
  }
  // Names of parameters may have dots in them.
  const inner =
    first === 'parameters' && rest.length > 0 ? nest([first, rest.join('.')], value) : nest(names, value)
  return planSettings(inner, at, problems)
}

function merge(
  before: PlannedSettings,
  change: PlannedSettings,
  names: readonly [string, ...string[]],
): PlannedSettings {
  const [first, ...rest] = names
  if (first === 'config' && rest.length > 0) {
    const value = rest.reduce<JsonValue>(
      (inner, name) => (inner as JsonObject)[name] ?? null,
      change.config ?? {},
    )
    return { ...before, config: withValue(before.config ?? {}, rest as [string, ...string[]], value) }
  }
  const { dynamicBatching, parameters } = change
  return {
    ...before,
    ...change,
    ...(rest.length > 0 && dynamicBatching !== undefined && typeof before.dynamicBatching === 'object'
      ? { dynamicBatching: { ...before.dynamicBatching, ...dynamicBatching } }
      : {}),
    // Turned on, it stays as it was set.
    ...(rest.length === 0 && before.dynamicBatching !== undefined && isEmpty(dynamicBatching)
      ? { dynamicBatching: before.dynamicBatching === false ? {} : before.dynamicBatching }
      : {}),
    ...(parameters === undefined ? {} : { parameters: { ...before.parameters, ...parameters } }),
  }
}

function isEmpty(batching: PlannedSettings['dynamicBatching']): boolean {
  return typeof batching === 'object' && Object.keys(batching).length === 0
}

/** One that a repository of the server has. */
function foundModel(name: string, settings: PlannedSettings): PlannedModel {
  return { name, source: null, backend: 'auto', settings }
}

function withLaunchSetting(
  server: ServerPlan,
  path: string,
  value: JsonValue,
  problems: Problem[],
): ServerPlan {
  const launch = server.launch as unknown as PlannedLaunch
  const [first = '', resource] = path.split('.')
  if (!LAUNCH_SETTINGS.includes(first) || first === 'state') {
    problems.push(unknown(path, first, LAUNCH_SETTINGS))
    return server
  }
  if (launch.mode === 'attach') {
    problems.push({ path, message: 'is of a server that servebench starts: this one runs already.' })
    return server
  }
  const withLaunch = (change: Partial<typeof launch>): ServerPlan => ({
    ...server,
    launch: { ...launch, ...change },
  })
  if (path.startsWith(ARGUMENT))
    return withLaunch({ args: withFlag(launch.args, path.slice(ARGUMENT.length), value) })
  if (path === 'cache') {
    const bytes = value === null ? null : readOption('cache', value as ByteSize, parseBytes, 0, problems)
    return withLaunch({ cacheBytes: bytes })
  }
  if (first !== 'rateLimits' || resource === undefined) {
    problems.push(unknown(path, first, LAUNCH_SETTINGS))
    return server
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    problems.push({ path, message: 'must be a whole number above 0.' })
  return withLaunch({ rateLimits: { ...launch.rateLimits, [resource]: value as number } })
}

function unknown(path: string, name: string, known: readonly string[]): Problem {
  return { path, message: 'is no setting of a Triton server.', suggestion: suggest(name, known) }
}
