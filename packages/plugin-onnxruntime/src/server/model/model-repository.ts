import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicNanos } from '../clock.ts'
import { InferenceThreads } from '../inference/inference-threads.ts'
import { RequestError, Status } from '../status.ts'
import { Model } from './model.ts'
import { parseModelConfig } from './parse-model-config.ts'
import type { ModelSettings } from './model-settings.ts'

/** Where a model's file lies. */
export interface ModelSource {
  readonly name: string
  readonly version: string
  readonly path: string
  /** The text of its `config.json`, when it has one. */
  readonly config: string | null
}

export interface ModelIndexEntry {
  readonly name: string
  readonly version?: string
  readonly state?: 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING'
  readonly reason?: string
}

export interface RepositoryOptions {
  /** A folder of `<name>/<version>/model.onnx` with an optional `<name>/config.json`. */
  readonly directory: string | null
  /** Models given one by one. */
  readonly sources: readonly ModelSource[]
  readonly defaults: ModelSettings
  /** Where profiles of models are written that have one switched on; `null`: none can be. */
  readonly profiles: string | null
  /** One inference thread for all models, instead of some for each. */
  readonly sharedThreads: boolean
  /** Bytes of the largest execution's inputs or outputs. */
  readonly largestArea: number
  /** An inference thread died: the process cannot go on. */
  readonly onCrash: (error: Error) => void
}

interface LoadedModel {
  readonly model: Model
  readonly threads: InferenceThreads
}

interface Entry {
  source: ModelSource
  state: ModelIndexEntry['state']
  reason: string
  loaded: LoadedModel | null
  /** Loads and unloads of one model happen one after the other. */
  queue: Promise<unknown>
}

/** The models that the server knows, and those among them that are loaded. */
export class ModelRepository {
  readonly #options: RepositoryOptions
  readonly #entries = new Map<string, Entry>()
  #shared: InferenceThreads | null = null
  /** Version of ONNX Runtime; empty until a model is loaded. */
  runtime = ''

  constructor(options: RepositoryOptions) {
    this.#options = options
    for (const source of options.sources) this.#know(source)
    if (options.sharedThreads) this.#shared = new InferenceThreads(1, options.largestArea, options.onCrash)
  }

  /** The loaded model. @throws {RequestError} `notFound` */
  find(name: string, version: string): Model {
    const model = this.#entries.get(name)?.loaded?.model
    if (model !== undefined && (version === '' || version === model.version)) return model
    throw new RequestError(Status.notFound, this.#explainMissing(name, version))
  }

  get models(): readonly Model[] {
    return [...this.#entries.values()].flatMap(({ loaded }) => loaded?.model ?? [])
  }

  async index(): Promise<readonly ModelIndexEntry[]> {
    await this.#scan()
    return [...this.#entries.values()].map(({ source, state, reason }) =>
      state === undefined
        ? { name: source.name }
        : { name: source.name, version: source.version, state, reason },
    )
  }

  /** Loads every model. @throws {RequestError} for the first one that fails. */
  async loadAll(): Promise<void> {
    await this.#scan()
    // All of them, also after a failure: a process must not end while a thread is inside ONNX Runtime.
    const loads = await Promise.allSettled([...this.#entries.keys()].map((name) => this.load(name, null)))
    const failed = loads.find((load) => load.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /**
   * Loads a model, or loads it again with another configuration; the old one serves until the new one is ready, and on
   * failure. A loaded model without a new configuration is left as it is.
   * @param config JSON; replaces the configuration file as a whole
   */
  async load(name: string, config: string | null): Promise<void> {
    await this.#scan()
    const entry = this.#entries.get(name)
    if (entry === undefined) {
      throw new RequestError(
        Status.internal,
        `Failed to load '${name}': there is no such model in the repository.`,
      )
    }
    await this.#enqueue(entry, () => this.#load(entry, config))
  }

  /** Unloads a model after the requests that it has taken; returns at once. Unknown and unloaded models are left as they are. */
  unload(name: string): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    const serving = entry.loaded
    if (serving !== null) {
      entry.loaded = null
      entry.state = 'UNLOADING'
    }
    void this.#enqueue(entry, async () => {
      const loaded = serving ?? entry.loaded
      if (loaded === null) return
      entry.loaded = null
      await this.#retire(loaded)
      entry.state = 'UNAVAILABLE'
      entry.reason = 'unloaded'
    })
  }

  /** Waits until every request that was taken is answered. */
  async drain(): Promise<void> {
    await Promise.all(this.models.map((model) => model.drain()))
  }

  #know(source: ModelSource): void {
    const known = this.#entries.get(source.name)
    if (known === undefined) {
      this.#entries.set(source.name, {
        source,
        state: undefined,
        reason: '',
        loaded: null,
        queue: Promise.resolve(),
      })
    } else if (known.loaded === null) known.source = source
  }

