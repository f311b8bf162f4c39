import type { ArtifactSpec, ContainerOptions, Duration, JsonObject, Secret } from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'

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
  /** A container in the place of a program here, for example `{ image: 'pytorch/torchserve:0.12.0-cpu' }`. */
  readonly container?: ContainerOptions
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
  /** The folder of the server's logs on this machine, relative to the root: profiles are made of `ts_log.log`. */
  readonly logs?: string
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
