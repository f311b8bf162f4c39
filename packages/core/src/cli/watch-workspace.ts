import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { createCollector, type Collector } from '../collector/collector.ts'
import { dependenciesOf } from '../collector/import-graph.ts'
import { installLoader } from '../collector/loader.ts'
import type { Runner } from '../runner/run.ts'
import { createRunner } from './execute.ts'
import { openWorkspace, type ProjectRequest, type Workspace } from './project.ts'

const CONFIG_NAME = /^servebench\.config\.(?:m?[jt]s|json)$/

/** Which modules of the user the main thread has imported: the configuration, local plugins, and what they import. */
const imports = new Map<string, string[]>()

/**
 * Configuration, plugins and servers of a watch session, with the threads of the next run: they are started while
 * nothing runs, so that a change is measured at once, and have not imported anything of the user yet.
 */
export class WatchWorkspace implements AsyncDisposable {
  readonly workspace: Workspace
  readonly runner: Runner
  /** The configuration with all that it imports, and local plugins. */
  readonly configFiles: ReadonlySet<string>
  readonly #mayAppear: boolean
  #collector: Collector | null = createCollector()

  /** Reads everything anew, also modules that this process has imported before. */
  static async open(request: Omit<ProjectRequest, 'files' | 'filter'>): Promise<WatchWorkspace> {
    const loader = installLoader((importer, imported) => {
      imports.set(importer, [...(imports.get(importer) ?? []), imported])
    })
    imports.clear()
    loader.refresh()
    const workspace = await openWorkspace(request)
    return new WatchWorkspace(workspace, request)
  }

  private constructor(workspace: Workspace, request: Omit<ProjectRequest, 'files' | 'filter'>) {
    this.workspace = workspace
    this.runner = createRunner(workspace, request.log)
    this.#mayAppear = request.config === undefined
    const { file, root, plugins, samplers, reporters } = workspace.config
    const local = [...plugins, ...samplers, ...reporters]
      .map((entry) => (typeof entry === 'string' ? entry : entry[0]))
      .filter((name) => name.startsWith('.') || isAbsolute(name))
      .map((name) => resolve(root, name))
    const graph = Object.fromEntries(imports)
    const entries = file === null ? local : [file, ...local]
    this.configFiles = new Set(entries.flatMap((entry) => [...dependenciesOf(graph, entry)]))
    this.warmUp()
  }

  /** Whether a change of this file means to read the configuration again. */
  isConfig(path: string): boolean {
    if (this.configFiles.has(path)) return true
    return this.#mayAppear && dirname(path) === this.workspace.config.root && CONFIG_NAME.test(basename(path))
  }

  /** Starts the threads of the next run. */
  warmUp(): void {
    this.#collector ??= createCollector()
    this.runner.warmUp()
  }

  /** For one collection. */
  takeCollector(): Collector {
    const collector = this.#collector ?? createCollector()
    this.#collector = null
    return collector
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#collector?.[Symbol.asyncDispose]()
    this.#collector = null
    await this.runner[Symbol.asyncDispose]()
  }
}
