import type { ServerSpec } from '../dsl/server.ts'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { ServerTuning } from '../hooks/tuning.ts'
import { applyPlugins } from './apply-plugins.ts'

/**
 * How a plugin tunes a server, as a study asks for it.
 * @throws {PluginError} with whatever the plugin throws
 * @throws {Error} when it has tapped nothing on `tune` for servers of this kind
 */
export async function connectTuning(plugin: BenchPlugin, server: ServerSpec): Promise<ServerTuning> {
  const hooks = await applyPlugins([plugin], process.cwd())
  const tuning = await hooks.tune.for(server.kind).promise(server)
  if (tuning === undefined)
    throw new Error(`${plugin.name} taps nothing on tune for servers of the kind '${server.kind}'.`)
  return tuning
}
