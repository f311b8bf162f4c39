import type { OipClientOptions } from '@servebench/plugin-oip/control'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { ModelChoice } from '../grpc/model-spec.ts'
import type { Signature } from '../model/signature.ts'

export type ServingClientOptions = OipClientOptions

/** A version of a model that a server has, or had. */
export interface VersionStatus {
  readonly version: string
  /** `START`, `LOADING`, `AVAILABLE`, `UNLOADING`, `END`, `UNKNOWN`. */
  readonly state: string
  /** Why it could not be loaded; `''` when there is nothing to say. */
  readonly error: string
}

export interface ModelDescription {
  readonly version: string
  readonly signatures: Readonly<Record<string, Signature>>
}

/**
 * What both APIs have for the control plane. Every call throws a {@link ServingCallError} when the server refuses it, or
 * another {@link ServebenchError} when there is no such server.
 */
export interface ServingClient {
  readonly url: string
  /** All versions, or the one that is chosen; newest first as servers have it. */
  modelStatus(choice: ModelChoice): Promise<readonly VersionStatus[]>
  describe(choice: ModelChoice): Promise<ModelDescription>
}

/** HTTP 401 and 403, gRPC UNAUTHENTICATED and PERMISSION_DENIED. */
const REFUSED: ReadonlySet<number> = new Set([401, 403, 16, 7])

/** A call that the server refused. */
export class ServingCallError extends ServebenchError {
  override readonly name = 'ServingCallError'
  /** Of HTTP or gRPC. */
  readonly status: number
  /** The server's own words. */
  readonly reason: string

  constructor(call: string, status: string, code: number, reason: string, cause?: unknown) {
    const message = `${call} failed with ${status}${reason === '' ? '.' : `: ${reason}`}`
    super('SERVEBENCH_TFSERVING_CALL', message, {
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
