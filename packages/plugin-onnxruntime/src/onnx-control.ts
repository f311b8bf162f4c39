import { setTimeout as delay } from 'node:timers/promises'
import {
  ServebenchError,
  canonicalJson,
  tuningMachine,
  type Counter,
  type JsonObject,
  type JsonValue,
  type ModelBatching,
  type ModelStatistics,
  type ServerControl,
  type ServerMetadata,
  type ServerPlan,
  type ServerProfile,
  type ServerProfileOptions,
  type ServerProfiler,
  type ServerStatistics,
  type TargetPlan,
  type Tunable,
} from 'servebench/plugin'
import { collectProfiles, type ProfiledModel } from './profile/model-profiler.ts'
import type { BuildArtifact, ModelFile, ModelFolder } from './model-folder.ts'
import type { ModelState, OnnxServerSpec } from './onnx-server.ts'
import type { RestClient } from './rest-client.ts'
import type { CountedNanos, ModelStatistics as ReportedStatistics } from './server/describe.ts'
import type { ModelSettings } from './server/model/model-settings.ts'
import type { ModelIndexEntry } from './server/model/model-repository.ts'
import { formatSettings } from './server/model/format-model-config.ts'
import { parseModelConfig } from './server/model/parse-model-config.ts'
import { listProviders } from './tuning/providers.ts'
import { listTunables } from './tuning/tunables.ts'

/** What a launched server serves: by name, the settings and the file's identity. */
type Applied = Map<string, { readonly settings: string; readonly identity: string }>

const UNLOAD_POLL = 20
const UNLOAD_TIMEOUT = 30_000

/** Control of a launched server through its own HTTP API. */
export class OnnxControl implements ServerControl {
  readonly #rest: RestClient
  readonly #folder: ModelFolder
  readonly #initial: OnnxServerSpec['state']
  readonly #build: BuildArtifact
  readonly #profiles: string
  #profiled = 0
  readonly #applied: Applied = new Map()

  /** @param initial what the server serves from its start on; {@link noteApplied} tells with which files */
  constructor(
    rest: RestClient,
    folder: ModelFolder,
    initial: OnnxServerSpec['state'],
    build: BuildArtifact,
    /** Where the server writes profiles. */
    profiles: string,
  ) {
    this.#rest = rest
    this.#folder = folder
    this.#initial = initial
    this.#build = build
    this.#profiles = profiles
  }

  noteApplied(model: ModelState, file: ModelFile): void {
    this.#applied.set(model.name, { settings: settingsKey(model), identity: file.identity })
  }

  async health(): Promise<{ live: boolean; ready: boolean }> {
    const [live, ready] = await Promise.all([
      this.#rest.isOk('/v2/health/live'),
      this.#rest.isOk('/v2/health/ready'),
    ])
    return { live, ready }
  }

