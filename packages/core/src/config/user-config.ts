import type { SettingOptions } from '../dsl/settings.ts'
import type { ComparisonOptions } from '../report/comparison-settings.ts'
import type { JsonObject } from '../units/json.ts'
import type { Duration } from '../units/duration.ts'

/** A reporter, plugin or sampler by name (a package, a path, or a built-in), alone or with its options. */
export type NamedEntry = string | readonly [name: string, options: JsonObject]

/**
 * What `servebench.config.ts` exports: settings for all trials, which `describe` and `scenario` override, and what
 * concerns a run as a whole.
 */
export interface UserConfig extends SettingOptions {
  /** Globs of bench files, relative to the root. Default: all `*.bench.ts` and their JavaScript siblings. */
  readonly include?: readonly string[]
  /** Globs of files that are no bench files after all. Default: `node_modules`, `.git`, `dist` and result folders. */
  readonly exclude?: readonly string[]
  /** Trials of each case. Default 1. */
  readonly repeats?: number
  /** Fixes schedules, inputs and order. Random, printed and stored by default. */
  readonly seed?: string | number
  /** Folder of the results, relative to the root. Default `servebench-results`. */
  readonly output?: string
  /** A file with the peaks of further devices, relative to the root; see `servebench peaks`. */
  readonly peaks?: string
  /** Default `['console']`. */
  readonly reporters?: readonly NamedEntry[]
  /** Plugins beside those that the targets of bench files bring along. */
  readonly plugins?: readonly NamedEntry[]
  /** Samplers that run in every trial. */
  readonly samplers?: readonly NamedEntry[]
  /** How long importing and planning one bench file may take. Default `'10s'`. */
  readonly collectTimeout?: Duration
  /** Globs of further files whose change reruns everything in watch mode. */
  readonly watch?: readonly string[]
  /** Stops after the first trial that fails, is invalid or misses its SLO. Default `false`. */
  readonly bail?: boolean
  /** Takes suspect measurements for invalid ones. Default `false`. */
  readonly strict?: boolean
  /** How a run is compared with a baseline: level, power, and what is too small a change to matter. */
  readonly comparison?: ComparisonOptions
  /** Order of the cases in each round of repeats. Default `'random'`, seeded. */
  readonly order?: 'random' | 'as-written'
  /** Whether repeats go round within each server process or across all of them. Default `'within-server'`. */
  readonly interleave?: 'within-server' | 'across-servers'
}

/** Keeps a configuration as it is, and checks its type. */
export function defineConfig(config: UserConfig): UserConfig {
  return config
}
