import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { ServebenchError } from 'servebench/plugin'
import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import { configOf } from '../server/plan-settings.ts'
import type { ModelSource, PlannedModel, TorchServeSpec } from '../server/plan.ts'
import { ModelStore } from './model-store.ts'

/** A model store, with the settings of the models in the configuration files of their archives. */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[] | undefined> {
  const { launch, state } = plan as unknown as TorchServeSpec
  if (launch.mode === 'attach') return undefined
  const store = new ModelStore(context.directory, context.root)
  const written: WrittenModel[] = []
  for (const model of state.models) {
    const { name, version, source } = model
    if (source === null) continue
    const { archive } = await store.store(model, configured(model, source), (spec) => context.artifact(spec))
    const twins = state.models.filter((other) => other.name === name).length > 1
    const path = `${name}${twins ? `-${version}` : ''}.mar`
    await rename(join(context.directory, archive), join(context.directory, path))
    written.push({ name, version: version === '' ? null : version, path })
  }
  return written
}

function configured({ name, settings }: PlannedModel, source: ModelSource): ModelSource {
  const own = configOf(settings)
  if (!('archive' in source))
    return Object.keys(own).length === 0 ? source : { ...source, config: { ...source.config, ...own } }
  if (/^https?:\/\//.test(source.archive)) {
    throw new ServebenchError('SERVEBENCH_TORCHSERVE_ARCHIVE', `Model '${name}' is ${source.archive}.`, {
      advice: 'Servers load it from there: register it by its URL.',
    })
  }
  if (Object.keys(own).length === 0) return source
  throw new ServebenchError(
    'SERVEBENCH_TORCHSERVE_ARCHIVE',
    `Model '${name}' is an archive that exists, which settings cannot be written into.`,
    { advice: 'Register it with them, or leave them to a server that servebench starts.' },
  )
}
