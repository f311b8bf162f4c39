import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import type { RestCallerOptions } from 'servebench/session'

/** Headers are gRPC metadata over gRPC. */
export type OipClientOptions = RestCallerOptions

/**
 * The protocol's calls on the control plane, over HTTP or gRPC. Answers have the protocol's JSON form. A version `''` is
 * the one that the server chooses.
 * Every call throws an {@link OipCallError} when the server refuses it, or another {@link ServebenchError} when there is
 * no such server.
 */
export interface OipClient {
  readonly url: string
  live(): Promise<boolean>
  ready(): Promise<boolean>
  modelReady(model: string, version: string): Promise<boolean>
  serverMetadata(): Promise<JsonObject>
  modelMetadata(model: string, version: string): Promise<JsonObject>
  modelConfig(model: string, version: string): Promise<JsonObject>
  /** Entries of all models and versions. */
  statistics(): Promise<readonly JsonValue[]>
  repositoryIndex(): Promise<readonly JsonValue[]>
  /** @param config instead of the model's own, as JSON */
  loadModel(model: string, config: string | undefined): Promise<void>
  /** @param dependents whether models that its ensembles consist of are unloaded, too */
  unloadModel(model: string, dependents?: boolean): Promise<void>
  /**
   * Reads the settings of the trace extension, and changes them when some are given; `null` gives a value up: that of a
   * model for the server's, the server's for that of its start.
   * @param model `''` for the server's own
   */
  traceSettings(model: string, changes?: JsonObject): Promise<JsonObject>
  /** Reads the settings of the logging extension, and changes them when some are given. */
  logSettings(changes?: JsonObject): Promise<JsonObject>
  /** Makes a region of the machine's shared memory known to the server. */
  registerSharedMemory(region: SharedMemoryRegion): Promise<void>
  /** One that is not known is no error. */
  unregisterSharedMemory(name: string): Promise<void>
}

/** Of the shared memory extension. */
export interface SharedMemoryRegion {
  readonly name: string
  /** The name of the POSIX object, with its slash. */
  readonly key: string
  readonly offset: number
  readonly byteSize: number
}

/** HTTP 401 and 403, gRPC UNAUTHENTICATED and PERMISSION_DENIED. */
const REFUSED: ReadonlySet<number> = new Set([401, 403, 16, 7])

/** A call that the server refused. */
export class OipCallError extends ServebenchError {
  override readonly name = 'OipCallError'
  /** Of HTTP or gRPC. */
  readonly status: number
  /** The server's own words. */
  readonly reason: string

  constructor(call: string, status: string, code: number, reason: string, cause?: unknown) {
    super('SERVEBENCH_OIP_CALL', `${call} failed with ${status}${reason === '' ? '.' : `: ${reason}`}`, {
      exitCode: ExitCode.target,
      cause,
      ...(REFUSED.has(code)
        ? { advice: 'Send what the server asks for with headers: { authorization: … }.' }
        : {}),
    })
    this.status = code
    this.reason = reason
  }
}
