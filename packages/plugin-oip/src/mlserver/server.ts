import { isArtifactSpec, parseDuration, readOption, refuseUnknown, ValidationError } from 'servebench/plugin'
import type { ArtifactSpec, Duration, JsonObject, Problem, ServerSpec } from 'servebench/plugin'
import { PACKAGE } from '../target.ts'

export const MLSERVER = 'mlserver'

/** For ONNX files; a folder has its own. */
export interface MlServerModelSettings {
  /** Requests of the largest batch that MLServer joins. Default: it joins none. */
  readonly maxBatchSize?: number
  /** How long the first request of a batch waits for others. */
  readonly maxBatchTime?: Duration
  /** Threads of one operator. Default 1. */
  readonly intraOpThreads?: number
}

export interface MlServerModel extends MlServerModelSettings {
  /**
   * An artifact (`onnxModel(…)`) or an ONNX file, which a runtime of servebench's runs by ONNX Runtime; or a folder with a
   * `model-settings.json`. Paths are relative to the root.
   */
  readonly model: ArtifactSpec | string
  /** Default: the artifact's, the file's without `.onnx`, or the folder's. A folder's settings must have the same one. */
  readonly name?: string
  /** Of an ONNX file. Default `'1'`. */
  readonly version?: string
}

export interface MlServerOptions {
  readonly models: readonly (ArtifactSpec | string | MlServerModel)[]
  /** The `mlserver` program, relative to the root. Default: `SERVEBENCH_MLSERVER`, then the `PATH`. */
  readonly binary?: string
  /** Processes for inference; 0: models run in the process of the server. Default 0. */
  readonly parallelWorkers?: number
  readonly env?: Readonly<Record<string, string>>
  /** How long a start may take, with the loading of its models. Default `'120s'`. */
  readonly startTimeout?: Duration
}

/** A model in a plan. */
export interface PlannedModel {
  readonly name: string
  readonly source: ArtifactSpec | string
  readonly version: string
  /** Requests; 0 for none that are joined. */
  readonly maxBatchSize: number
  /** Seconds. */
  readonly maxBatchTime: number
  readonly intraOpThreads: number
}

export interface MlServerSpec extends ServerSpec {
  readonly kind: typeof MLSERVER
  readonly package: typeof PACKAGE
  readonly launch: {
    readonly models: readonly (PlannedModel & JsonObject)[]
    readonly binary: string | null
    readonly parallelWorkers: number
    readonly env: Readonly<Record<string, string>>
    readonly startTimeout: number
  }
}

const OPTIONS: readonly string[] = ['models', 'binary', 'parallelWorkers', 'env', 'startTimeout']
export const MODEL_SETTINGS: readonly (keyof MlServerModelSettings)[] = [
  'maxBatchSize',
  'maxBatchTime',
  'intraOpThreads',
]
const MODEL_OPTIONS: readonly string[] = ['model', 'name', 'version', ...MODEL_SETTINGS]
const DEFAULTS = { maxBatchSize: 0, maxBatchTime: 0, intraOpThreads: 1 }
const NANOS_PER_SECOND = 1e9

/**
 * Seldon's MLServer, which servebench starts; `oip()` is the target for it.
 *
 * @example mlServer({ models: [onnxModel({ family: 'mlp', name: 'mlp' })] })
 * @throws {ValidationError} with all problems of the options at once
 */
export function mlServer(options: MlServerOptions): MlServerSpec {
  const problems: Problem[] = []
  refuseUnknown(options, OPTIONS, '', problems)
  const { models, binary, parallelWorkers = 0, env = {}, startTimeout = '120s' } = options
  const planned = (models ?? []).map((entry, index) => planModel(entry, `models[${index}]`, problems))
  if (planned.length === 0) problems.push({ path: 'models', message: 'are missing: name at least one.' })
  for (const [index, { name }] of planned.entries()) {
    const first = planned.findIndex((other) => other.name === name)
    if (first === index) continue
    const message = `has the name '${name}', as models[${first}] has: give one of them a \`name\`.`
    problems.push({ path: `models[${index}]`, message })
  }
  requireCount(parallelWorkers, 0, 'parallelWorkers', problems)
  const launch = {
    models: planned as (PlannedModel & JsonObject)[],
    binary: binary ?? null,
    parallelWorkers,
    env,
    startTimeout: readOption('startTimeout', startTimeout, parseDuration, 0, problems),
  }
  if (problems.length > 0) throw new ValidationError('mlServer()', problems)
  return { kind: MLSERVER, package: PACKAGE, launch, state: {} }
}

function planModel(
  entry: ArtifactSpec | string | MlServerModel,
  path: string,
  problems: Problem[],
): PlannedModel {
  const given: MlServerModel = typeof entry === 'object' && 'model' in entry ? entry : { model: entry }
  refuseUnknown(given, MODEL_OPTIONS, path, problems)
  const { model, version = '1' } = given
  const name = given.name ?? (isArtifactSpec(model) ? model.name : baseName(model))
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
    const message = `'${name}' must be letters, digits, '.', '_' and '-', so that it fits URLs and folders.`
    problems.push({ path: `${path}.name`, message })
  }
  if (!/^[A-Za-z0-9._-]+$/.test(version)) {
    const message = `'${version}' must be letters, digits, '.', '_' and '-', so that it fits URLs.`
    problems.push({ path: `${path}.version`, message })
  }
  return { name, source: model, version, ...DEFAULTS, ...planModelSettings(given, path, problems) }
}

/** What is given of them. */
export function planModelSettings(
  { maxBatchSize, maxBatchTime, intraOpThreads }: MlServerModelSettings,
  path: string,
  problems: Problem[],
): Partial<Pick<PlannedModel, keyof MlServerModelSettings>> {
  if (maxBatchSize !== undefined) requireCount(maxBatchSize, 0, `${path}.maxBatchSize`, problems)
  if (intraOpThreads !== undefined) requireCount(intraOpThreads, 1, `${path}.intraOpThreads`, problems)
  const seconds = (time: Duration): number =>
    readOption(`${path}.maxBatchTime`, time, parseDuration, 0, problems) / NANOS_PER_SECOND
  return {
    ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    ...(maxBatchTime === undefined ? {} : { maxBatchTime: seconds(maxBatchTime) }),
    ...(intraOpThreads === undefined ? {} : { intraOpThreads }),
  }
}

export function requireCount(value: number, least: number, path: string, problems: Problem[]): void {
  if (!Number.isSafeInteger(value) || value < least)
    problems.push({ path, message: `must be a whole number of at least ${least}.` })
}

function baseName(path: string): string {
  const name = path.split(/[\\/]/).filter((part) => part !== '')
  return (name.at(-1) ?? '').replace(/\.onnx$/, '')
}