  async #scan(): Promise<void> {
    const { directory } = this.#options
    if (directory === null) return
    const names = await readdir(directory)
    for (const name of names.sort()) {
      const source = await readSource(join(directory, name), name)
      if (source !== null) this.#know(source)
    }
  }

  #enqueue<T>(entry: Entry, task: () => Promise<T>): Promise<T> {
    const result = entry.queue.then(task)
    entry.queue = result.catch(() => undefined)
    return result
  }

  async #load(entry: Entry, config: string | null): Promise<void> {
    const old = entry.loaded
    if (old !== null && config === null) return
    if (old === null) entry.state = 'LOADING'
    try {
      const settings = this.#settings(config ?? entry.source.config)
      entry.loaded = await this.#build(entry.source, settings, old?.model ?? null)
      entry.state = 'READY'
      entry.reason = ''
    } catch (error) {
      if (old === null) entry.state = 'UNAVAILABLE'
      entry.reason = (error as Error).message
      throw new RequestError(Status.invalidArgument, `Failed to load '${entry.source.name}': ${entry.reason}`)
    }
    if (old !== null) void this.#retire(old)
  }

  #settings(config: string | null): ModelSettings {
    if (config === null) return this.#options.defaults
    let parsed: unknown
    try {
      parsed = JSON.parse(config)
    } catch (error) {
      throw new Error(`its configuration is not JSON: ${(error as Error).message}`, { cause: error })
    }
    const settings = parseModelConfig(parsed, this.#options.defaults)
    if (this.#shared !== null && settings.instances > 1) {
      throw new Error(
        'several instances have no effect with a shared thread pool: all models take turns on it.',
      )
    }
    return settings
  }

  async #build(source: ModelSource, settings: ModelSettings, previous: Model | null): Promise<LoadedModel> {
    const { largestArea, onCrash } = this.#options
    const began = monotonicNanos()
    const profile = this.#profile(settings)
    const threads = this.#shared ?? new InferenceThreads(settings.instances, largestArea, onCrash)
    // Behind a link: weights in files of their own are looked for beside the real file.
    const path = await realpath(source.path).catch(() => source.path)
    const { model: number, loaded } = threads.load(path, settings.session, profile)
    try {
      const { signature, runtime } = await loaded
      this.runtime = runtime
      return {
        model: new Model({
          ...source,
          settings,
          signature,
          slots: threads,
          number,
          loadNanos: monotonicNanos() - began,
          previous,
        }),
        threads,
      }
    } catch (error) {
      await this.#release(threads, number)
      throw error
    }
  }

  #profile({ session: { profile } }: ModelSettings): string | null {
    if (profile === undefined) return null
    const { profiles } = this.#options
    if (profiles !== null) return join(profiles, profile)
    throw new Error('the server has no folder for profiles: start it with --profile-directory.')
  }

  async #retire({ model, threads }: LoadedModel): Promise<void> {
    await model.drain()
    await this.#release(threads, model.number)
  }

  async #release(threads: InferenceThreads, number: number): Promise<void> {
    if (threads === this.#shared) threads.unload(number)
    else await threads.stop()
  }

  #explainMissing(name: string, version: string): string {
    const entry = this.#entries.get(name)
    if (entry === undefined) return `Request for unknown model: '${name}' is not found.`
    if (entry.loaded === null) return `Request for unknown model: '${name}' has no available versions.`
    return `Request for unknown model: '${name}' version ${version} is not found; there is version ${entry.loaded.model.version}.`
  }
}

/** The newest version of a model's folder, or `null` when it has none. */
async function readSource(folder: string, name: string): Promise<ModelSource | null> {
  const entries = await readdir(folder).catch((): string[] => [])
  const versions = entries.filter((entry) => /^[1-9]\d*$/.test(entry)).sort((a, b) => Number(b) - Number(a))
  for (const version of versions) {
    const path = join(folder, version, 'model.onnx')
    const file = await stat(path).catch(() => null)
    if (file === null) continue
    const config = entries.includes('config.json')
      ? await readFile(join(folder, 'config.json'), 'utf8')
      : null
    return { name, version, path, config }
  }
  return null
}
