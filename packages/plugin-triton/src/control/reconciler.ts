import { describeServer, hasExtension } from '@servebench/plugin-oip/control'
import type { OipClient, OipControl } from '@servebench/plugin-oip/control'
import { canonicalJson, ExitCode, ServebenchError, undoSteps } from 'servebench/plugin'
import type { ConfigureOptions, JsonObject, JsonValue } from 'servebench/plugin'
import { applySettings } from '../config/apply-settings.ts'
import { findDifferences, isSameConfig } from '../config/compare-config.ts'
import { isObject } from '../config/merge-config.ts'
import type { ModelRepository } from '../launch/model-repository.ts'
import type { PlannedModel, PlannedState } from '../server.ts'
import { explainLoad } from './refusal.ts'
import { describeUndo, readUndoStep } from './undo-step.ts'
import type { UndoStep } from './undo-step.ts'

export interface ReconcilerOptions {
  readonly client: OipClient
  readonly control: OipControl
  /** Where models of plans are put; `null` for servers that others have started. */
  readonly repository: ModelRepository | null
  readonly warn: (message: string) => void
  /** The end of the server's log; empty where it is not known. */
  readonly log: () => string
}

/** A model as it was loaded by this process. */
interface Applied {
  /** Of its files. */
  readonly identity: string
  /** Canonical. */
  readonly settings: string
  /** The model's configuration without any settings: what settings are applied to. */
  readonly base: JsonObject
}

