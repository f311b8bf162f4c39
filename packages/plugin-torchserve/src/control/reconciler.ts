import { ExitCode, ServebenchError, undoSteps } from 'servebench/plugin'
import type { ConfigureOptions, JsonObject, JsonValue } from 'servebench/plugin'
import type { ModelStore } from '../launch/model-store.ts'
import type { ModelSource, PlannedModel, PlannedSettings, PlannedState } from '../server/plan.ts'
import type { ManagementClient } from './management-client.ts'
import type { ModelDescription } from './model-description.ts'
import { describeUndo, readUndoStep } from './undo-step.ts'
import type { KnownModel, UndoStep } from './undo-step.ts'

export interface ReconcilerOptions {
  readonly client: ManagementClient
  /** Where archives are put; `null` for servers that others have started. */
  readonly store: ModelStore | null
}

/** A model that this process has registered. */
interface Registered {
  readonly name: string
  readonly version: string
  /** Of its archive. */
  readonly identity: string
  readonly settings: PlannedSettings
  readonly model: PlannedModel
  readonly source: ModelSource
  readonly build: ConfigureOptions['artifact']
}

/** What a registration fixes; only the number of workers changes in place. */
const FIXED = ['batchSize', 'maxBatchDelay', 'responseTimeout'] as const

const OWN_FILE = "What a model's own YAML file says wins."

