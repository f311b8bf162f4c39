import {
  isArtifactSpec,
  parseDuration,
  parseServerUrl,
  planContainer,
  readOption,
  refuseUnknown,
  suggest,
  ValidationError,
  withPort,
} from 'servebench/plugin'
import type {
  ArtifactSpec,
  ContainerOptions,
  Duration,
  JsonObject,
  Problem,
  ServerSpec,
} from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import type { PlannedChange } from './control/config-state.ts'
import type { ModelConfig, VersionPolicy } from './model/model-config.ts'
import { planBatching, planThreads } from './launch/plan-launch.ts'
import type {
  PlannedBatching,
  PlannedThreads,
  TfServingBatching,
  TfServingThreads,
} from './launch/plan-launch.ts'
import { METRICS_PATH } from './server/paths.ts'
import { KIND, PACKAGE } from './target.ts'
import { writeWarmupFile } from './warmup/warmup-file.ts'
import type { WarmupRequest } from './warmup/warmup-file.ts'

/** Which versions a server loads: the newest one or ones, all, or those that are listed. */
export type TfServingVersions = 'latest' | 'all' | { readonly latest: number } | readonly (number | string)[]

/** What can be changed of a model while the server runs. */
export interface TfServingModelState {
  readonly versions?: TfServingVersions
  /** Versions by their labels: `{ stable: 1, canary: 2 }`. */
  readonly labels?: Readonly<Record<string, number | string>>
}

/** A model of a server that servebench starts. */
export interface TfServingModel extends TfServingModelState {
  /** The folder with the folders of its versions, or the folder of one SavedModel; or an artifact that is one. */
  readonly model: ArtifactSpec | string
  /** Default: the artifact's, or the folder's. */
  readonly name?: string
  /** Requests that the server runs before the model is available. */
  readonly warmup?: readonly WarmupRequest[]
}

/** A model of a server that runs already. */
export interface TfServingConfiguredModel extends TfServingModelState {
  readonly name: string
  /** The folder of its versions as the server sees it. */
  readonly basePath: string
}

/** What is brought about in the running server before a case, read back, and taken back at the end. */
export interface TfServingState {
  /** By the name of the model. */
  readonly models: Readonly<Record<string, TfServingModelState>>
}

/** A server that servebench starts. */
export interface TfServingLaunchOptions {
  readonly models: readonly (ArtifactSpec | string | TfServingModel)[]
  /** The `tensorflow_model_server` program, relative to the root. Default: `TF_SERVING_BIN`, then the `PATH`. */
  readonly binary?: string
  /** A container in the place of a program here, for example `{ image: 'tensorflow/serving:2.19.1' }`. */
  readonly container?: ContainerOptions
  /** Further arguments, for example `['--xla_cpu_compilation_enabled']`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Joins requests into batches; `true` with the server's own defaults. Default `false`. */
  readonly batching?: boolean | TfServingBatching
  readonly threads?: TfServingThreads
  /** Makes answers over gRPC have their elements in `tensor_content`. Default `false`, as the server's. */
  readonly tensorContent?: boolean
  /** How long a start may take, with the loading of its models. Default `'120s'`. */
  readonly startTimeout?: Duration
  readonly state?: TfServingState
}

/** A server that runs already. */
export interface TfServingAttachOptions {
  /** Of its REST port: `http://127.0.0.1:8501`. */
  readonly url: string
  /** Default: the host of `url` with port 8500. */
  readonly grpcUrl?: string
  /** The Prometheus page, in full. Default: `/monitoring/prometheus/metrics` at `url`. */
  readonly metricsUrl?: string
  /** Headers of control calls: `{ authorization: ['Bearer ', env('TOKEN')] }`. */
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /** All models that it was started with: no call tells them, and a change of one replaces the list. Needed for `state`. */
  readonly models?: readonly TfServingConfiguredModel[]
  readonly state?: TfServingState
}

/** Where a model in a plan comes from. */
export type ModelSource = { readonly artifact: ArtifactSpec } | { readonly path: string }

