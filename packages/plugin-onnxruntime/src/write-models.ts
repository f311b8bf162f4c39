import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import { ModelFolder } from './model-folder.ts'
import type { OnnxServerSpec } from './onnx-server.ts'

/** What the server reads as its `--model-repository`. */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[]> {
  const { models } = (plan as unknown as OnnxServerSpec).state
  const folder = new ModelFolder(context.directory, context.root)
  for (const model of models) {
    const file = await folder.locate(model, (spec) => context.artifact(spec))
    await folder.put(model, file)
  }
  return models.map(({ name }) => ({ name, version: '1', path: name }))
}