/** Brings a server into the state of a plan, and back. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  /** By the model's place in the plan: name and the version that the plan says. */
  readonly #registered = new Map<string, Registered>()
  /** How the changes made so far are taken back, oldest first. */
  readonly #steps: UndoStep[] = []
  /** How long registering took until all workers were ready, ns, by name. */
  readonly loadTimes: Map<string, number> = new Map()

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Registers, scales and registers anew what differs, and reads everything back. */
  async configure(state: PlannedState, options: ConfigureOptions): Promise<JsonValue> {
    await this.#unregisterOthers(state)
    await this.#takeBackOthers(state)
    const models: Record<string, JsonValue> = {}
    for (const model of state.models) {
      const found =
        model.source === null
          ? await this.#adjust(model, state.defaults[model.name] ?? '', options)
          : await this.#provide(model, model.source, options)
      models[`${found.name}/${found.version}`] = found as unknown as JsonObject
    }
    for (const [name, version] of Object.entries(state.defaults))
      await this.#setDefault(name, version, options)
    return { models, ...(Object.keys(state.defaults).length === 0 ? {} : { defaults: state.defaults }) }
  }

  /** Takes back everything. @throws {ServebenchError} `SERVEBENCH_TORCHSERVE_RESTORE` with what could not be */
  async restore(): Promise<void> {
    await this.#undoAll(this.#steps)
  }

  /** See `ServerControl.undo`. */
  async undo(steps: readonly JsonValue[]): Promise<readonly string[]> {
    return await undoSteps<UndoStep>(steps, {
      url: this.#options.client.url,
      read: readUndoStep,
      takeBack: async (step) => {
        await this.#takeBack(step)
        const known = this.#steps.findIndex((other) => isSameChange(other, step))
        if (known !== -1) this.#steps.splice(known, 1)
      },
      describe: describeUndo,
    })
  }

  async #undoAll(steps: readonly UndoStep[]): Promise<void> {
    const failures = await this.undo([...steps])
    if (failures.length === 0) return
    throw new ServebenchError('SERVEBENCH_TORCHSERVE_RESTORE', failures.join(' '), {
      advice: 'Set the server right by hand, or start it anew.',
      exitCode: ExitCode.target,
    })
  }

  // ---- models of a server of servebench's own -----------------------------------

  async #provide(
    model: PlannedModel,
    source: ModelSource,
    options: ConfigureOptions,
  ): Promise<ModelDescription> {
    const { store, client } = this.#options
    const { name, settings } = model
    if (store === null) {
      throw new ServebenchError(
        'SERVEBENCH_TORCHSERVE_MODEL',
        `Model '${name}' cannot be put into a server that runs already.`,
        { advice: 'Register it there, and name it in state.models; or let servebench start a server.' },
      )
    }
    const { archive, identity } = await store.store(model, source, (spec) => options.artifact(spec))
    const key = keyOf(model)
    const before = this.#registered.get(key)
    const { workers = 1 } = settings
    const isKept =
      before !== undefined &&
      before.identity === identity &&
      FIXED.every((field) => before.settings[field] === settings[field])
    if (!isKept) {
      if (before !== undefined) await this.#unregister(before.name, before.version)
      this.#registered.delete(key)
      const versions = new Set((await client.describe(name)).map(({ version }) => version))
      const began = performance.now()
      await client.register({ ...settings, archive, name, workers })
      this.loadTimes.set(name, (performance.now() - began) * 1e6)
      const version = (await client.describe(name)).find((each) => !versions.has(each.version))?.version
      this.#registered.set(key, {
        name,
        version: version ?? model.version,
        identity,
        settings,
        model,
        source,
        build: options.artifact,
      })
    } else if ((before.settings.workers ?? 1) !== workers) {
      await client.scale(name, before.version, { min: workers, max: workers })
      this.#registered.set(key, { ...before, settings })
    }
    const { version } = this.#registered.get(key) as Registered
    return this.#readBack(name, version, { ...settings, workers }, options)
  }

  /**
   * Registers models anew whose archives are of servebench's making, with handlers that time their parts, where their
   * configuration does not say whether they do.
   * @returns what registers them as they were
   */
  async timeHandlers(models: ReadonlySet<string>): Promise<() => Promise<void>> {
    const changed: Registered[] = []
    for (const registered of this.#registered.values()) {
      const { name, model, source, build } = registered
      if (!models.has(name) || 'archive' in source || saysProfile(source.config)) continue
      changed.push(registered)
      const config = { ...source.config, handler: { ...handlerConfig(source.config), profile: true } }
      await this.#replace(model, { ...source, config }, build)
    }
    return async () => {
      for (const { model, source, build } of changed) await this.#replace(model, source, build)
    }
  }

  async #replace(
    model: PlannedModel,
    source: ModelSource,
    artifact: ConfigureOptions['artifact'],
  ): Promise<void> {
    const { client } = this.#options
    const [chosen] = await client.describe(model.name, '')
    await this.#provide(model, source, { artifact })
    const [now] = await client.describe(model.name, '')
    if (chosen !== undefined && now?.version !== chosen.version)
      await client.setDefault(model.name, chosen.version)
  }

  /** Models of earlier cases would take part of the machine from those of this one. */
  async #unregisterOthers(state: PlannedState): Promise<void> {
    for (const [key, { name, version }] of this.#registered) {
      if (state.models.some((model) => keyOf(model) === key)) continue
      await this.#unregister(name, version)
      this.#registered.delete(key)
    }
  }

  // ---- models of a server that runs already -------------------------------------

  /** @param chosen the version that requests are to get; `''` for the one that they get now */
  async #adjust(
    { name, settings }: PlannedModel,
    chosen: string,
    options: ConfigureOptions,
  ): Promise<ModelDescription> {
    const { client } = this.#options
    const [current] = await client.describe(name, chosen)
    if (current === undefined) {
      throw new ServebenchError(
        'SERVEBENCH_TORCHSERVE_MODEL',
        `There is no model '${name}'${chosen === '' ? '' : ` of version ${chosen}`} at ${client.url}.`,
        {
          advice: `It has ${(await client.list()).join(', ') || 'none'}.`,
          exitCode: ExitCode.target,
        },
      )
    }
    const { version } = current
    const step = this.#steps.find((other) => other.undo === 'model' && isOf(other, name, version))
    const base = step?.undo === 'model' ? step.known : knownOf(current)
    const wanted = { ...base, ...settings, ...workersOf(settings, base) }
    if (!isSame(current, wanted)) {
      const isDefault = chosen === '' || (await client.describe(name, ''))[0]?.version === version
      await this.#announce({ undo: 'model', model: name, version, known: base, isDefault }, options)
      await this.#apply(name, version, current, wanted, isDefault)
    }
    return this.#readBack(name, version, settings, options)
  }

  async #apply(
    name: string,
    version: string,
    current: ModelDescription | undefined,
    wanted: KnownModel,
    isDefault: boolean,
  ): Promise<void> {
    const { client } = this.#options
    const { minWorkers: min, maxWorkers: max } = wanted
    if (current === undefined || FIXED.some((field) => current[field] !== wanted[field])) {
      if (current !== undefined) await this.#unregister(name, version)
      const { archive, batchSize, maxBatchDelay, responseTimeout, startupTimeout } = wanted
      const limits = {
        batchSize,
        maxBatchDelay,
        responseTimeout,
        startupTimeout: startupTimeout ?? undefined,
      }
      await client.register({ name, archive, workers: min, ...limits })
      // The archive may be another one by now.
      const found = await client.describe(name, version)
      if (found.length === 0)
        throw new Error(`its archive ${archive} has another version than ${version} now.`)
      if (isDefault) await client.setDefault(name, version)
      if (min !== max) await client.scale(name, version, { min, max })
    } else if (current.minWorkers !== min || current.maxWorkers !== max || current.ready < min) {
      await client.scale(name, version, { min, max })
    }
  }

  /** The default version cannot be unregistered as long as there is another one. */
  async #unregister(name: string, version: string): Promise<void> {
    const { client } = this.#options
    const [chosen] = await client.describe(name, '')
    if (chosen === undefined) return
    if (chosen.version === version) {
      const other = (await client.describe(name)).find((each) => each.version !== version)
      if (other !== undefined) await client.setDefault(name, other.version)
    }
    await client.unregister(name, version)
  }

  async #setDefault(name: string, version: string, options: ConfigureOptions): Promise<void> {
    const { client, store } = this.#options
    const [current] = await client.describe(name, '')
    if (current?.version === version) return
    if (current !== undefined && store === null)
      await this.#announce({ undo: 'default', model: name, version: current.version }, options)
    await client.setDefault(name, version)
  }

  async #readBack(
    name: string,
    version: string,
    wanted: PlannedSettings,
    { differs }: ConfigureOptions,
  ): Promise<ModelDescription> {
    const { client } = this.#options
    const [found] = await client.describe(name, version)
    if (found === undefined) {
      throw new ServebenchError(
        'SERVEBENCH_TORCHSERVE_MODEL',
        `Model '${name}' ${version} is gone at ${client.url}.`,
        {
          advice: "The server's log says why.",
          exitCode: ExitCode.target,
        },
      )
    }
    const { workers, ...rest } = wanted
    if (workers !== undefined && found.ready !== workers)
      differs?.({ model: name, setting: 'workers that are ready', wanted: workers, found: found.ready })
    for (const [setting, value] of Object.entries(rest) as [(typeof FIXED)[number], number][]) {
      if (found[setting] === value) continue
      differs?.({ model: name, setting, wanted: value, found: found[setting], reason: OWN_FILE })
    }
    return found
  }

  // ---- back -----------------------------------------------------------------------

  async #announce(step: UndoStep, { changing }: Pick<ConfigureOptions, 'changing'>): Promise<void> {
    if (this.#steps.some((other) => isSameChange(other, step))) return
    this.#steps.push(step)
    await changing?.(step)
  }

  async #takeBack(step: UndoStep): Promise<void> {
    const { client } = this.#options
    const { model, version } = step
    if (step.undo === 'default') return client.setDefault(model, version)
    const [current] = await client.describe(model, version)
    await this.#apply(model, version, current, step.known, step.isDefault)
    const [found] = await client.describe(model, version)
    if (found === undefined || !isSame(found, step.known))
      throw new Error('what the server says is not what it was before.')
  }

  /** What earlier cases have changed, and this one says nothing about, is to be as it was. */
  async #takeBackOthers(state: PlannedState): Promise<void> {
    const before = new Map(
      this.#steps.flatMap((step) => (step.undo === 'default' ? [[step.model, step.version]] : [])),
    )
    await this.#undoAll(
      this.#steps.filter(({ undo, model, version }) => {
        const chosen = state.defaults[model]
        if (undo === 'default') return chosen === undefined
        const isNamed = state.models.some(({ name }) => name === model)
        return !isNamed || version !== (chosen ?? before.get(model) ?? version)
      }),
    )
  }
}

