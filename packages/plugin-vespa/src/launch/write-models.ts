import { join } from 'node:path'
import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import type { VespaServerSpec } from '../server.ts'
import { writeApplication } from './application.ts'

/** Vespa's own default. */
const PORT = 8080

/** An application package, with the models in its folder `models`: to be deployed as any other. */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[] | undefined> {
  const { launch } = plan as unknown as VespaServerSpec
  if (launch.mode === 'attach') return undefined
  // Containers that servebench starts are given a free port; others listen where they say.
  await writeApplication(context.directory, { ...launch, port: PORT }, context)
  return launch.models.map(({ name }) => ({ name, version: null, path: join('models', `${name}.onnx`) }))
}