/** Brings a server into the state of a plan, and back. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #applied = new Map<string, Applied>()
  /** How the changes made so far are taken back, oldest first. */
  readonly #steps: UndoStep[] = []
  /** How long loading a model took, ns. */
  readonly loadTimes: Map<string, number> = new Map()

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Loads and reloads what differs, and reads everything back. */
  async configure(state: PlannedState, options: ConfigureOptions): Promise<JsonValue> {
    const { repository } = this.#options
    if (repository !== null) await this.#unloadOthers(state)
    await this.#takeBackOthers(state)
    const ready = await this.#readyModels()
    const models: Record<string, JsonValue> = {}
    for (const model of state.models) models[model.name] = await this.#bring(model, options)
    await this.#reportLost(ready)
    const log = state.log === null ? null : await this.#setLog(state.log, options)
    return { models, ...(log === null ? {} : { log }) }
  }

  /** Takes back everything. @throws {ServebenchError} `SERVEBENCH_TRITON_RESTORE` with what could not be */
  async restore(): Promise<void> {
    await this.#undoAll(this.#steps)
  }

  async #undoAll(steps: readonly UndoStep[]): Promise<void> {
    const failures = await this.undo([...steps])
    if (failures.length === 0) return
    throw new ServebenchError('SERVEBENCH_TRITON_RESTORE', failures.join(' '), {
      advice: 'Set the server right by hand, or start it anew.',
      exitCode: ExitCode.target,
    })
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

  /** Sets trace settings of a model, or of the server for `''`, until they are taken back. */
  async setTrace(
    model: string,
    settings: JsonObject,
    options: Pick<ConfigureOptions, 'changing'> = {},
  ): Promise<JsonObject> {
    const { client } = this.#options
    const before = await client.traceSettings(model)
    await this.#announce({ undo: 'trace', model, settings: before }, options)
    return client.traceSettings(model, settings)
  }

  /** Takes trace settings back. */
  async restoreTrace(): Promise<void> {
    await this.#undoAll(this.#steps.filter((step) => step.undo === 'trace'))
  }

  // ---- models --------------------------------------------------------------

  async #bring(model: PlannedModel, options: ConfigureOptions): Promise<JsonValue> {
    const { name } = model
    const stored = await this.#store(model, options)
    const identity = stored?.identity ?? ''
    const settings = canonicalJson(model.settings as JsonObject)
    const before = this.#applied.get(name)
    let isLoaded = await this.#isReady(name)
    if (isLoaded && before?.identity === identity && before.settings === settings) {
      const kept = await this.#readConfig(name)
      reportDifferences(name, before.base, model.settings, kept, options)
      return kept
    }
    if (isLoaded && before !== undefined && before.identity !== identity) {
      await this.#unload(name)
      isLoaded = false
    }
    const base = isLoaded
      ? await this.#adjust(model, before?.base ?? (await this.#readConfig(name)), options)
      : await this.#loadAnew(model, stored?.config ?? null, options)
    this.#applied.set(name, { identity, settings, base })
    const found = await this.#readConfig(name)
    reportDifferences(name, base, model.settings, found, options)
    return found
  }

  /** Returns the model's configuration without settings. */
  async #loadAnew(
    model: PlannedModel,
    written: JsonObject | null,
    options: ConfigureOptions,
  ): Promise<JsonObject> {
    const { name, settings } = model
    if (this.#options.repository === null) await this.#announce({ undo: 'loading', model: name }, options)
    if (written !== null) {
      // What servebench has written itself is known without loading it first.
      await this.#load(name, applySettings(written, settings))
      return written
    }
    await this.#load(name, undefined)
    return this.#adjust(model, await this.#readConfig(name), options)
  }

  async #adjust(model: PlannedModel, base: JsonObject, options: ConfigureOptions): Promise<JsonObject> {
    const { name, settings } = model
    refuseImpossible(model, base)
    const wanted = applySettings(base, settings)
    if (isSameConfig(await this.#readConfig(name), wanted)) return base
    // One that was not loaded before loses its override when it is unloaded again.
    const isOurs = this.#steps.some((step) => step.undo === 'loading' && step.model === name)
    if (this.#options.repository === null && !isOurs) {
      const ready = await this.#readyModels()
      await this.#announce({ undo: 'configuration', model: name, config: base, ready }, options)
    }
    await this.#load(name, wanted)
    return base
  }

  async #store(
    model: PlannedModel,
    { artifact }: ConfigureOptions,
  ): Promise<Awaited<ReturnType<ModelRepository['store']>> | null> {
    const { source, name } = model
    if (source === null) return null
    if (this.#options.repository !== null)
      return this.#options.repository.store({ ...model, source }, artifact)
    throw new ServebenchError(
      'SERVEBENCH_TRITON_MODEL',
      `Model '${name}' cannot be put into a server that runs already.`,
      {
        advice: 'Put it into its repository, and name it in state.load; or let servebench start a server.',
      },
    )
  }

  /** Models of earlier cases would take part of the machine from those of this one. */
  async #unloadOthers(state: PlannedState): Promise<void> {
    for (const name of this.#applied.keys()) {
      if (state.models.some((model) => model.name === name)) continue
      if (await this.#isReady(name)) await this.#unload(name)
      this.#applied.delete(name)
    }
  }

  /** What earlier cases have changed, and this one says nothing about, is to be as it was. */
  async #takeBackOthers(state: PlannedState): Promise<void> {
    const others = this.#steps.filter((step) => {
      if (step.undo === 'log') return state.log === null
      return step.undo !== 'trace' && !state.models.some(({ name }) => name === step.model)
    })
    await this.#undoAll(others)
  }

  async #load(name: string, config: JsonObject | undefined): Promise<void> {
    const { control, log } = this.#options
    const load = requireLoading(control, name).loadModel
    const began = performance.now()
    try {
      await load(name, config)
    } catch (error) {
      throw await explainLoad(name, error, config !== undefined, log)
    }
    this.loadTimes.set(name, (performance.now() - began) * 1e6)
  }

  async #unload(name: string): Promise<void> {
    await requireLoading(this.#options.control, name).unloadModel(name)
  }

  async #isReady(name: string): Promise<boolean> {
    const { control } = this.#options
    if (control.index === undefined) return control.modelReady(name)
    return (await control.index()).some((entry) => entry.name === name && entry.state === 'READY')
  }

  async #readConfig(name: string): Promise<JsonObject> {
    return this.#options.client.modelConfig(name, '')
  }

  // ---- back ----------------------------------------------------------------

  async #announce(step: UndoStep, { changing }: Pick<ConfigureOptions, 'changing'>): Promise<void> {
    const known = this.#steps.some((other) => isSameChange(other, step))
    if (known) return
    this.#steps.push(step)
    await changing?.(step)
  }

  async #takeBack(step: UndoStep): Promise<void> {
    const { client } = this.#options
    switch (step.undo) {
      case 'configuration':
        await this.#resetModel(step.model, step.config, step.ready)
        break
      case 'loading':
        if (await this.#isReady(step.model)) await this.#unload(step.model)
        this.#applied.delete(step.model)
        break
      case 'trace':
        await client.traceSettings(
          step.model,
          traceChanges(step.model, await client.traceSettings(''), step.settings),
        )
        break
      case 'log':
        await client.logSettings(step.settings)
    }
  }

  /** A model that is loaded again keeps an override: only unloading it first gives that up. */
  async #resetModel(name: string, config: JsonObject, ready: readonly string[]): Promise<void> {
    this.#applied.delete(name)
    const isLoaded = await this.#isReady(name)
    if (!isLoaded || !isSameConfig(await this.#readConfig(name), config)) {
      if (isLoaded) await this.#unload(name)
      await this.#load(name, undefined)
      // It may have had an override of somebody else's.
      if (!isSameConfig(await this.#readConfig(name), config)) await this.#load(name, config)
      const [difference] = findDifferences({}, config, await this.#readConfig(name))
      if (difference !== undefined) throw new Error(`its ${difference.path} is another one.`)
    }
    // Ensembles that it is part of go and come with it; some only when they are asked to.
    const now = await this.#readyModels()
    for (const other of ready) {
      if (!now.includes(other) && !(await this.#isReady(other))) await this.#load(other, undefined)
    }
  }

  /** A model that is part of an ensemble may have become one that the ensemble cannot use. */
  async #reportLost(before: readonly string[]): Promise<void> {
    const index = (await this.#options.control.index?.()) ?? []
    for (const name of before) {
      const entries = index.filter((entry) => entry.name === name)
      if (entries.some(({ state }) => state === 'READY')) continue
      const reason = entries.find((entry) => entry.reason !== '')?.reason
      const why = reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`
      this.#options.warn(`Model '${name}' is not ready any more, with the state that was asked for${why}.`)
    }
  }

  async #readyModels(): Promise<readonly string[]> {
    const index = (await this.#options.control.index?.()) ?? []
    return [...new Set(index.filter(({ state }) => state === 'READY').map(({ name }) => name))]
  }

  async #setLog(settings: JsonObject, options: ConfigureOptions): Promise<JsonObject> {
    const { client } = this.#options
    if (!hasExtension(await describeServer(client), 'logging')) {
      throw new ServebenchError('SERVEBENCH_TRITON_LOG', 'The server has no settings for its log.', {
        advice: 'Leave state.log out.',
      })
    }
    const before = await client.logSettings()
    // Nothing but what is set: servers refuse some settings even with the value that they have.
    const kept = Object.fromEntries(Object.keys(settings).map((name) => [name, before[name]]))
    await this.#announce({ undo: 'log', settings: kept }, options)
    const found = await client.logSettings(settings)
    for (const { path, wanted, found: value } of findDifferences({}, settings, found))
      options.differs?.({ model: null, setting: `log setting ${path}`, wanted, found: value })
    return found
  }
}

function reportDifferences(
  model: string,
  base: JsonObject,
  settings: PlannedModel['settings'],
  found: JsonObject,
  { differs }: ConfigureOptions,
): void {
  for (const difference of findDifferences(base, applySettings(base, settings), found)) {
    const { path, wanted, found: value } = difference
    differs?.({ model, setting: path, wanted, found: value })
  }
}

function isSameChange(a: UndoStep, b: UndoStep): boolean {
  if (a.undo !== b.undo) return false
  return !('model' in a) || !('model' in b) || a.model === b.model
}

/** What brings settings back: those of a model that are the server's are given up. */
function traceChanges(model: string, server: JsonObject, before: JsonObject): JsonObject {
  const changeable = ['trace_level', 'trace_rate', 'trace_count', 'log_frequency']
  return Object.fromEntries(
    changeable.map((name) => [
      name,
      model !== '' && canonicalJson(server[name]) === canonicalJson(before[name])
        ? null
        : (before[name] ?? null),
    ]),
  )
}

function requireLoading(
  control: OipControl,
  model: string,
): Required<Pick<OipControl, 'loadModel' | 'unloadModel'>> {
  const { loadModel, unloadModel } = control
  if (loadModel !== undefined && unloadModel !== undefined) return { loadModel, unloadModel }
  throw new ServebenchError(
    'SERVEBENCH_TRITON_LOAD',
    `The server cannot load model '${model}': it has no model control.`,
    {
      advice: 'Start it with --model-control-mode=explicit, or leave the state out.',
      exitCode: ExitCode.target,
    },
  )
}

/** Schedulers exclude each other, and ensembles have none: Triton's own words for it are only in its log. */
function refuseImpossible({ name, settings }: PlannedModel, config: JsonObject): void {
  const { dynamicBatching, instances, instanceKind } = settings
  const isEnsemble = isObject(config['ensemble_scheduling'])
  const scheduler = isEnsemble
    ? 'is an ensemble'
    : isObject(config['sequence_batching'])
      ? 'keeps the state of sequences'
      : null
  const asked =
    dynamicBatching !== undefined && dynamicBatching !== false
      ? 'dynamic batching'
      : isEnsemble && (instances !== undefined || instanceKind !== undefined)
        ? 'instances'
        : null
  if (scheduler === null || asked === null) return
  throw new ServebenchError(
    'SERVEBENCH_TRITON_STATE',
    `Model '${name}' ${scheduler}: it cannot have ${asked}.`,
    {
      advice: isEnsemble
        ? `Set it for the models that it consists of: state: { models: { NAME: … } }.`
        : 'Its batches are those of its sequence batcher: config: { sequence_batching: { … } }.',
    },
  )
}
