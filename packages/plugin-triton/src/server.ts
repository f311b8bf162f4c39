import {
  isArtifactSpec,
  parseBytes,
  parseDuration,
  parseServerUrl,
  planContainer,
  readOption,
  refuseUnknown,
  ValidationError,
  withPort,
} from 'servebench/plugin'
import type {
  ArtifactSpec,
  ByteSize,
  ContainerOptions,
  Duration,
  JsonObject,
  Problem,
  ServerSpec,
} from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { planSettings, SETTING_NAMES } from './config/plan-settings.ts'
import type { PlannedSettings, TritonModelSettings } from './config/model-settings.ts'

export const KIND = 'triton'
export const PACKAGE = '@servebench/plugin-triton'

/** What runs an ONNX file: Triton's backend of ONNX Runtime, or a python model that calls ONNX Runtime. */
export type OnnxBackend = 'auto' | 'onnxruntime' | 'python'

/** A model with settings of its own; those of the server's `state` are its defaults. */
export interface TritonServerModel extends TritonModelSettings {
  /** An artifact (`onnxModel(…)`), an ONNX file, or the folder of a model as it stands in a repository. */
  readonly model: ArtifactSpec | string
  /** The name it is served under. Default: the artifact's, the file's without `.onnx`, or the folder's. */
  readonly name?: string
  /** For ONNX files. Default `auto`: `onnxruntime` where the server has that backend. */
  readonly backend?: OnnxBackend
}

/** What is brought about in the running server before a case, read back, and taken back at the end. */
export interface TritonState extends TritonModelSettings {
  /** Settings of single models, by name: of `models`, or of those that a repository has. */
  readonly models?: Readonly<Record<string, TritonModelSettings>>
  /** Further models that must be loaded, by name. */
  readonly load?: readonly string[]
  /** Log settings, for example `{ log_verbose_level: 1 }`. */
  readonly log?: Readonly<Record<string, string | number | boolean>>
}

interface Common {
  /** Settings of all models named here, and of single ones. */
  readonly state?: TritonState
}

/** A server that servebench starts. */
export interface TritonLaunchOptions extends Common {
  /** Models that are put into a repository of the server's own. */
  readonly models?: readonly (ArtifactSpec | string | TritonServerModel)[]
  /** Model repositories that exist, relative to the root. Nothing is written there. */
  readonly repository?: string | readonly string[]
  /**
   * The `tritonserver` program, relative to the root. Default: `SERVEBENCH_TRITONSERVER`, then the `PATH`, then
   * `/opt/tritonserver/bin/tritonserver`. Folders `backends` and `caches` beside its folder are used.
   */
  readonly binary?: string
  /** A container in the place of a program here, for example `{ image: 'nvcr.io/nvidia/tritonserver:25.02-py3', gpus: 'all' }`. */
  readonly container?: ContainerOptions
  /** Further arguments, for example `['--http-thread-count=4']`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Size of the local response cache; none by default. */
  readonly cache?: ByteSize
  /** Resources that models' rate limiters share: `{ R: 2 }`. Turns rate limiting on. */
  readonly rateLimits?: Readonly<Record<string, number>>
  /** Makes traces possible, which programs and plugins switch on through the server's control. Default `false`. */
  readonly trace?: boolean
  /** How long a start may take, with the loading of its models. Default `'120s'`. */
  readonly startTimeout?: Duration
  /** Sends one request to each model when it is ready, and reports the time of it. Default `false`. */
  readonly firstInference?: boolean
}

/** A server that runs already. */
export interface TritonAttachOptions extends Common {
  /** Of its HTTP endpoint: `http://127.0.0.1:8000`. */
  readonly url: string
  /** Default: the host of `url` with port 8001. */
  readonly grpcUrl?: string
  /** The Prometheus endpoint, in full. Default: the host of `url` with port 8002, `/metrics`. */
  readonly metricsUrl?: string
  /** HTTP headers of control calls: `{ authorization: ['Bearer ', env('TOKEN')] }`. */
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
}

