import { setTimeout as delay } from 'node:timers/promises'
import { ExitCode, ServebenchError, undoSteps } from 'servebench/plugin'
import type { ConfigureOptions, JsonObject, JsonValue } from 'servebench/plugin'
import type { ModelConfig } from '../model/model-config.ts'
import type { GrpcClient } from '../server/grpc-client.ts'
import { ServingCallError } from '../server/serving-client.ts'
import type { VersionStatus } from '../server/serving-client.ts'
import { applyChanges, isSameConfig, readUndoStep } from './config-state.ts'
import type { PlannedChange, UndoStep } from './config-state.ts'

const POLL = 50
const TIMEOUT = 120_000
const UNFINISHED: ReadonlySet<string> = new Set(['START', 'LOADING', 'UNKNOWN'])

export interface ReconcilerOptions {
  readonly client: GrpcClient
  /** The configuration that the server was started with: no call tells it, and a reload replaces all of it. */
  readonly base: readonly ModelConfig[]
  /** Whether changes outlive the run, so that the way back is written down before each. */
  readonly journal: boolean
  readonly signal?: AbortSignal | undefined
}

/** Brings a server's configuration into the state of a plan, and back. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  #current: readonly ModelConfig[]
  #announced = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#current = options.base
  }

  /** Returns the versions and labels in effect, by model. */
  async configure(
    changes: readonly PlannedChange[],
    { changing, differs }: Pick<ConfigureOptions, 'changing' | 'differs'>,
  ): Promise<JsonValue> {
    const { base, journal } = this.#options
    const wanted = applyChanges(base, changes)
    if (!isSameConfig(wanted, this.#current)) {
      if (journal && !this.#announced) {
        const step: UndoStep = { undo: 'configuration', models: base }
        await changing?.(step as unknown as JsonValue)
        this.#announced = true
      }
      await this.#apply(wanted)
    }
    return this.#readBack(wanted, differs)
  }

  /** @throws {ServebenchError} when the server does not take its configuration back */
  async restore(): Promise<void> {
    if (isSameConfig(this.#current, this.#options.base)) return
    await this.#apply(this.#options.base)
    this.#announced = false
  }

  /** See `ServerControl.undo`. */
  async undo(steps: readonly JsonValue[]): Promise<readonly string[]> {
    return await undoSteps<UndoStep>(steps, {
      url: this.#options.client.url,
      read: readUndoStep,
      takeBack: (step) => this.#apply(step.models),
      describe: () => 'the configuration',
    })
  }

  /** Labels are only given to versions that are available: those have to come first. */
  async #apply(models: readonly ModelConfig[]): Promise<void> {
    const early = await Promise.all(models.map((model) => this.#withoutEarlyLabels(model)))
    if (!isSameConfig(early, models)) {
      await this.#reload(early)
      await this.#available(early)
    }
    await this.#reload(models)
    await this.#available(models)
  }

  async #withoutEarlyLabels(model: ModelConfig): Promise<ModelConfig> {
    if (Object.keys(model.labels).length === 0) return model
    const available = (await this.#status(model.name))
      .filter(({ state }) => state === 'AVAILABLE')
      .map(({ version }) => version)
    const labels = Object.entries(model.labels).filter(([, version]) => available.includes(version))
    return { ...model, labels: Object.fromEntries(labels) }
  }

  async #reload(models: readonly ModelConfig[]): Promise<void> {
    try {
      await this.#options.client.reload(models)
      this.#current = models
    } catch (error) {
      if (!(error instanceof ServingCallError)) throw error
      throw new ServebenchError(
        'SERVEBENCH_TFSERVING_RELOAD',
        `TensorFlow Serving at ${this.#options.client.url} refused the configuration: ${error.reason.replace(/\.?$/, '.')}`,
        {
          advice: 'Check paths, versions and labels; what was loaded before goes on serving.',
          cause: error,
          exitCode: ExitCode.target,
        },
      )
    }
  }

  /** Waits until all versions that were asked for answer. */
  async #available(models: readonly ModelConfig[]): Promise<void> {
    const { signal } = this.#options
    const deadline = performance.now() + TIMEOUT
    for (const model of models) {
      for (;;) {
        const statuses = await this.#status(model.name)
        if (isSettled(model, statuses)) break
        const failed = statuses.find(({ error, version }) => error !== '' && isWanted(model, version))
        if (failed !== undefined || performance.now() > deadline) throw notAvailable(model, statuses)
        await delay(POLL, undefined, signal === undefined ? {} : { signal })
      }
    }
  }

  async #status(name: string): Promise<readonly VersionStatus[]> {
    try {
      return await this.#options.client.modelStatus({ name, version: '', versionLabel: '' })
    } catch (error) {
      if (error instanceof ServingCallError) return []
      throw error
    }
  }

  /** `null`: no version that answers has the label. */
  async #versionOf(name: string, label: string): Promise<string | null> {
    try {
      return (await this.#options.client.describe({ name, version: '', versionLabel: label })).version
    } catch (error) {
      if (error instanceof ServingCallError) return null
      throw error
    }
  }

  async #readBack(models: readonly ModelConfig[], differs: ConfigureOptions['differs']): Promise<JsonValue> {
    const effective: Record<string, JsonObject> = {}
    for (const { name, labels } of models) {
      const statuses = await this.#status(name)
      const answering: Record<string, string | null> = {}
      for (const [label, version] of Object.entries(labels)) {
        const found = await this.#versionOf(name, label)
        answering[label] = found
        if (found !== version) differs?.({ model: name, setting: `label '${label}'`, wanted: version, found })
      }
      effective[name] = {
        versions: statuses.filter(({ state }) => state === 'AVAILABLE').map(({ version }) => version),
        labels: answering,
      }
    }
    return { models: effective }
  }
}

function isWanted({ versions }: ModelConfig, version: string): boolean {
  return versions === null || !('specific' in versions) || versions.specific.includes(version)
}

function isSettled({ versions }: ModelConfig, statuses: readonly VersionStatus[]): boolean {
  const available = statuses.filter(({ state }) => state === 'AVAILABLE').map(({ version }) => version)
  if (versions !== null && 'specific' in versions)
    return versions.specific.every((version) => available.includes(version))
  return available.length > 0 && !statuses.some(({ state }) => UNFINISHED.has(state))
}

function notAvailable({ name }: ModelConfig, statuses: readonly VersionStatus[]): ServebenchError {
  const list = statuses.map(
    ({ version, state, error }) => `${version} is ${state}${error === '' ? '' : ` (${error})`}`,
  )
  return new ServebenchError(
    'SERVEBENCH_TFSERVING_RELOAD',
    `Model '${name}' does not get ready: ${list.length === 0 ? 'the server does not know it' : `version ${list.join(', ')}`}.`,
    { advice: "The server's log says why.", exitCode: ExitCode.target },
  )
}
