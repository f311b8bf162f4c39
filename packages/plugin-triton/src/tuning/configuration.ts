import { readFile } from 'node:fs/promises'
import { argumentsFile, environmentFile, locateModel, ServebenchError } from 'servebench/plugin'
import type { ConfigurationContext, ConfigurationFile, JsonObject, ServerPlan } from 'servebench/plugin'
import { isSecretName } from 'servebench/session'
import { applySettings } from '../config/apply-settings.ts'
import { formatModelConfig } from '../config/format-model-config.ts'
import { isObject } from '../config/merge-config.ts'
import { normalConfig } from '../config/normal-config.ts'
import { findStoredConfig, readStoredConfig } from '../config/stored-config.ts'
import type { TritonControl } from '../control/triton-control.ts'
import { configureOnnx } from '../launch/onnx-config.ts'
import { readOnnxSignature } from '../launch/onnx-signature.ts'
import { chosenArguments } from '../launch/server-arguments.ts'
import type { PlannedLaunch, PlannedModel, TritonServerSpec } from '../server.ts'

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
    const { name: _name, ...config } = await configOf(model, launch, context)
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

/** With its settings, and without the values of parameters whose names are secret. */
async function configOf(
  model: PlannedModel,
  launch: PlannedLaunch,
  context: ConfigurationContext,
): Promise<JsonObject> {
  const own = await ownConfig(model, launch, context)
  if (own !== null) return withoutSecrets(applySettings(own, model.settings))
  const effective = effectiveConfig(model, context)
  // What a server said in this state has the settings already.
  if (effective !== null) return withoutSecrets(effective)
  throw new ServebenchError(
    'SERVEBENCH_TRITON_CONFIG',
    `The configuration of model '${model.name}' is in files of its own, which are not at hand.`,
    {
      advice: 'Give the control of a server that has it loaded, in its own state.',
    },
  )
}

/** Without settings; `null` where nothing here tells it. */
async function ownConfig(
  model: PlannedModel,
  launch: PlannedLaunch,
  { control, root, artifact }: ConfigurationContext,
): Promise<JsonObject | null> {
  const { name, source, backend } = model
  const { modelConfig } = (control ?? {}) as Partial<TritonControl>
  // The server's own words have what it has added, such as the types of a model without a configuration.
  if (modelConfig !== undefined) return modelConfig.call(control, name)
  if (source !== null) {
    const given = 'artifact' in source ? source.artifact : source.path
    const { path, size } = await locateModel({ name, source: given, root, artifact })
    if (size === null) return readStoredConfig(path)
    // As it is written for NVIDIA's images.
    return configureOnnx(
      name,
      readOnnxSignature(await readFile(path), path),
      backend === 'python' ? 'python' : 'onnxruntime',
    )
  }
  // A repository in a container's image is not here.
  return launch.mode === 'attach' ? null : findStoredConfig(launch.repositories, name, root)
}

function effectiveConfig({ name }: PlannedModel, { effective }: ConfigurationContext): JsonObject | null {
  const models = isObject(effective) ? effective['models'] : undefined
  const config = isObject(models) ? models[name] : undefined
  return isObject(config) ? config : null
}

function withoutSecrets(config: JsonObject): JsonObject {
  const { parameters } = config
  if (!isObject(parameters)) return config
  const shown = Object.entries(parameters).map(([name, value]) => [
    name,
    isSecretName(name) ? { string_value: '[redacted]' } : value,
  ])
  return { ...config, parameters: Object.fromEntries(shown) as JsonObject }
}
