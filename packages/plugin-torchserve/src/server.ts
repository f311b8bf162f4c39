import { isArtifactSpec, isSecret, parseDuration, suggest, ValidationError } from 'servebench/plugin'
import type { ArtifactSpec, Duration, JsonObject, Problem, Secret, ServerSpec } from 'servebench/plugin'
import { parseHttpUrl } from 'servebench/session'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { KIND, PACKAGE } from './kind.ts'
import type { TokenSource } from './token/token-source.ts'

/** What can be set for a model while the server runs. What is left out stays as it is. */
export interface TorchServeModelSettings {
  /** Worker processes; 0 for none. */
  readonly workers?: number
  /** Requests that are joined into one call of the handler. */
  readonly batchSize?: number
  /** How long the first request of a batch waits for others; whole milliseconds. */
  readonly maxBatchDelay?: Duration
  /** How long a worker may take for one batch, before it is ended; whole seconds. */
  readonly responseTimeout?: Duration
}

/** A handler that is put into an archive of servebench's making. */
export interface TorchServeHandler extends TorchServeModelSettings {
  readonly name: string
  /** Default `1.0`. */
  readonly version?: string
  /** A Python file with `handle(data, context)` or a handler class, relative to the root; or a name of TorchServe's own. */
  readonly handler: string
  /** The weights: a file, or an artifact such as `onnxModel(…)`. */
  readonly weights?: string | ArtifactSpec
  /** Further files, which stand beside the handler. */
  readonly files?: readonly string[]
  /** What TorchServe reads as the model's YAML file, for example `{ handler: { profile: true } }`. */
  readonly config?: JsonObject
}

/** An archive that exists: a file `*.mar` relative to the root, or a URL that the server may load from. */
export interface TorchServeArchive extends TorchServeModelSettings {
  readonly archive: string
  /** Default: what the file is called, without `.mar`. */
  readonly name?: string
}

/** An ONNX model, run by ONNX Runtime inside of TorchServe's Python, which must have the package `onnxruntime`. */
export interface TorchServeOnnx extends TorchServeModelSettings {
  readonly onnx: string | ArtifactSpec
  readonly name?: string
  readonly version?: string
}

export type TorchServeModel = TorchServeArchive | TorchServeHandler | TorchServeOnnx

/** What is brought about in the running server before a case, read back, and taken back at the end. */
export interface TorchServeState extends TorchServeModelSettings {
  /** Settings of single models by name. */
  readonly models?: Readonly<Record<string, TorchServeModelSettings>>
  /** Default versions by model. */
  readonly defaults?: Readonly<Record<string, string>>
}

interface Common {
  /** Settings of all models named here, and of single ones. */
  readonly state?: TorchServeState
}

/** A server that servebench starts. */
export interface TorchServeLaunchOptions extends Common {
  readonly models: readonly (TorchServeModel | string)[]
  /** The `torchserve` program, relative to the root. Default: `SERVEBENCH_TORCHSERVE`, then the `PATH`. */
  readonly binary?: string
  /** Further lines of `config.properties`: `{ job_queue_size: 10, service_envelope: 'kserve' }`. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
  /** How the server tells its metrics. `log` has those of single requests, but no counters. Default `prometheus`. */
  readonly metrics?: 'prometheus' | 'log'
  /** Makes the server demand tokens, as it does by default; servebench knows them. Default `false`. */
  readonly tokens?: boolean
  /** How long the start may take, models not included. Default `'120s'`. */
  readonly startTimeout?: Duration
}

/** A server that runs already. */
export interface TorchServeAttachOptions extends Common {
  /** Of the inference address: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Default: the host of `url` with port 8081; `null`: it cannot be reached. */
  readonly managementUrl?: string | null
  /** In full. Default: the host of `url` with port 8082, `/metrics`; `null`: it cannot be reached. */
  readonly metricsUrl?: string | null
  /** Default: the host of `url` with port 7070. */
  readonly grpcUrl?: string
  /** The `key_file.json` of a server that demands tokens, relative to the root. */
  readonly keyFile?: string
  /** Instead of a key file: the tokens themselves. */
  readonly token?: Secret
  readonly managementToken?: Secret
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
}

