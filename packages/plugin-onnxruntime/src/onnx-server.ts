import {
  isArtifactSpec,
  parseBytes,
  parseDuration,
  ValidationError,
  type ArtifactSpec,
  type ByteSize,
  type Duration,
  type JsonObject,
  type Problem,
  type ServerSpec,
} from 'servebench/plugin'
import type { ExecutionMode, GraphOptimizationLevel } from './server/inference/session-options.ts'
import { DEFAULT_SETTINGS, type ModelSettings } from './server/model/model-settings.ts'

export const KIND = 'onnx'
export const PACKAGE = '@servebench/plugin-onnxruntime'

const EXECUTION_MODES: readonly ExecutionMode[] = ['sequential', 'parallel']
const GRAPH_OPTIMIZATION_LEVELS: readonly GraphOptimizationLevel[] = ['disabled', 'basic', 'extended', 'all']

export interface DynamicBatching {
  /** Rows of the largest execution. */
  readonly maxBatchSize: number
  /** How long the oldest request waits for others while an instance is idle. Default `'0us'`: not at all. */
  readonly maxQueueDelay?: Duration
  /** Sizes that start at once. */
  readonly preferred?: readonly number[]
}

/** How a model runs. All of it can be changed while the server runs. */
export interface OnnxModelSettings {
  /** Inference threads, each with a session (and a copy of the weights) of its own. Default 1. */
  readonly instances?: number
  /**
   * Threads that compute one operator, the inference thread included; 0: as many as cores. Default 1.
   * An instance has a pool of its own: `instances × intraOpThreads` above the number of cores slows everything down.
   */
  readonly intraOpThreads?: number
  /** Threads that run operators side by side, with the execution mode `parallel`. Default 1. */
  readonly interOpThreads?: number
  /** Default `sequential`. */
  readonly executionMode?: ExecutionMode
  /** Default `all`. */
  readonly graphOptimizationLevel?: GraphOptimizationLevel
  /** In order of preference. Default `['cpu']`. */
  readonly executionProviders?: readonly string[]
  /** Whether intra-op threads spin while they wait for work. Default `true`, as in ONNX Runtime. */
  readonly allowSpinning?: boolean
  /** Further session entries of ONNX Runtime, for example `{ 'session.set_denormal_as_zero': '1' }`. */
  readonly sessionEntries?: Readonly<Record<string, string>>
  /** Rows of the largest request when there is no dynamic batching. Default: no limit. */
  readonly maxBatchSize?: number
  /** Joins requests into one execution. Default: each request is an execution of its own. */
  readonly dynamicBatching?: DynamicBatching
  /** Requests of a model that may wait; further ones are refused with 503 or UNAVAILABLE. 0: no limit. Default 1024. */
  readonly maxQueueSize?: number
}

/** A model with settings of its own; those of the server are its defaults. */
export interface OnnxServerModel extends OnnxModelSettings {
  readonly model: ArtifactSpec | string
  /** The name it is served under. Default: the artifact's name, or the file's without `.onnx`. */
  readonly name?: string
}

export interface OnnxServerOptions extends OnnxModelSettings {
  /** Artifacts (`onnxModel(…)`) or paths of ONNX files, relative to the root. */
  readonly models: readonly (ArtifactSpec | string | OnnxServerModel)[]
  /**
   * One inference thread for all models instead of some for each: executions take turns, each with all intra-op
   * threads. ONNX Runtime's own shared pool cannot be reached from Node.js; this has its main property, that never more
   * than `intraOpThreads` threads compute. It excludes several instances. Default `false`.
   */
  readonly sharedThreadPool?: boolean
  /** Default `'256MiB'`. */
  readonly maxRequestBytes?: ByteSize
  /** How long an end waits for requests in flight. Default `'10s'`. */
  readonly drainTimeout?: Duration
}

/** A model in a server's `state`: plain data, with every default in place. */
export interface ModelState extends ModelSettings {
  readonly name: string
  readonly source: { readonly artifact: ArtifactSpec } | { readonly file: string }
}

export interface OnnxServerSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: {
    readonly sharedThreadPool: boolean
    readonly maxRequestBytes: number
    readonly drainTimeout: number
  }
  readonly state: { readonly models: readonly (ModelState & JsonObject)[] }
}

/**
 * A local server on ONNX Runtime, in a process of its own. Needs `onnxruntime-node` beside this package.
 *
 * @example onnxServer({ models: [onnxModel({ family: 'mlp' })], instances: 2, dynamicBatching: { maxBatchSize: 8, maxQueueDelay: '500us' } })
 * @throws {ValidationError} with all problems of the options at once
 */
export function onnxServer(options: OnnxServerOptions): OnnxServerSpec {
  const problems: Problem[] = []
  const {
    models,
    sharedThreadPool = false,
    maxRequestBytes = '256MiB',
    drainTimeout = '10s',
    ...common
  } = options
  const states = models.map((entry, index): ModelState => {
    const given: OnnxServerModel = typeof entry === 'object' && 'model' in entry ? entry : { model: entry }
    return planModel(given, common, `models[${index}]`, problems)
  })
  if (states.length === 0) problems.push({ path: 'models', message: 'is empty: name at least one model.' })
  for (const [index, { name }] of states.entries()) {
    const first = states.findIndex((other) => other.name === name)
    if (first !== index) {
      problems.push({
        path: `models[${index}]`,
        message: `has the name '${name}', as models[${first}] has: give one of them a \`name\`.`,
      })
    }
  }
  checkSharing(states, sharedThreadPool, problems)
  const reader = new SettingsReader('', problems)
  const launch = {
    sharedThreadPool,
    maxRequestBytes: reader.parse('maxRequestBytes', maxRequestBytes, parseBytes),
    drainTimeout: reader.parse('drainTimeout', drainTimeout, parseDuration),
  }
  if (problems.length > 0) throw new ValidationError('onnxServer()', problems)
  return { kind: KIND, package: PACKAGE, launch, state: { models: states as (ModelState & JsonObject)[] } }
}

