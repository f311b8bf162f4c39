import { isAbsolute, join, resolve } from 'node:path'
import type { ServerSpec } from '../dsl/server.ts'
import type { Log } from '../hooks/plugin.ts'
import type { WrittenModel } from '../hooks/write-models.ts'
import { ArtifactStore } from '../runner/artifact-store.ts'
import { PluginHost } from '../runner/plugin-host.ts'
import { writeModels as write } from '../runner/write-models.ts'
import { BUILTINS } from './builtins.ts'
import { cacheFolder } from './project.ts'

export interface WriteModelsOptions {
  /** Where relative paths start, and packages are looked for. Default: the working directory. */
  readonly root?: string
  /** What plugins have to say; nowhere by default. */
  readonly log?: Log
}

const SILENT: Log = { info: () => {}, warn: () => {} }

/**
 * Writes the models of a server into a folder, in the layout that servers of its kind read: a model repository of Triton,
 * a model store of TorchServe, and so on. For servers that something else starts. The folder appears when it is complete.
 *
 * @example await writeModels(tritonServer({ models: [onnxModel({ family: 'mlp' })] }), 'repository')
 * @param folder not there yet, or empty; relative to the root
 * @throws {ServebenchError} when a model is missing, the folder has content, or the kind has no layout
 */
export async function writeModels(
  { kind, package: packageName, launch, state }: ServerSpec,
  folder: string,
  { root = process.cwd(), log = SILENT }: WriteModelsOptions = {},
): Promise<readonly WrittenModel[]> {
  const plugins = new PluginHost(resolve(root), log, BUILTINS)
  await plugins.loadProvider(kind, packageName)
  const load = (name: string): Promise<void> => plugins.load(name)
  const artifacts = new ArtifactStore(plugins.hooks, join(cacheFolder(root), 'artifacts'), load)
  return write(
    { kind, package: packageName, launch, state },
    isAbsolute(folder) ? folder : resolve(root, folder),
    { hooks: plugins.hooks, artifacts, root: resolve(root) },
  )
}
