import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import { readMessage, WireWriter } from '@servebench/plugin-oip/protocol'
import { FailureKind, failureName, GrpcCaller } from 'servebench/session'
import type { GrpcRefusal } from 'servebench/session'
import { METADATA_RESPONSE, RELOAD_RESPONSE, STATUS_RESPONSE } from '../grpc/control-messages.ts'
import { writeModelSpec } from '../grpc/model-spec.ts'
import type { ModelChoice } from '../grpc/model-spec.ts'
import { readProfileAnswer, writeProfileRequest } from '../grpc/profile-messages.ts'
import type { ProfileAnswer, ProfileRequest } from '../grpc/profile-messages.ts'
import { writeReloadRequest } from '../grpc/reload-message.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { readSignatures } from '../model/signature.ts'
import { MODEL_SERVICE, PREDICTION_SERVICE, PROFILER_SERVICE } from './paths.ts'
import { ServingCallError } from './serving-client.ts'
import type {
  ModelDescription,
  ServingClient,
  ServingClientOptions,
  VersionStatus,
} from './serving-client.ts'

const MODEL_SPEC = 1
const METADATA_FIELD = 2
const SIGNATURE_DEF = 'signature_def'
const TERMINATED = 1
/** Milliseconds: for what has been profiled to be written. */
const PROFILE_SLACK = 60_000
/** A reload answers when the models are loaded. */
const RELOAD_TIMEOUT = 10 * 60_000

/** The gRPC API of the control plane. */
export class GrpcClient implements ServingClient {
  readonly url: string
  readonly #caller: GrpcCaller

  constructor(url: string, options: ServingClientOptions = {}) {
    this.url = url
    const otherPort = "to the port of the REST API speak protocol: 'http'."
    this.#caller = new GrpcCaller(url, options, { refuse, otherPort })
  }

  async modelStatus(choice: ModelChoice): Promise<readonly VersionStatus[]> {
    const request = new WireWriter().message(MODEL_SPEC, (spec) => writeModelSpec(spec, choice))
    const answer = readMessage(STATUS_RESPONSE, await this.#call(`${MODEL_SERVICE}/GetModelStatus`, request))
    return listOf(answer['model_version_status']).map((entry) => {
      const { version, state, status } = fieldsOf(entry)
      return {
        version: String(Number(version ?? 0)),
        state: textOf(state) || 'UNKNOWN',
        error: textOf(fieldsOf(status)['error_message']),
      }
    })
  }

  async describe(choice: ModelChoice): Promise<ModelDescription> {
    const request = new WireWriter()
      .message(MODEL_SPEC, (spec) => writeModelSpec(spec, choice))
      .string(METADATA_FIELD, SIGNATURE_DEF)
    const answer = readMessage(
      METADATA_RESPONSE,
      await this.#call(`${PREDICTION_SERVICE}/GetModelMetadata`, request),
    )
    const { version } = fieldsOf(answer['model_spec'])
    const { value } = fieldsOf(fieldsOf(answer['metadata'])[SIGNATURE_DEF])
    return {
      version: version === undefined ? '' : String(Number(fieldsOf(version)['value'] ?? 0)),
      signatures: readSignatures(value),
    }
  }

  /** Replaces the whole list of models. @throws {ServebenchError} when the server refuses it; it goes on as before */
  async reload(models: readonly ModelConfig[]): Promise<void> {
    const path = `${MODEL_SERVICE}/HandleReloadConfigRequest`
    const answer = await this.#call(path, writeReloadRequest(models), RELOAD_TIMEOUT)
    const { error_code: code, error_message: text } = fieldsOf(readMessage(RELOAD_RESPONSE, answer)['status'])
    if (code !== undefined && code !== 0)
      throw new ServingCallError(
        `${path} at ${this.url}`,
        `status ${Number(code)}`,
        Number(code),
        textOf(text),
      )
  }

  /**
   * Profiles the server until {@link stopProfile} is called for the session, or the duration is over.
   * @returns files that the answer has; servers of today write theirs to `repository` on their own machine instead
   */
  async profile(request: ProfileRequest): Promise<ProfileAnswer> {
    const timeout = request.duration / 1e6 + PROFILE_SLACK
    const answer = await this.#call(`${PROFILER_SERVICE}/Profile`, writeProfileRequest(request), timeout)
    return readProfileAnswer(answer)
  }

  /** Also of a session that there is not: then it does nothing. */
  async stopProfile(session: string): Promise<void> {
    await this.#call(`${PROFILER_SERVICE}/Terminate`, new WireWriter().string(TERMINATED, session))
  }

  #call(path: string, request: WireWriter, timeout?: number): Promise<Uint8Array> {
    return this.#caller.call(path, request.finish(), timeout)
  }
}

function refuse({ call, status, details, cause }: GrpcRefusal): ServingCallError {
  return new ServingCallError(call, failureName(FailureKind.grpcStatus, status), status, details, cause)
}