  async metadata(): Promise<ServerMetadata> {
    const server = (await this.#rest.get('/v2')) as { name: string; version: string; extensions: string[] }
    const models = (await this.#index()).map(({ name, version, state }) => ({
      name,
      version: version ?? null,
      state: state ?? 'UNAVAILABLE',
    }))
    return { ...server, models }
  }

  async loadModel(name: string, config?: JsonObject): Promise<void> {
    const parameters = config === undefined ? {} : { config: JSON.stringify(config) }
    await this.#rest.post(`/v2/repository/models/${encodeURIComponent(name)}/load`, { parameters })
    this.#applied.delete(name)
  }

  async unloadModel(name: string): Promise<void> {
    await this.#rest.post(`/v2/repository/models/${encodeURIComponent(name)}/unload`)
    this.#applied.delete(name)
    const deadline = performance.now() + UNLOAD_TIMEOUT
    while ((await this.#index()).some((entry) => entry.name === name && entry.state === 'UNLOADING')) {
      if (performance.now() > deadline) {
        throw new ServebenchError(
          'SERVEBENCH_SERVER_CONTROL',
          `ONNX server: model '${name}' is still unloading after 30 s.`,
          {
            advice: 'A request in flight keeps it; look for an execution that does not end.',
          },
        )
      }
      await delay(UNLOAD_POLL)
    }
  }

  /** Loads, reloads and unloads what differs from the state that is in effect. */
  async configure(state: ServerPlan['state'], options: { artifact: BuildArtifact }): Promise<JsonValue> {
    const { models } = state as unknown as OnnxServerSpec['state']
    for (const { name, state: current } of await this.#index()) {
      if (current === 'READY' && !models.some((model) => model.name === name)) await this.unloadModel(name)
    }
    for (const model of models) await this.#reconcile(model, options.artifact)
    return this.#readBack(models)
  }

  async restore(): Promise<void> {
    await this.configure(this.#initial, { artifact: this.#build })
  }

  async statistics(): Promise<ServerStatistics> {
    const { model_stats } = (await this.#rest.get('/v2/models/stats')) as {
      model_stats: ReportedStatistics[]
    }
    return { models: Object.fromEntries(model_stats.map((model) => [model.name, readStatistics(model)])) }
  }

  async metrics(): Promise<string> {
    return this.#rest.text('/metrics')
  }

  async batching({ options: { model } }: TargetPlan): Promise<ModelBatching | null> {
    if (typeof model !== 'string') return null
    const config = (await this.#rest.get(`/v2/models/${encodeURIComponent(model)}/config`)) as JsonObject
    const { instances, maxBatchSize, batching } = parseModelConfig(config)
    if (batching === null || maxBatchSize === null || batching.maxQueueDelay === 0) return null
    return {
      model,
      size: Math.min(maxBatchSize, ...batching.preferred),
      instances,
      delay: batching.maxQueueDelay,
    }
  }

  /** Loads the targets' models anew, with ONNX Runtime's profiler on, and again without it at the end. */
  async profile({ targets, directory }: ServerProfileOptions): Promise<ServerProfiler> {
    const names = new Set(
      targets.flatMap(({ options: { model } }) => (typeof model === 'string' ? [model] : [])),
    )
    const models: ProfiledModel[] = []
    const reload = async (name: string, config: JsonObject): Promise<void> => {
      const applied = this.#applied.get(name)
      await this.loadModel(name, config)
      // It is what was applied, but for the profiler.
      if (applied !== undefined) this.#applied.set(name, applied)
    }
    const stop = async (): Promise<ServerProfile> => {
      for (const { name, config } of models) await reload(name, config)
      return collectProfiles(models, this.#profiles, directory)
    }
    try {
      for (const name of names) {
        const config = (await this.#rest.get(`/v2/models/${encodeURIComponent(name)}/config`)) as JsonObject
        const prefix = `${name}-${this.#profiled++}`
        const parameters = { ...(config['parameters'] as JsonObject), profile: { string_value: prefix } }
        await reload(name, { ...config, parameters })
        models.push({ name, config, prefix, instances: parseModelConfig(config).instances })
      }
    } catch (error) {
      await stop()
      throw error
    }
    return { stop }
  }

  async tunables(): Promise<readonly Tunable[]> {
    const models: Record<string, ModelSettings> = {}
    for (const { name, state } of await this.#index()) {
      if (state !== 'READY') continue
      const config = (await this.#rest.get(`/v2/models/${encodeURIComponent(name)}/config`)) as JsonObject
      models[name] = parseModelConfig(config)
    }
    return listTunables(models, tuningMachine(), await listProviders())
  }

  async #index(): Promise<ModelIndexEntry[]> {
    return (await this.#rest.post('/v2/repository/index')) as ModelIndexEntry[]
  }

  async #reconcile(model: ModelState, build: BuildArtifact): Promise<void> {
    const file = await this.#folder.locate(model, build)
    const applied = this.#applied.get(model.name)
    const sameFile = applied?.identity === file.identity
    if (sameFile && applied.settings === settingsKey(model)) return
    if (!sameFile) {
      await this.unloadModel(model.name)
      await this.#folder.put(model, file)
    }
    await this.loadModel(model.name, formatSettings(model) as unknown as JsonObject)
    this.noteApplied(model, file)
  }

  /** What the server itself says about each model, in the words of the state. */
  async #readBack(models: readonly ModelState[]): Promise<JsonValue> {
    const effective: Record<string, JsonValue> = {}
    for (const { name } of models) {
      const config = (await this.#rest.get(`/v2/models/${encodeURIComponent(name)}/config`)) as JsonObject
      effective[name] = parseModelConfig(config) as unknown as JsonObject
    }
    return { models: effective }
  }
}

function settingsKey({ name: _name, source: _source, ...settings }: ModelState): string {
  return canonicalJson(settings as unknown as JsonObject)
}

function readStatistics(reported: ReportedStatistics): ModelStatistics {
  const stats = reported.inference_stats
  const counter = ({ count, ns }: CountedNanos): Counter => ({ count, ns })
  return {
    success: counter(stats.success),
    fail: counter(stats.fail),
    queue: counter(stats.queue),
    computeInput: counter(stats.compute_input),
    computeInfer: counter(stats.compute_infer),
    computeOutput: counter(stats.compute_output),
    inferences: reported.inference_count,
    executions: reported.execution_count,
    batches: reported.batch_stats.map((batch) => ({
      size: batch.batch_size,
      computeInfer: counter(batch.compute_infer),
    })),
  }
}
