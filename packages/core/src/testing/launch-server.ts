import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerSpec } from '../dsl/server.ts'
import type { ArtifactSpec, BuiltArtifact } from '../hooks/artifact.ts'
import type { BenchPlugin, Log } from '../hooks/plugin.ts'
import type { RunningServer } from '../hooks/server.ts'
import { ArtifactStore } from '../runner/artifact-store.ts'
import { ServerHost } from '../runner/server-host.ts'
import type { JsonValue } from '../units/json.ts'
import { applyPlugins, SILENT } from './apply-plugins.ts'

export interface LaunchOverrides {
  /** Of artifacts that the server is launched with. */
  readonly plugins?: readonly BenchPlugin[]
  /** Where relative paths start; the working directory by default. */
  readonly root?: string
  /** What the plugin has to say; nowhere by default. */
  readonly log?: Log
}

/** A server as the runner has brought it up. */
export interface LaunchedServer extends AsyncDisposable {
  readonly server: RunningServer
  /** What `configure` read back. */
  readonly effective: JsonValue
  /** Builds artifacts, as the runner does for `configure`. */
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
}

/**
 * Asks a plugin for a server, as the runner does before a trial: applies the plugin, calls what it has tapped on
 * `launch`, and brings the server into its state. Disposing restores and stops it, and removes its files.
 * @throws {PluginError} with whatever the plugin throws
 * @throws {ServebenchError} `SERVEBENCH_NO_PROVIDER`, `SERVEBENCH_SERVER_EXITED`, `SERVEBENCH_SERVER_TIMEOUT`
 */
export async function launchServer(
  plugin: BenchPlugin,
  spec: ServerSpec,
  { plugins = [], root = process.cwd(), log = SILENT }: LaunchOverrides = {},
): Promise<LaunchedServer> {
  const hooks = await applyPlugins([plugin, ...plugins], root)
  const directory = mkdtempSync(join(tmpdir(), 'servebench-server-'))
  const applied = (): Promise<void> => Promise.resolve()
  const artifacts = new ArtifactStore(hooks, join(directory, 'artifacts'), applied)
  const host = new ServerHost({
    hooks,
    artifacts,
    load: applied,
    directory: join(directory, 'servers'),
    undo: join(directory, 'undo'),
    root,
    log,
  })
  const end = async (): Promise<void> => {
    await host[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const { server, effective } = await host.acquire(spec, new AbortController().signal)
    return {
      server,
      effective,
      artifact: (artifact) => artifacts.build(artifact),
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