export function checkSharing(
  models: readonly ModelState[],
  sharedThreadPool: boolean,
  problems: Problem[],
): void {
  if (!sharedThreadPool) return
  for (const [index, { instances }] of models.entries()) {
    if (instances === 1) continue
    problems.push({
      path: `models[${index}].instances`,
      message: `${instances} have no effect with sharedThreadPool: all models take turns on it.`,
    })
  }
}

/** A model's state by its own options, and those of the server. */
export function planModel(
  given: OnnxServerModel,
  common: OnnxModelSettings,
  path: string,
  problems: Problem[],
): ModelState {
  const reader = new SettingsReader(path, problems)
  const { model } = given
  const merged: OnnxModelSettings = { ...common, ...given }
  const { session } = DEFAULT_SETTINGS
  const batching = merged.dynamicBatching
  const name =
    given.name ??
    (isArtifactSpec(model) ? model.name : (model.split(/[\\/]/).at(-1) as string).replace(/\.onnx$/, ''))
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
    reader.report(
      'name',
      `'${name}' must be letters, digits, '.', '_' and '-', so that it fits URLs and folders.`,
    )
  }
  if (merged.allowSpinning !== undefined && typeof merged.allowSpinning !== 'boolean')
    reader.report('allowSpinning', 'must be true or false.')
  const spinning =
    merged.allowSpinning === undefined
      ? {}
      : { 'session.intra_op.allow_spinning': merged.allowSpinning ? '1' : '0' }
  return {
    name,
    source: isArtifactSpec(model) ? { artifact: model } : { file: model },
    instances: reader.integer('instances', merged.instances ?? DEFAULT_SETTINGS.instances, 1, 256),
    maxBatchSize: reader.optionalInteger(
      'maxBatchSize',
      batching?.maxBatchSize ?? merged.maxBatchSize,
      1,
      1_000_000,
    ),
    batching:
      batching === undefined
        ? null
        : {
            maxQueueDelay: reader.parse(
              'dynamicBatching.maxQueueDelay',
              batching.maxQueueDelay ?? '0us',
              parseDuration,
            ),
            preferred: (batching.preferred ?? []).map((size) =>
              reader.integer('dynamicBatching.preferred', size, 1, batching.maxBatchSize),
            ),
          },
    maxQueueSize: reader.integer(
      'maxQueueSize',
      merged.maxQueueSize ?? DEFAULT_SETTINGS.maxQueueSize,
      0,
      1e9,
    ),
    session: {
      intraOpThreads: reader.integer(
        'intraOpThreads',
        merged.intraOpThreads ?? session.intraOpThreads,
        0,
        1024,
      ),
      interOpThreads: reader.integer(
        'interOpThreads',
        merged.interOpThreads ?? session.interOpThreads,
        0,
        1024,
      ),
      executionMode: reader.choice(
        'executionMode',
        merged.executionMode ?? session.executionMode,
        EXECUTION_MODES,
      ),
      graphOptimizationLevel: reader.choice(
        'graphOptimizationLevel',
        merged.graphOptimizationLevel ?? session.graphOptimizationLevel,
        GRAPH_OPTIMIZATION_LEVELS,
      ),
      executionProviders: reader.names(
        'executionProviders',
        merged.executionProviders ?? session.executionProviders,
      ),
      entries: { ...merged.sessionEntries, ...spinning },
    },
  }
}

class SettingsReader {
  readonly #path: string
  readonly #problems: Problem[]

  constructor(path: string, problems: Problem[]) {
    this.#path = path
    this.#problems = problems
  }

  report(name: string, message: string): void {
    this.#problems.push({ path: this.#path === '' ? name : `${this.#path}.${name}`, message })
  }

  integer(name: string, value: number, low: number, high: number): number {
    if (!Number.isInteger(value) || value < low || value > high) {
      this.report(name, `must be a whole number from ${low} to ${high}, not ${JSON.stringify(value)}.`)
    }
    return value
  }

  optionalInteger(name: string, value: number | undefined, low: number, high: number): number | null {
    return value === undefined ? null : this.integer(name, value, low, high)
  }

  choice<T extends string>(name: string, value: T, choices: readonly T[]): T {
    if (!choices.includes(value))
      this.report(name, `must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`)
    return value
  }

  names(name: string, value: readonly string[]): readonly string[] {
    if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === 'string'))
      this.report(name, `must be a list of names, not ${JSON.stringify(value)}.`)
    return value
  }

  parse(name: string, text: string, parseText: (text: string) => number): number {
    try {
      return parseText(text)
    } catch (error) {
      this.report(name, (error as Error).message)
      return 0
    }
  }
}