/** Plain data. */
export interface PlannedModel extends Omit<ModelConfig, 'basePath'> {
  readonly source: ModelSource
  /** The warm-up file in Base64; `null`: none. */
  readonly warmup: string | null
}
export type PlannedLaunch =
  | {
      readonly mode: 'launch'
      readonly models: readonly PlannedModel[]
      readonly binary: string | null
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      /** `null`: off. */
      readonly batching: PlannedBatching | null
      readonly threads: PlannedThreads
      readonly tensorContent: boolean
      /** Nanoseconds. */
      readonly startTimeout: number
    }
  | {
      readonly mode: 'attach'
      readonly http: string
      readonly grpc: string
      readonly metrics: string
      /** Whether the page was asked for, and not only supposed. */
      readonly metricsWanted: boolean
      readonly headers: HttpHeaders
      readonly tls: TlsOptions | null
      readonly models: readonly ModelConfig[]
    }
export interface PlannedState {
  readonly models: readonly PlannedChange[]
}

export interface TfServingServerSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
  readonly state: PlannedState & JsonObject
}

const LAUNCH_OPTIONS: readonly string[] = [
  'models',
  'binary',
  'container',
  'args',
  'env',
  'batching',
  'threads',
  'tensorContent',
  'startTimeout',
  'state',
]
const ATTACH_OPTIONS: readonly string[] = [
  'url',
  'grpcUrl',
  'metricsUrl',
  'headers',
  'tls',
  'models',
  'state',
]
const STATE_OPTIONS: readonly string[] = ['versions', 'labels']
const MODEL_OPTIONS: readonly string[] = [...STATE_OPTIONS, 'model', 'name', 'warmup']
const CONFIGURED_OPTIONS: readonly string[] = [...STATE_OPTIONS, 'name', 'basePath']
const GRPC_PORT = '8500'

/**
 * A TensorFlow Serving server: one of its own, or one that runs already. Its `state` says which versions of models are
 * loaded and which labels they have; it is brought about while the server runs, and taken back.
 *
 * @example tfservingServer({ models: ['models/resnet'], batching: { maxBatchSize: 32, timeout: '2ms' }, threads: { intraOp: 4 } })
 * @example tfservingServer({ url: 'http://gpu-host:8501' })
 * @throws {ValidationError} with all problems of the options at once
 */
export function tfservingServer(
  options: TfServingLaunchOptions | TfServingAttachOptions,
): TfServingServerSpec {
  const problems: Problem[] = []
  const isAttached = 'url' in options
  refuseUnknown(options, isAttached ? ATTACH_OPTIONS : LAUNCH_OPTIONS, '', problems)
  const launch = isAttached ? planAttachment(options, problems) : planLaunch(options, problems)
  const names = launch.models.map(({ name }) => name)
  checkNames(names, problems)
  const changes = planState(options.state, names, isAttached, problems)
  const container = isAttached ? undefined : planContainer(options.container, 'container', problems)
  if (!isAttached && options.binary !== undefined && options.container !== undefined)
    problems.push({ path: 'binary', message: 'is what the image of the container has.' })
  if (problems.length > 0) throw new ValidationError('tfservingServer()', problems)
  return {
    kind: KIND,
    package: PACKAGE,
    launch: launch as unknown as PlannedLaunch & JsonObject,
    state: { models: changes } as unknown as PlannedState & JsonObject,
    ...(container === undefined ? {} : { container }),
  }
}

function planLaunch(options: TfServingLaunchOptions, problems: Problem[]): PlannedLaunch {
  const { models, binary, args = [], env = {}, startTimeout = '120s', tensorContent = false } = options
  if (models.length === 0)
    problems.push({ path: 'models', message: 'are missing: name at least one folder of a model.' })
  return {
    mode: 'launch',
    models: models.map((entry, index) => planModel(entry, `models[${index}]`, problems)),
    binary: binary ?? null,
    args,
    env,
    batching: planBatching(options.batching, problems),
    threads: planThreads(options.threads, problems),
    tensorContent,
    startTimeout: readOption('startTimeout', startTimeout, parseDuration, 0, problems),
  }
}

function planModel(
  entry: ArtifactSpec | string | TfServingModel,
  path: string,
  problems: Problem[],
): PlannedModel {
  const given: TfServingModel = typeof entry === 'object' && 'model' in entry ? entry : { model: entry }
  refuseUnknown(given, MODEL_OPTIONS, path, problems)
  const { model, name = isArtifactSpec(model) ? model.name : baseName(model), warmup } = given
  return {
    name,
    source: isArtifactSpec(model) ? { artifact: model } : { path: model },
    warmup: warmup === undefined ? null : planWarmup(name, warmup, `${path}.warmup`, problems),
    ...planModelState(given, path, problems),
  }
}

