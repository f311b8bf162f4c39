import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServebenchError } from 'servebench/plugin'
import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import { applySettings } from '../config/apply-settings.ts'
import { formatModelConfig } from '../config/format-model-config.ts'
import type { TritonServerSpec } from '../server.ts'
import { findServer } from './find-server.ts'
import { ModelRepository } from './model-repository.ts'

/**
 * A model repository, with the settings of the models in their configurations. Without a Triton on this machine that says
 * otherwise, ONNX files are for the backend of ONNX Runtime, which NVIDIA's images have.
 */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[] | undefined> {
  const { launch, state } = plan as unknown as TritonServerSpec
  if (launch.mode === 'attach') return undefined
  const repository = new ModelRepository(
    context.directory,
    context.root,
    await findBackends(launch.binary, context.root),
  )
  const written: WrittenModel[] = []
  for (const model of state.models) {
    const { name, source, settings } = model
    // Of another repository, which has it already.
    if (source === null) continue
    const { config } = await repository.store({ ...model, source }, (spec) => context.artifact(spec))
    if (config !== null) {
      const path = join(context.directory, name, 'config.pbtxt')
      await writeFile(path, formatModelConfig(applySettings(config, settings)))
    } else if (Object.keys(settings).length > 0) {
      throw new ServebenchError(
        'SERVEBENCH_TRITON_MODEL',
        `Model '${name}' has a configuration of its own, which settings cannot be written into.`,
        { advice: 'Write them into its config.pbtxt, or leave them to a server that servebench starts.' },
      )
    }
    written.push({ name, version: config === null ? null : '1', path: name })
  }
  return written
}

/** `null` when there is no server here: where the models go is not known. */
async function findBackends(binary: string | null, root: string): Promise<readonly string[] | null> {
  try {
    return (await findServer(binary, root, process.env)).backendNames
  } catch (error) {
    if (binary === null) return null
    throw error
  }
}
