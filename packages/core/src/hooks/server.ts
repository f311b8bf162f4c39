import type { ServerPlan, TargetPlan } from '../plan/trial-plan.ts'
import type { AnalysisTable, ContainerFacts } from '../report/result.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'
import type { ArtifactSpec, BuiltArtifact } from './artifact.ts'
import type { Log } from './plugin.ts'
import type { Tunable } from './tuning.ts'

/** What a `launch` provider gets. Everything started through it is ended on every exit path, also after `kill -9`. */
export interface LaunchContext {
  /** Builds an artifact, or finds it in the cache. */
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
  /**
   * A free loopback port; no two calls of a run return the same one. In a container that has a network of its own, the
   * server listens on the same one, which is published.
   * @param own the port that the server listens on and cannot do otherwise: returned as it is where nothing is published
   */
  port(own?: number): Promise<number>
  /**
   * Where the server has to listen: loopback, or all addresses in a container that has a network of its own, whose ports
   * are published on loopback only.
   */
  readonly host: string
  /**
   * What the server is started in; `null` on this machine itself. In a container, programs are those of the image, while
   * `directory`, the model files, and what commands read are where they are here.
   */
  readonly container: { readonly image: string } | null
  /**
   * Starts a process in a group of its own, or in the container.
   * @throws {ServebenchError} `SERVEBENCH_SERVER_COMMAND`, `SERVEBENCH_CONTAINER_START`, `SERVEBENCH_PORT_IN_USE`
   */
  spawn(command: ServerCommand): Promise<ServerProcess>
  /**
   * Calls `probe` every 50 ms until it resolves to true.
   * @throws {ServebenchError} `SERVEBENCH_SERVER_EXITED` or `SERVEBENCH_SERVER_TIMEOUT`, with the tail of the log.
   */
  waitUntilReady(
    process: ServerProcess,
    probe: (signal: AbortSignal) => Promise<boolean>,
    options?: { readonly timeout?: Nanos },
  ): Promise<Nanos>
  /**
   * Tells which files the server will read for its models (folders stand for all that is in them): to be called when they
   * are in place, before the process is started. A container sees them. Their size and whether they are in memory become part of a cold start.
   */
  modelFiles(paths: readonly string[]): Promise<void>
  /** A scratch folder of this server, removed when the run ends. */
  readonly directory: string
  readonly root: string
  readonly signal: AbortSignal
  readonly log: Log
}

export interface ServerCommand {
  /** `null`: what the image of a container starts by itself, with these arguments. */
  readonly command: string | null
  readonly args: readonly string[]
  /** Added to the environment of the tool, or of the container's image. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Of a container; without meaning elsewhere. */
  readonly inside?: {
    /** Files and folders that it reads, beside `LaunchContext.directory` and the model files. */
    readonly reads?: readonly string[]
    /** It writes to `LaunchContext.directory`, as the user of this tool; otherwise that can only be read. */
    readonly writes?: boolean
    /** The image's entrypoint is started, with the command as its arguments; otherwise the command takes its place. */
    readonly throughEntrypoint?: boolean
  }
}

export interface ServerProcess {
  readonly pid: number
  /** The last lines of both outputs. */
  logTail(): string
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  /** SIGTERM, then SIGKILL to the group after `grace` (5 s by default). */
  stop(grace?: Nanos): Promise<void>
}

/** A server that is up: launched by servebench, or attached by URL. */
export interface RunningServer {
  readonly kind: string
  /** By protocol: `{ http: 'http://127.0.0.1:8000', grpc: 'http://127.0.0.1:8001', metrics: '…' }`. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly process: ServerProcess | null
  readonly version: string | null
  /** Whether the server shares this machine (the automatic number of workers depends on it). */
  readonly local: boolean
  readonly control: ServerControl | null
  /**
   * Nanoseconds by step: `process` (launch to live), `ready` (launch to ready), `modelLoad` (live to ready);
   * `modelLoad.NAME`, where it is known by model; `system`, where the server is live before it has begun to load one.
   */
  readonly startup: Readonly<Record<string, number>>
  /** Where `modelLoad.NAME` come from: the server tells them (the default), or calls that load a model were timed. */
  readonly loadsBy?: 'server' | 'calls'
  /**
   * The same server without any model, where `startup.system` cannot be told otherwise: a cold start launches it once
   * more, to time what a start takes before any model is loaded.
   */
  readonly bare?: ServerPlan
  /** Set by the core, for a server in a container. */
  readonly container?: ContainerFacts
  /** Set by the core, for a server of several processes: each of them. */
  readonly replicas?: readonly RunningServer[]
  stop(): Promise<void>
}

export interface ControlContext {
  readonly server: RunningServer | null
  readonly signal: AbortSignal
  readonly log: Log
}