/** Where a model in a plan comes from. */
export type ModelSource = { readonly artifact: ArtifactSpec } | { readonly path: string }

/** A model in a server's `state`. Plain data. */
export interface PlannedModel {
  readonly name: string
  /** `null`: one that a repository of the server has. */
  readonly source: ModelSource | null
  readonly backend: OnnxBackend
  readonly settings: PlannedSettings
}
export interface PlannedState {
  readonly models: readonly PlannedModel[]
  readonly log: JsonObject | null
}
export type PlannedLaunch =
  | {
      readonly mode: 'launch'
      readonly repositories: readonly string[]
      readonly binary: string | null
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly cacheBytes: number | null
      readonly rateLimits: Readonly<Record<string, number>>
      readonly trace: boolean
      readonly startTimeout: number
      readonly firstInference: boolean
    }
  | {
      readonly mode: 'attach'
      readonly http: string
      readonly grpc: string
      readonly metrics: string
      readonly headers: HttpHeaders
      readonly tls: TlsOptions | null
    }

export interface TritonServerSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
  readonly state: PlannedState & JsonObject
}

const LAUNCH_OPTIONS: readonly string[] = [
  'models',
  'repository',
  'binary',
  'container',
  'args',
  'env',
  'cache',
  'rateLimits',
  'trace',
  'startTimeout',
  'firstInference',
  'state',
]
const ATTACH_OPTIONS: readonly string[] = ['url', 'grpcUrl', 'metricsUrl', 'headers', 'tls', 'state']
const MODEL_OPTIONS: readonly string[] = ['model', 'name', 'backend']
const STATE_OPTIONS: readonly string[] = ['models', 'load', 'log']
const BACKENDS: readonly string[] = ['auto', 'onnxruntime', 'python']
const GRPC_PORT = '8001'
const METRICS_PORT = '8002'

/**
 * A Triton Inference Server: one of its own, with models from artifacts, files and repositories, or one that runs
 * already. Its `state` is brought about in place through model control, and taken back.
 *
 * @example tritonServer({ models: [onnxModel({ family: 'mlp' })], state: { instances: 2, dynamicBatching: { maxQueueDelay: '500us' } } })
 * @example tritonServer({ url: 'http://gpu-host:8000', state: { models: { resnet50: { instances: 2 } } } })
 * @throws {ValidationError} with all problems of the options at once
 */
export function tritonServer(options: TritonLaunchOptions | TritonAttachOptions): TritonServerSpec {
  const problems: Problem[] = []
  const attached = 'url' in options
  refuseUnknown(options, attached ? ATTACH_OPTIONS : LAUNCH_OPTIONS, '', problems)
  const { state = {} } = options
  const models = planModels(attached ? [] : (options.models ?? []), state, problems)
  const launch = attached ? planAttachment(options, problems) : planLaunch(options, models, problems)
  const container = attached ? undefined : planContainer(options.container, 'container', problems)
  if (problems.length > 0) throw new ValidationError('tritonServer()', problems)
  return {
    kind: KIND,
    package: PACKAGE,
    launch: launch as PlannedLaunch & JsonObject,
    state: { models, log: state.log ?? null } as unknown as PlannedState & JsonObject,
    ...(container === undefined ? {} : { container }),
  }
}

