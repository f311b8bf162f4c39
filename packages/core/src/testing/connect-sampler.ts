import type { SamplerSpec } from '../dsl/sampler.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { SamplerContext } from '../hooks/providers.ts'
import type { JsonObject } from '../units/json.ts'
import { applyPlugins } from './apply-plugins.ts'

/**
 * Asks a plugin for the module of a sampler, as the runner does before a trial: applies the plugin, then calls what it
 * has tapped on `createSampler`.
 * @throws {PluginError} with whatever the provider throws, such as mistakes in the options
 * @throws {ServebenchError} `SERVEBENCH_NO_PROVIDER` when the plugin does not provide this kind of sampler
 */
export async function connectSampler(
  plugin: BenchPlugin,
  { kind, package: packageName, options }: SamplerSpec,
  context: Partial<SamplerContext> = {},
): Promise<ModuleReference> {
  const { root = process.cwd() } = context
  const hooks = await applyPlugins([plugin], root)
  const reference = await hooks.createSampler.for(kind).promise(
    // As a plan holds it: plain data.
    { kind, package: packageName, options: JSON.parse(JSON.stringify(options)) as JsonObject },
    { server: null, processes: [], ...context, root },
  )
  if (reference !== undefined) return reference
  throw new ServebenchError(
    'SERVEBENCH_NO_PROVIDER',
    `The plugin '${plugin.name}' provides no sampler '${kind}'.`,
    { advice: `Tap hooks.createSampler.for('${kind}') in its apply().` },
  )
}
