import { join, resolve } from 'node:path'
import type { Log } from '../hooks/plugin.ts'
import { ArtifactStore } from '../runner/artifact-store.ts'
import type { ModelWriter } from '../runner/write-models.ts'
import { PluginHost } from '../runner/plugin-host.ts'
import { BUILTINS } from './builtins.ts'
import { cacheFolder } from './project.ts'

export interface ProviderOptions {
  /** Where relative paths start, and packages are looked for. Default: the working directory. */
  readonly root?: string
  /** What plugins have to say; nowhere by default. */
  readonly log?: Log
}

const SILENT: Log = { info: () => {}, warn: () => {} }

/** The plugin of a kind of server, outside a run. */
export async function hostProvider(
  { kind, package: packageName }: { readonly kind: string; readonly package: string },
  { root = process.cwd(), log = SILENT }: ProviderOptions,
): Promise<ModelWriter> {
  const plugins = new PluginHost(resolve(root), log, BUILTINS)
  await plugins.loadProvider(kind, packageName)
  const load = (name: string): Promise<void> => plugins.load(name)
  const artifacts = new ArtifactStore(plugins.hooks, join(cacheFolder(root), 'artifacts'), load)
  return { hooks: plugins.hooks, artifacts, root: resolve(root) }
}
