import { readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerPlan, WriteModelsContext, WrittenModel } from 'servebench/plugin'
import type { TfServingServerSpec } from '../server.ts'
import { findBasePath } from './model-folder.ts'

/** A folder for each model, with its versions: what a `base_path` of the server's configuration names. */
export async function writeModels(
  plan: ServerPlan,
  context: WriteModelsContext,
): Promise<readonly WrittenModel[] | undefined> {
  const { launch } = plan as unknown as TfServingServerSpec
  if (launch.mode === 'attach') return undefined
  const draft = join(context.directory, '.draft')
  const written: WrittenModel[] = []
  for (const model of launch.models) {
    const { name } = model
    const base = await findBasePath(model, { ...context, directory: draft })
    const folder = join(context.directory, name)
    if (base.startsWith(draft)) await rename(base, folder)
    else await symlink(base, folder)
    for (const version of await readdir(folder)) written.push({ name, version, path: join(name, version) })
  }
  await rm(draft, { recursive: true, force: true })
  return written
}