function planWarmup(
  name: string,
  requests: readonly WarmupRequest[],
  path: string,
  problems: Problem[],
): string | null {
  try {
    return Buffer.from(writeWarmupFile(name, requests)).toString('base64')
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    for (const problem of error.problems) problems.push({ ...problem, path: `${path}.${problem.path}` })
    return null
  }
}

function planAttachment(options: TfServingAttachOptions, problems: Problem[]): PlannedLaunch {
  const url = readOption('url', options.url, parseUrl, '', problems)
  const { grpcUrl = withPort(url, GRPC_PORT), metricsUrl, models = [] } = options
  return {
    mode: 'attach',
    http: url,
    grpc: readOption('grpcUrl', grpcUrl, parseUrl, '', problems),
    metrics:
      metricsUrl === undefined
        ? url + METRICS_PATH
        : readOption('metricsUrl', metricsUrl, parseUrl, '', problems),
    metricsWanted: metricsUrl !== undefined,
    headers: options.headers ?? {},
    tls: options.tls ?? null,
    models: models.map((model, index): ModelConfig => {
      const path = `models[${index}]`
      refuseUnknown(model, CONFIGURED_OPTIONS, path, problems)
      const { name, basePath } = model
      if (typeof basePath !== 'string' || !/^(\/|[a-z][a-z0-9]*:\/\/)/.test(basePath))
        problems.push({
          path: `${path}.basePath`,
          message: 'must be a path as the server sees it, from its root.',
        })
      return { name, basePath, ...planModelState(model, path, problems) }
    }),
  }
}

function planState(
  state: TfServingState | undefined,
  names: readonly string[],
  isAttached: boolean,
  problems: Problem[],
): readonly PlannedChange[] {
  const changes = Object.entries(state?.models ?? {})
  if (changes.length > 0 && names.length === 0 && isAttached) {
    const message = 'are needed for state: a change replaces the configuration, which no call tells.'
    problems.push({ path: 'models', message })
    return []
  }
  return changes.map(([name, change]) => {
    const path = `state.models.${name}`
    if (!names.includes(name))
      problems.push({ path, message: 'is no model of this server.', suggestion: suggest(name, names) })
    refuseUnknown(change, STATE_OPTIONS, path, problems)
    const { versions, labels } = planModelState(change, path, problems)
    return {
      name,
      ...(versions === null ? {} : { versions }),
      ...(change.labels === undefined ? {} : { labels }),
    }
  })
}

function planModelState(
  { versions, labels = {} }: TfServingModelState,
  path: string,
  problems: Problem[],
): { readonly versions: VersionPolicy | null; readonly labels: Readonly<Record<string, string>> } {
  for (const [label, version] of Object.entries(labels)) {
    if (!isVersion(version))
      problems.push({ path: `${path}.labels.${label}`, message: 'must be the number of a version.' })
  }
  return {
    versions: versions === undefined ? null : planVersions(versions, path, problems),
    labels: Object.fromEntries(Object.entries(labels).map(([label, version]) => [label, String(version)])),
  }
}

function planVersions(versions: TfServingVersions, path: string, problems: Problem[]): VersionPolicy | null {
  if (versions === 'latest') return { latest: 1 }
  if (versions === 'all') return { all: true }
  if (Array.isArray(versions) && versions.length > 0 && versions.every(isVersion))
    return { specific: versions.map(String) }
  const { latest } = versions as { readonly latest?: number }
  if (Number.isInteger(latest) && (latest as number) > 0) return { latest: latest as number }
  problems.push({
    path: `${path}.versions`,
    message: "must be 'latest', 'all', { latest: 2 }, or a list of numbers of versions.",
  })
  return null
}

function isVersion(version: unknown): boolean {
  return /^\d{1,19}$/.test(String(version))
}

function checkNames(names: readonly string[], problems: Problem[]): void {
  for (const [index, name] of names.entries()) {
    const path = `models[${index}].name`
    if (typeof name !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) {
      const message = `'${name}' must be letters, digits, '.', '_' and '-', so that it fits URLs.`
      problems.push({ path, message })
    } else if (names.indexOf(name) !== index) {
      const message = `is '${name}', as that of models[${names.indexOf(name)}] is: give one of them another \`name\`.`
      problems.push({ path, message })
    }
  }
}

function parseUrl(text: string): string {
  return parseServerUrl(text, 'http://127.0.0.1:8501')
}

function baseName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? ''
  )
}
