import type { SamplerReference } from '../aide/sampler-thread.ts'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { SamplerContext, SamplerPlan } from '../hooks/providers.ts'
import { canonicalJson, type JsonObject } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'
import type { PluginHost } from './plugin-host.ts'

/**
 * Applies the plugins of the samplers that the configuration names: a kind that is known already (a built-in one, or of
 * a plugin), or a package or file whose plugin provides some.
 * @throws {ServebenchError} `SERVEBENCH_SAMPLER`, and others of the plugin host
 */
export async function loadSamplers({ samplers }: ResolvedConfig, plugins: PluginHost): Promise<void> {
  for (const [name, options] of samplers.map(entryOf)) {
    if (plugins.samplerKinds.includes(name) || (await plugins.loadBuiltin(name, options))) continue
    try {
      await plugins.load(name, options)
    } catch (error) {
      const meant = suggest(name, [...plugins.samplerKinds, 'host'])
      if (meant === undefined) throw error
      throw new ServebenchError('SERVEBENCH_SAMPLER', `There is no sampler '${name}'.`, {
        advice: `Did you mean '${meant}'?`,
        cause: error,
      })
    }
  }
  configuredSamplers(samplers, plugins)
}

/**
 * The samplers of the configuration: of a package, all kinds that its plugin provides.
 * @throws {ServebenchError} `SERVEBENCH_SAMPLER` for what provides none, such as the name of a reporter
 */
export function configuredSamplers(
  entries: ResolvedConfig['samplers'],
  plugins: PluginHost,
): readonly SamplerPlan[] {
  return entries.map(entryOf).flatMap(([name, options]) => {
    const kinds = plugins.samplerKinds.includes(name) ? [name] : plugins.samplerKindsOf(name)
    if (kinds.length > 0) return kinds.map((kind) => ({ kind, package: name, options }))
    throw new ServebenchError('SERVEBENCH_SAMPLER', `'${name}' provides no sampler.`, {
      advice:
        'Name one that is built in (host), or a package or file whose plugin taps `createSampler`; other plugins belong into `plugins`.',
    })
  })
}

/**
 * The samplers of a trial: those that the scenario or a plugin asks for, and those of the configuration whose kind is
 * not among them. The same one twice runs once.
 */
export function collectSamplers(
  configured: readonly SamplerPlan[],
  asked: readonly SamplerPlan[],
): readonly SamplerPlan[] {
  const kinds = new Set(asked.map(({ kind }) => kind))
  const all = [...configured.filter(({ kind }) => !kinds.has(kind)), ...asked]
  return [
    ...new Map(all.map((plan) => [canonicalJson({ kind: plan.kind, options: plan.options }), plan])).values(),
  ]
}

/**
 * Asks the providers for the samplers' modules.
 * @throws {ServebenchError} `SERVEBENCH_NO_PROVIDER`
 */
export async function connectSamplers(
  samplers: readonly SamplerPlan[],
  plugins: PluginHost,
  context: SamplerContext,
): Promise<SamplerReference[]> {
  const references: SamplerReference[] = []
  for (const sampler of samplers) {
    const { kind, package: packageName } = sampler
    if (!plugins.samplerKinds.includes(kind)) await plugins.loadProvider(kind, packageName)
    const reference = await plugins.hooks.createSampler.for(kind).promise(sampler, context)
    if (reference === undefined) throw noProvider(kind, packageName, plugins.samplerKinds)
    references.push({ kind, module: reference.module, options: reference.options })
  }
  return references
}

function noProvider(kind: string, packageName: string, kinds: readonly string[]): ServebenchError {
  const meant = suggest(kind, [...kinds])
  return new ServebenchError('SERVEBENCH_NO_PROVIDER', `No plugin provides samplers of the kind '${kind}'.`, {
    advice:
      meant === undefined
        ? `Install '${packageName}', which the sampler names as its package, or check its version.`
        : `Did you mean '${meant}'?`,
  })
}

function entryOf(entry: ResolvedConfig['samplers'][number]): readonly [name: string, options: JsonObject] {
  return typeof entry === 'string' ? [entry, {}] : entry
}
