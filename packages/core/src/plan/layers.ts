import type { PlannedLoad } from '../dsl/loads/definitions.ts'
import type { Problems } from '../dsl/problems.ts'
import { findOption, type OptionLevel } from './option-level.ts'
import { readSettings, SETTING_PATHS, withSettings } from './settings.ts'
import type { TrialSettings } from './trial-plan.ts'
import type { JsonValue } from '../units/json.ts'

/** What the configuration, the environment and the command line say about every trial. */
export interface PlanDefaults {
  readonly settings: TrialSettings
  /** By dotted path, also of `repeats`; what is absent is the default. */
  readonly origins: Readonly<Record<string, string>>
  readonly repeats: number
}

/** Whether a value came from the environment or the command line, which override bench files. */
export function isOverride(origin: string | undefined): boolean {
  return origin !== undefined && (origin.startsWith('--') || origin.startsWith('SERVEBENCH_'))
}

export interface LayeredSettings {
  readonly settings: TrialSettings
  readonly origins: Readonly<Record<string, string>>
}

/**
 * The effective settings of a case, each with its origin. Later wins: defaults, configuration file, `describe` from
 * outside to inside, scenario, environment, command line. A load that has an end of its own sets the duration where it
 * is given, unless the duration is given there or further in.
 */
export function layerSettings(
  problems: Problems,
  defaults: PlanDefaults,
  levels: readonly OptionLevel[],
  loads: readonly { readonly load: PlannedLoad; readonly level: number }[],
): LayeredSettings {
  const values = new Map<string, JsonValue>()
  const inherited = SETTING_PATHS.filter((path) => defaults.origins[path] !== undefined)
  const origins: Record<string, string> = Object.fromEntries(
    inherited.map((path) => [path, defaults.origins[path] as string]),
  )
  const put = (path: string, value: JsonValue, origin: string) => {
    if (isOverride(defaults.origins[path])) return
    values.set(path, value)
    origins[path] = origin
  }
  for (const level of levels) {
    for (const [path, value] of readSettings(problems, level.options)) put(path, value, level.origin)
  }
  const implied = impliedDuration(loads)
  const given = findOption(levels, 'duration')?.level ?? -1
  if (implied !== undefined && given < implied.level) put('duration', implied.duration, 'load')
  const rule = loads.length === 1 ? loads[0]?.load.implies.until : undefined
  if (rule !== undefined && (findOption(levels, 'until')?.level ?? -1) < (loads[0]?.level ?? 0))
    put('until', rule, 'load')
  const repeats = findOption(levels, 'repeats')
  if (repeats !== undefined && !isOverride(defaults.origins['repeats']))
    origins['repeats'] = levels[repeats.level]?.origin ?? ''
  else if (defaults.origins['repeats'] !== undefined) origins['repeats'] = defaults.origins['repeats']
  return {
    settings: values.size === 0 ? defaults.settings : withSettings(defaults.settings, values),
    origins,
  }
}

/** Streams that all end by themselves need no duration; of several given durations the longest counts. */
function impliedDuration(
  loads: readonly { readonly load: PlannedLoad; readonly level: number }[],
): { readonly duration: number | null; readonly level: number } | undefined {
  const durations = loads.map(({ load }) => load.implies.duration)
  if (durations.length === 0 || durations.includes(undefined)) return undefined
  const finite = durations.filter((duration) => typeof duration === 'number')
  const level = Math.max(...loads.map((load) => load.level))
  return { duration: finite.length === 0 ? null : Math.max(...finite), level }
}