function handlerConfig(config: JsonObject | null): JsonObject {
  const { handler } = config ?? {}
  return typeof handler === 'object' && handler !== null && !Array.isArray(handler)
    ? (handler as JsonObject)
    : {}
}

function saysProfile(config: JsonObject | null): boolean {
  return handlerConfig(config)['profile'] !== undefined
}

function keyOf({ name, version }: PlannedModel): string {
  return `${name}/${version}`
}

function isOf(step: UndoStep, model: string, version: string): boolean {
  return step.model === model && step.version === version
}

function isSameChange(a: UndoStep, b: UndoStep): boolean {
  if (a.undo !== b.undo || a.model !== b.model) return false
  return a.undo === 'default' || a.version === b.version
}

function knownOf(model: ModelDescription): KnownModel {
  const { archive, batchSize, maxBatchDelay, responseTimeout, startupTimeout, minWorkers, maxWorkers } = model
  return { archive, batchSize, maxBatchDelay, responseTimeout, startupTimeout, minWorkers, maxWorkers }
}

function workersOf(
  { workers }: PlannedSettings,
  base: KnownModel,
): Pick<KnownModel, 'minWorkers' | 'maxWorkers'> {
  const { minWorkers, maxWorkers } = base
  return workers === undefined ? { minWorkers, maxWorkers } : { minWorkers: workers, maxWorkers: workers }
}

function isSame(found: ModelDescription, wanted: KnownModel): boolean {
  return (
    FIXED.every((field) => found[field] === wanted[field]) &&
    found.minWorkers === wanted.minWorkers &&
    found.maxWorkers === wanted.maxWorkers
  )
}
