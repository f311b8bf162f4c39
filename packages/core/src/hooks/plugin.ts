import type { ResolvedConfig } from '../config/resolved-config.ts'
import type { JsonObject } from '../units/json.ts'
import type { Hooks } from './hooks.ts'

/** The version of the plugin interface that this core speaks. */
export const API_VERSION = 1

/**
 * An extension of servebench. `apply` runs once, in the main thread, before anything is planned: it only taps hooks.
 * A package whose factories appear in bench files exports its plugin as `plugin`; it is then applied by itself.
 */
export interface BenchPlugin {
  /** Names the plugin in errors and in the order of taps; by convention the package name. */
  readonly name: string
  readonly apiVersion: typeof API_VERSION
  /** Taps of this plugin run after those of the named plugins. */
  readonly after?: readonly string[]
  /** Taps of this plugin run before those of the named plugins. */
  readonly before?: readonly string[]
  apply(bench: Bench): void | Promise<void>
}

/** What a plugin gets: hooks to tap, and a few services. */
export interface Bench {
  readonly hooks: Hooks
  /** The folder that relative paths start from. */
  readonly root: string
  /** The configuration, once `resolveConfig` has run; reading it earlier throws. */
  readonly config: ResolvedConfig
  readonly log: Log
  /** Options given to this plugin in the configuration's `plugins`, or `{}`. */
  readonly options: JsonObject
}

/** Messages for the user; shown above the progress display and stored in the journal. */
export interface Log {
  info(message: string): void
  warn(message: string): void
}

/** Keeps a plugin object as it is, and checks its type. */
export function definePlugin(plugin: BenchPlugin): BenchPlugin {
  return plugin
}