/** Settings in a plan, in TorchServe's units. */
export interface PlannedSettings {
  readonly workers?: number
  readonly batchSize?: number
  /** Milliseconds. */
  readonly maxBatchDelay?: number
  /** Seconds. */
  readonly responseTimeout?: number
}

/** Where a model in a plan comes from. */
export type ModelSource =
  | { readonly archive: string }
  | {
      readonly handler: string
      readonly weights: string | ArtifactSpec | null
      readonly files: readonly string[]
      readonly config: JsonObject | null
    }
  | { readonly onnx: string | ArtifactSpec }

export interface PlannedModel {
  readonly name: string
  /** `''` where the archive says it. */
  readonly version: string
  /** `null`: one that the server has. */
  readonly source: ModelSource | null
  readonly settings: PlannedSettings
}
export interface PlannedState {
  readonly models: readonly PlannedModel[]
  readonly defaults: Readonly<Record<string, string>>
}
export type PlannedLaunch =
  | {
      readonly mode: 'launch'
      readonly binary: string | null
      readonly properties: Readonly<Record<string, string | number | boolean>>
      readonly env: Readonly<Record<string, string>>
      readonly metrics: 'prometheus' | 'log'
      readonly tokens: boolean
      readonly startTimeout: number
    }
  | {
      readonly mode: 'attach'
      readonly http: string
      readonly grpc: string
      readonly management: string | null
      readonly metrics: string | null
      readonly inferenceAccess: TokenSource | null
      readonly managementAccess: TokenSource | null
      readonly headers: HttpHeaders
      readonly tls: TlsOptions | null
    }

export interface TorchServeSpec extends ServerSpec {
  readonly kind: typeof KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
  readonly state: PlannedState & JsonObject
}

const LAUNCH_OPTIONS = ['models', 'binary', 'properties', 'env', 'metrics', 'tokens', 'startTimeout', 'state']
const ATTACH_OPTIONS = [
  'url',
  'managementUrl',
  'metricsUrl',
  'grpcUrl',
  'keyFile',
  'token',
  'managementToken',
  'headers',
  'tls',
  'state',
]
const SETTINGS = ['workers', 'batchSize', 'maxBatchDelay', 'responseTimeout']
const MODEL_OPTIONS = ['name', 'version', 'archive', 'handler', 'weights', 'files', 'config', 'onnx']
const STATE_OPTIONS = ['models', 'defaults']
const MANAGEMENT_PORT = '8081'
const METRICS_PORT = '8082'
const GRPC_PORT = '7070'
const NANOS_PER_MILLISECOND = 1e6
const NANOS_PER_SECOND = 1e9

/**
 * A TorchServe: one of its own, with archives and handlers, or one that runs already. Its `state` is brought about
 * through the management API, read back, and taken back.
 *
 * @example torchServe({ models: [{ name: 'mlp', handler: 'mlp.py' }], state: { workers: 2, batchSize: 8 } })
 * @example torchServe({ url: 'http://gpu-host:8080', state: { models: { resnet: { workers: 4 } } } })
 * @throws {ValidationError} with all problems of the options at once
 */
export function torchServe(options: TorchServeLaunchOptions | TorchServeAttachOptions): TorchServeSpec {
  const reader = new SpecReader()
  const spec = reader.read(options)
  if (reader.problems.length > 0) throw new ValidationError('torchServe()', reader.problems)
  return spec
}

class SpecReader {
  readonly problems: Problem[] = []

  read(options: TorchServeLaunchOptions | TorchServeAttachOptions): TorchServeSpec {
    const attached = 'url' in options
    this.#known(options, attached ? ATTACH_OPTIONS : LAUNCH_OPTIONS, '')
    const { state = {} } = options
    const models = this.#models(attached ? [] : (options.models ?? []), state)
    if (!attached && models.length === 0) this.#report('models', 'are missing.')
    const launch = attached ? this.#attachment(options) : this.#launch(options)
    return {
      kind: KIND,
      package: PACKAGE,
      launch: launch as unknown as PlannedLaunch & JsonObject,
      state: { models, defaults: state.defaults ?? {} } as unknown as PlannedState & JsonObject,
    }
  }

