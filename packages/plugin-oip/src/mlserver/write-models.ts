import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import { putModel } from './model-folder.ts'
import type { MlServerSpec } from './server.ts'

/** What `mlserver start` reads. */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[]> {
  const { models } = (plan as unknown as MlServerSpec).launch
  const written: WrittenModel[] = []
  for (const model of models) written.push(await putModel(context.directory, model, context))
  return written
}
