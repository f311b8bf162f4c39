import type { ConfigurationFile, ServerPlan } from 'servebench/plugin'
import { argumentsFile } from 'servebench/plugin'
import type { OnnxServerSpec } from '../onnx-server.ts'
import { formatSettings } from '../server/model/format-model-config.ts'

/** `NAME/config.json` of each model, and arguments, as the server reads them. */
export async function renderConfiguration(server: ServerPlan): Promise<readonly ConfigurationFile[]> {
  const { launch, state } = server as unknown as OnnxServerSpec
  return [
    ...state.models.map((model) => ({
      path: `${model.name}/config.json`,
      text: `${JSON.stringify(formatSettings(model), null, 2)}\n`,
    })),
    ...argumentsFile('server.args', launch.sharedThreadPool ? ['--shared-thread-pool'] : []),
  ]
}