  #models(given: readonly (TorchServeModel | string)[], state: TorchServeState): readonly PlannedModel[] {
    const { models: single = {}, defaults: _defaults, ...common } = state
    this.#known(common, [...SETTINGS, ...STATE_OPTIONS], 'state.')
    const shared = this.#settings(common, 'state')
    const settingsOf = (name: string): PlannedSettings => {
      const own = single[name]
      if (own === undefined) return shared
      this.#known(own, SETTINGS, `state.models.${name}.`)
      return { ...shared, ...this.#settings(own, `state.models.${name}`) }
    }
    const planned = given.map((entry, index): PlannedModel => {
      const path = `models[${index}]`
      const model: TorchServeModel = typeof entry === 'string' ? { archive: entry } : entry
      this.#known(model, [...SETTINGS, ...MODEL_OPTIONS], `${path}.`)
      const { name, version, source } = this.#source(model, path)
      return { name, version, source, settings: { ...settingsOf(name), ...this.#settings(model, path) } }
    })
    for (const [index, model] of planned.entries()) {
      const first = planned.findIndex(({ name, version }) => name === model.name && version === model.version)
      if (first !== index) this.#report(`models[${index}]`, `has the name and version of models[${first}].`)
    }
    for (const name of Object.keys(single)) {
      if (planned.some((model) => model.name === name)) continue
      planned.push({ name, version: '', source: null, settings: settingsOf(name) })
    }
    return planned
  }

  #source(model: TorchServeModel, path: string): Pick<PlannedModel, 'name' | 'version' | 'source'> {
    if ('archive' in model) {
      const name = model.name ?? baseName(model.archive, '.mar')
      return { name: this.#name(name, path), version: '', source: { archive: model.archive } }
    }
    if ('onnx' in model) {
      const { onnx, version = '1.0' } = model
      const name = model.name ?? (isArtifactSpec(onnx) ? onnx.name : baseName(onnx, '.onnx'))
      return { name: this.#name(name, path), version: this.#version(version, path), source: { onnx } }
    }
    const { name, version = '1.0', handler, weights = null, files = [], config = null } = model
    if (typeof handler !== 'string')
      this.#report(`${path}.handler`, 'is missing: or name an `archive` or an `onnx` file.')
    return {
      name: this.#name(name, path),
      version: this.#version(version, path),
      source: { handler, weights, files, config },
    }
  }

  #name(name: string | undefined, path: string): string {
    if (typeof name === 'string' && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) return name
    this.#report(`${path}.name`, "must begin with a letter and consist of letters, digits, '_', '.' and '-'.")
    return ''
  }

  #version(version: string, path: string): string {
    if (typeof version === 'string' && /^\d+(\.\d+)*$/.test(version)) return version
    this.#report(`${path}.version`, "must be numbers and dots, such as '1.0'.")
    return ''
  }

  #settings(given: TorchServeModelSettings, path: string): PlannedSettings {
    const { workers, batchSize, maxBatchDelay, responseTimeout } = given
    const count = (name: string, value: number, least: number): number => {
      if (!Number.isSafeInteger(value) || value < least)
        this.#report(`${path}.${name}`, `must be a whole number of at least ${least}.`)
      return value
    }
    const whole = (name: string, value: Duration, unit: number, word: string): number => {
      const nanos = this.#parse(`${path}.${name}`, value, parseDuration) ?? 0
      if (nanos % unit !== 0) this.#report(`${path}.${name}`, `is counted in whole ${word} by TorchServe.`)
      return nanos / unit
    }
    return {
      ...(workers === undefined ? {} : { workers: count('workers', workers, 0) }),
      ...(batchSize === undefined ? {} : { batchSize: count('batchSize', batchSize, 1) }),
      ...(maxBatchDelay === undefined
        ? {}
        : { maxBatchDelay: whole('maxBatchDelay', maxBatchDelay, NANOS_PER_MILLISECOND, 'milliseconds') }),
      ...(responseTimeout === undefined
        ? {}
        : { responseTimeout: whole('responseTimeout', responseTimeout, NANOS_PER_SECOND, 'seconds') }),
    }
  }