function planModels(
  given: readonly (ArtifactSpec | string | TritonServerModel)[],
  state: TritonState,
  problems: Problem[],
): readonly PlannedModel[] {
  const { models: single = {}, load = [], log: _log, ...common } = state
  refuseUnknown(common, [...SETTING_NAMES, ...STATE_OPTIONS], 'state', problems)
  const shared = planSettings(common, 'state', problems)
  const settingsOf = (name: string): PlannedSettings => {
    const own = single[name]
    if (own === undefined) return shared
    refuseUnknown(own, SETTING_NAMES, `state.models.${name}`, problems)
    return { ...shared, ...planSettings(own, `state.models.${name}`, problems) }
  }
  const planned = given.map((entry, index): PlannedModel => {
    const path = `models[${index}]`
    const {
      model,
      name,
      backend = 'auto',
      ...own
    }: TritonServerModel = typeof entry === 'object' && 'model' in entry ? entry : { model: entry }
    refuseUnknown(own, [...SETTING_NAMES, ...MODEL_OPTIONS], path, problems)
    const served = name ?? (isArtifactSpec(model) ? model.name : baseName(model))
    checkName(served, `${path}.name`, problems)
    if (!BACKENDS.includes(backend)) {
      problems.push({ path: `${path}.backend`, message: `must be one of ${BACKENDS.join(', ')}.` })
    }
    return {
      name: served,
      source: isArtifactSpec(model) ? { artifact: model } : { path: model },
      backend,
      settings: { ...settingsOf(served), ...planSettings(own, path, problems) },
    }
  })
  for (const [index, { name }] of planned.entries()) {
    const first = planned.findIndex((other) => other.name === name)
    if (first === index) continue
    const message = `has the name '${name}', as models[${first}] has: give one of them a \`name\`.`
    problems.push({ path: `models[${index}]`, message })
  }
  const names = new Set(planned.map(({ name }) => name))
  for (const name of [...load, ...Object.keys(single)]) {
    if (names.has(name)) continue
    names.add(name)
    checkName(name, 'state.load', problems)
    planned.push({ name, source: null, backend: 'auto', settings: settingsOf(name) })
  }
  return planned
}

function planLaunch(
  options: TritonLaunchOptions,
  models: readonly PlannedModel[],
  problems: Problem[],
): PlannedLaunch {
  const { repository = [], binary, args = [], env = {}, cache, rateLimits = {}, trace = false } = options
  const { startTimeout = '120s', firstInference = false } = options
  if (models.length === 0) {
    problems.push({
      path: 'models',
      message: 'are missing: name some, or say in state.load which ones a repository has.',
    })
  }
  if (binary !== undefined && options.container !== undefined)
    problems.push({ path: 'binary', message: 'is what the image of the container has.' })
  for (const [name, count] of Object.entries(rateLimits)) {
    if (!Number.isInteger(count) || count < 1)
      problems.push({ path: `rateLimits.${name}`, message: 'must be a whole number above 0.' })
  }
  return {
    mode: 'launch',
    repositories: typeof repository === 'string' ? [repository] : repository,
    binary: binary ?? null,
    args,
    env,
    cacheBytes: cache === undefined ? null : readOption('cache', cache, parseBytes, 0, problems),
    rateLimits,
    trace,
    startTimeout: readOption('startTimeout', startTimeout, parseDuration, 0, problems),
    firstInference,
  }
}

function planAttachment(options: TritonAttachOptions, problems: Problem[]): PlannedLaunch {
  const url = readOption('url', options.url, parseUrl, '', problems)
  const { grpcUrl = withPort(url, GRPC_PORT), metricsUrl = `${withPort(url, METRICS_PORT)}/metrics` } =
    options
  return {
    mode: 'attach',
    http: url,
    grpc: readOption('grpcUrl', grpcUrl, parseUrl, '', problems),
    metrics: readOption('metricsUrl', metricsUrl, parseUrl, '', problems),
    headers: options.headers ?? {},
    tls: options.tls ?? null,
  }
}

function checkName(name: string, path: string, problems: Problem[]): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return
  problems.push({
    path,
    message: `'${name}' must be letters, digits, '.', '_' and '-', so that it fits URLs and folders.`,
  })
}

function parseUrl(text: string): string {
  return parseServerUrl(text, 'http://127.0.0.1:8000')
}

function baseName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? ''
  ).replace(/\.onnx$/, '')
}
