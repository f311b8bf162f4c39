import { environmentFile } from 'servebench/plugin'
import type { ConfigurationFile, JsonObject, ServerPlan } from 'servebench/plugin'
import { configOf } from '../server/plan-settings.ts'
import type { PlannedModel, TorchServeSpec } from '../server/plan.ts'

/** `config.properties`, with the settings of models as TorchServe reads them at its start, and variables. */
export async function renderConfiguration(server: ServerPlan): Promise<readonly ConfigurationFile[]> {
  const { launch, state } = server as unknown as TorchServeSpec
  const properties = launch.mode === 'attach' ? {} : launch.properties
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${String(value)}\n`)
  const models = modelsOf(state.models, state.defaults)
  if (models !== null) lines.push(`models=${continued(models)}\n`)
  return [
    ...(lines.length === 0 ? [] : [{ path: 'config.properties', text: lines.join('') }]),
    ...environmentFile('torchserve.env', launch.mode === 'attach' ? {} : launch.env),
  ]
}

/** By name and version; `null` where the plan says nothing about any. */
function modelsOf(
  models: readonly PlannedModel[],
  defaults: Readonly<Record<string, string>>,
): JsonObject | null {
  const entries: Record<string, JsonObject> = {}
  for (const { name, version, source, settings } of models) {
    if (Object.keys(settings).length === 0) continue
    // The version of an archive stands inside of it; archives of one version have `1.0`.
    const own = version === '' ? '1.0' : version
    const marName =
      source !== null && 'archive' in source ? (source.archive.split('/').at(-1) ?? '') : `${name}.mar`
    entries[name] = {
      ...entries[name],
      [own]: { defaultVersion: (defaults[name] ?? own) === own, marName, ...configOf(settings) },
    }
  }
  return Object.keys(entries).length === 0 ? null : entries
}

/** JSON over several lines: Java's properties go on after a backslash. */
function continued(value: JsonObject): string {
  return JSON.stringify(value, null, 2).replaceAll('\\', '\\\\').replaceAll('\n', '\\\n')
}
