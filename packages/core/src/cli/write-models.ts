import { isAbsolute, resolve } from 'node:path'
import type { ServerSpec } from '../dsl/server.ts'
import type { WrittenModel } from '../hooks/write-models.ts'
import { writeModels as write } from '../runner/write-models.ts'
import { hostProvider } from './provider-host.ts'
import type { ProviderOptions } from './provider-host.ts'

/**
 * Writes the models of a server into a folder, in the layout that servers of its kind read: a model repository of Triton,
 * a model store of TorchServe, and so on. For servers that something else starts. The folder appears when it is complete.
 *
 * @example await writeModels(tritonServer({ models: [onnxModel({ family: 'mlp' })] }), 'repository')
 * @param folder not there yet, or empty; relative to the root
 * @throws {ServebenchError} when a model is missing, the folder has content, or the kind has no layout
 */
export async function writeModels(
  server: ServerSpec,
  folder: string,
  options: ProviderOptions = {},
): Promise<readonly WrittenModel[]> {
  const { kind, package: packageName, launch, state } = server
  const host = await hostProvider(server, options)
  const path = isAbsolute(folder) ? folder : resolve(host.root, folder)
  return write({ kind, package: packageName, launch, state }, path, host)
}
