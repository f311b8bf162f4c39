import { readFile } from 'node:fs/promises'
import { argumentsFile, environmentFile, locateModel, ServebenchError } from 'servebench/plugin'
import type { ConfigurationContext, ConfigurationFile, JsonObject, ServerPlan } from 'servebench/plugin'
import { applySettings } from '../config/apply-settings.ts'
import { formatModelConfig } from '../config/format-model-config.ts'
import { normalConfig } from '../config/normal-config.ts'
import type { TritonControl } from '../control/triton-control.ts'
import { configureOnnx } from '../launch/onnx-config.ts'
import { readOnnxSignature } from '../launch/onnx-signature.ts'
import { chosenArguments } from '../launch/server-arguments.ts'
import type { PlannedModel, TritonServerSpec } from '../server.ts'

/**
 * `NAME/config.pbtxt` of each model that the plan names, with all that it says; arguments that differ from a server
 * without options, and variables.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_CONFIG` for a model whose own configuration is not known
 */
export async function renderConfiguration(
  server: ServerPlan,
  context: ConfigurationContext,
): Promise<readonly ConfigurationFile[]> {
  const { launch, state } = server as unknown as TritonServerSpec
  const files: ConfigurationFile[] = []
  for (const model of state.models) {
    const { name: _name, ...config } = applySettings(await ownConfig(model, context), model.settings)
    const text = formatModelConfig(normalConfig({ name: model.name, ...config }))
    files.push({ path: `${model.name}/config.pbtxt`, text })
  }
  if (launch.mode === 'attach') return files
  return [
    ...files,
    ...argumentsFile('tritonserver.args', chosenArguments(launch)),
    ...environmentFile('tritonserver.env', launch.env),
  ]
}

async function ownConfig(
  model: PlannedModel,
  { control, root, artifact }: ConfigurationContext,
): Promise<JsonObject> {
  const { name, source, backend } = model
  const { modelConfig } = (control ?? {}) as Partial<TritonControl>
  // The server's own words have what it has added, such as the types of a model without a configuration.
  if (modelConfig !== undefined) return modelConfig.call(control, name)
  if (source !== null) {
    const given = 'artifact' in source ? source.artifact : source.path
    const { path, size } = await locateModel({ name, source: given, root, artifact })
    // As it is written for NVIDIA's images.
    if (size !== null)
      return configureOnnx(
        name,
        readOnnxSignature(await readFile(path), path),
        backend === 'python' ? 'python' : 'onnxruntime',
      )
  }
  throw new ServebenchError(
    'SERVEBENCH_TRITON_CONFIG',
    `The configuration of model '${name}' is in files of its own.`,
    {
      advice: 'Give the control of a server that has it loaded, in its own state.',
    },
  )
}
