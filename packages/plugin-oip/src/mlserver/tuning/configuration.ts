import { environmentFile } from 'servebench/plugin'
import type { ConfigurationFile, ServerPlan } from 'servebench/plugin'
import { isFile, modelSettings } from '../model-folder.ts'
import type { MlServerSpec } from '../server.ts'

/** `settings.json`, `NAME/model-settings.json` of each ONNX model, and variables. */
export async function renderConfiguration(server: ServerPlan): Promise<readonly ConfigurationFile[]> {
  const { models, parallelWorkers, env } = (server as unknown as MlServerSpec).launch
  return [
    json('settings.json', { parallel_workers: parallelWorkers }),
    // A folder has its own, which nothing changes.
    ...models.filter(isFile).map((model) => json(`${model.name}/model-settings.json`, modelSettings(model))),
    ...environmentFile('mlserver.env', env),
  ]
}

function json(path: string, value: object): ConfigurationFile {
  return { path, text: `${JSON.stringify(value, null, 2)}\n` }
}
