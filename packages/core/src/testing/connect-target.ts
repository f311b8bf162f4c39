import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { AnyTarget } from '../dsl/target.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { ConnectContext, SessionReference } from '../hooks/providers.ts'
import type { JsonObject } from '../units/json.ts'
import { applyPlugins, SILENT } from './apply-plugins.ts'

/** What a provider is called with; all of it has defaults. */
export interface ConnectOverrides extends Partial<ConnectContext> {
  /** Where relative paths start; the working directory by default. */
  readonly root?: string
}

/**
 * Asks a plugin for the session of a target, as the runner does before a trial: applies the plugin, then calls what it
 * has tapped on `connect`.
 * @throws {PluginError} with whatever the preflight throws
 * @throws {ServebenchError} `SERVEBENCH_TARGET_KIND` when the plugin does not provide this kind of target
 */
export async function connectTarget(
  plugin: BenchPlugin,
  { kind, package: packageName, options }: AnyTarget,
  { root = process.cwd(), ...context }: ConnectOverrides = {},
): Promise<SessionReference> {
  const hooks = await applyPlugins([plugin], root)
  const reference = await hooks.connect.for(kind).promise(
    // As a plan holds it: plain data.
    { kind, package: packageName, options: JSON.parse(JSON.stringify(options)) as JsonObject },
    {
      server: null,
      settings: DEFAULT_SETTINGS,
      exchange: 'unary',
      signal: new AbortController().signal,
      log: SILENT,
      ...context,
    },
  )
  if (reference !== undefined) return reference
  throw new ServebenchError(
    'SERVEBENCH_TARGET_KIND',
    `The plugin '${plugin.name}' provides no target '${kind}'.`,
    { advice: `Tap hooks.connect.for('${kind}') in its apply().` },
  )
}