/** Control of a server, in the main thread. Optional members are capabilities: absent means "cannot". */
export interface ServerControl {
  /** A server that cannot be reached is neither live nor ready. */
  health(): Promise<{ readonly live: boolean; readonly ready: boolean }>
  metadata(): Promise<ServerMetadata>
  loadModel?(name: string, config?: JsonObject): Promise<void>
  unloadModel?(name: string): Promise<void>
  /** Brings the server into `state`, reads it back and returns what is in effect. */
  configure?(state: ServerPlan['state'], options: ConfigureOptions): Promise<JsonValue>
  /**
   * How the model that a target asks for joins requests into batches, once the server is in its state; `null` for one whose
   * batches wait for nothing. The core warns of closed loops that cannot fill them.
   */
  batching?(target: TargetPlan): Promise<ModelBatching | null>
  /** Puts back what `configure` changed. */
  restore?(): Promise<void>
  /**
   * Takes back changes that {@link ConfigureOptions.changing} has announced, newest first, whether or not they were
   * made; also in another run than the one that made them. Returns what could not be taken back, in sentences.
   * @param steps oldest first, as they were announced; see `undoSteps`
   */
  undo?(steps: readonly JsonValue[]): Promise<readonly string[]>
  /** Cumulative counters; the core takes them at the edges of a measurement and reports the difference. */
  statistics?(): Promise<ServerStatistics>
  /** The text of a Prometheus endpoint. */
  metrics?(): Promise<string>
  trace?(settings: JsonObject | null): Promise<JsonValue>
  /**
   * Switches the server's profiler on, for a trial that is not measured; called before its load.
   * @throws {ServebenchError} with why that cannot be: then the trial is left out
   */
  profile?(options: ServerProfileOptions): Promise<ServerProfiler>
  /** What a study may vary, as the server is now; see `ServerTuning` for how. */
  tunables?(): Promise<readonly Tunable[]>
}

export interface ConfigureOptions {
  artifact(spec: ArtifactSpec): Promise<BuiltArtifact>
  /**
   * Called before each change with how it is taken back, as plain data: for a journal that outlives this process. The
   * change is made when this is done.
   */
  changing?(undo: JsonValue): void | Promise<void>
  /** Called for each setting that is read back otherwise than it was asked for, also when nothing had to be changed. */
  differs?(difference: SettingDifference): void
}

export interface ServerProfileOptions {
  /** Where files of the profile go: an empty folder of the result. */
  readonly directory: string
  /** Of the trial's streams. */
  readonly targets: readonly TargetPlan[]
  /** As {@link ConfigureOptions.changing}. */
  changing?(undo: JsonValue): void | Promise<void>
  /** Of the whole trial, about; `null` where the load decides. */
  readonly duration: Nanos | null
}

export interface ServerProfiler {
  /** Switches the profiler off, so that the server is as it was before, and tells what it has seen. */
  stop(): Promise<ServerProfile>
}

export interface ServerProfile {
  /** Of the profiler: `ONNX Runtime`. */
  readonly name: string
  readonly tables: readonly AnalysisTable[]
  /** Names of files in the folder that was given. */
  readonly files: readonly string[]
  readonly notes?: readonly string[]
}

/** A setting that a server has not taken as it was meant. */
export interface SettingDifference {
  /** `null` for one of the server as a whole. */
  readonly model: string | null
  /** For example `dynamic_batching.max_queue_delay_microseconds`. */
  readonly setting: string
  readonly wanted: JsonValue
  readonly found: JsonValue
  /** A sentence with why that is so, where it is known. */
  readonly reason?: string
}

/** A model that waits for requests to fill its batches. */
export interface ModelBatching {
  readonly model: string
  /** The smallest batch that does not wait, in rows. */
  readonly size: number
  /** Batches that are executed at a time. */
  readonly instances: number
  /** How long the first request of a batch waits for others. */
  readonly delay: Nanos
}

export interface ServerMetadata {
  readonly name: string
  readonly version: string | null
  readonly extensions: readonly string[]
  readonly models: readonly {
    readonly name: string
    readonly version: string | null
    readonly state: string
  }[]
}

/** Totals since the server (or the model) was started. Nanoseconds are summed over requests. */
export interface ServerStatistics {
  readonly models: Readonly<Record<string, ModelStatistics>>
  /** Totals of the server as a whole by name, such as `answers.5xx`. */
  readonly totals?: Readonly<Record<string, number>>
}
export interface ModelStatistics {
  /** Requests that succeeded and failed. */
  readonly success: Counter
  readonly fail: Counter
  readonly queue: Counter
  readonly computeInput: Counter
  readonly computeInfer: Counter
  readonly computeOutput: Counter
  readonly cacheHit?: Counter
  readonly cacheMiss?: Counter
  /** Inferences (the sum of batch sizes) and executions of the model. */
  readonly inferences: number
  readonly executions: number
  /** Rows that filled batches up to a size that the server executes; absent where it does not say. */
  readonly padding?: number
  /** Executions by their batch size; nanoseconds per execution. */
  readonly batches: readonly { readonly size: number; readonly computeInfer: Counter }[]
}
export interface Counter {
  readonly count: number
  readonly ns: number
}