  #launch(options: TorchServeLaunchOptions): PlannedLaunch {
    const {
      binary,
      properties = {},
      env = {},
      metrics = 'prometheus',
      tokens = false,
      startTimeout = '120s',
    } = options
    if (metrics !== 'prometheus' && metrics !== 'log')
      this.#report('metrics', "must be 'prometheus' or 'log'.")
    for (const [name, value] of Object.entries(properties)) {
      if (!/^[\w.]+$/.test(name) || /[\r\n]/.test(String(value)))
        this.#report(`properties.${name}`, 'is no property.')
      if (OWN_PROPERTIES.test(name)) this.#report(`properties.${name}`, 'is for servebench to set.')
    }
    return {
      mode: 'launch',
      binary: binary ?? null,
      properties,
      env,
      metrics,
      tokens,
      startTimeout: this.#parse('startTimeout', startTimeout, parseDuration) ?? 0,
    }
  }

  #attachment(options: TorchServeAttachOptions): PlannedLaunch {
    const { url, keyFile, token, managementToken, headers = {}, tls = null } = options
    const http = this.#url('url', url)
    const { managementUrl = withPort(http, MANAGEMENT_PORT), grpcUrl = withPort(http, GRPC_PORT) } = options
    const { metricsUrl = `${withPort(http, METRICS_PORT)}/metrics` } = options
    for (const [name, value] of Object.entries({ token, managementToken })) {
      if (value !== undefined && !isSecret(value))
        this.#report(name, "must be a reference, for example env('TOKEN').")
    }
    if (keyFile !== undefined && (token ?? managementToken) !== undefined)
      this.#report('keyFile', 'and tokens exclude each other.')
    const access = (secret: Secret | undefined): TokenSource | null =>
      keyFile !== undefined ? { keyFile } : secret === undefined ? null : { secret }
    return {
      mode: 'attach',
      http,
      grpc: this.#url('grpcUrl', grpcUrl),
      management: managementUrl === null ? null : this.#url('managementUrl', managementUrl),
      metrics:
        metricsUrl === null
          ? null
          : (this.#parse('metricsUrl', metricsUrl, (text) => parseHttpUrl(text).href) ?? null),
      inferenceAccess: access(token),
      managementAccess: access(managementToken),
      headers,
      tls,
    }
  }

  #url(path: string, text: string): string {
    return this.#parse(path, text, (url) => parseHttpUrl(url).origin) ?? ''
  }

  #parse<T, V>(path: string, text: T, read: (text: T) => V): V | undefined {
    try {
      return read(text)
    } catch (error) {
      this.#report(path, (error as Error).message)
      return undefined
    }
  }

  #known(options: object, known: readonly string[], prefix: string): void {
    for (const name of Object.keys(options)) {
      if (known.includes(name)) continue
      this.problems.push({ path: prefix + name, message: 'is no option.', suggestion: suggest(name, known) })
    }
  }

  #report(path: string, message: string): void {
    this.problems.push({ path, message })
  }
}

/** Addresses, files and security: a server that listens elsewhere would not be found, or be found by others. */
const OWN_PROPERTIES =
  /^(?:(?:grpc_)?(?:inference|management)_(?:address|port)|metrics_address|metrics_mode|model_store|workflow_store|load_models|models|disable_token_authorization|enable_model_api)$/

function withPort(url: string, port: string): string {
  if (!URL.canParse(url)) return url
  const { protocol, hostname } = new URL(url)
  return `${protocol}//${hostname}:${port}`
}

function baseName(path: string, ending: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name
}
