import { errorText, fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import { parseJson } from '@servebench/plugin-oip/protocol'
import type { ParsedJson } from '@servebench/plugin-oip/protocol'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import type { ModelChoice } from '../grpc/model-spec.ts'
import { readSignatures } from '../model/signature.ts'
import { modelPath } from './paths.ts'
import { ServingCallError } from './serving-client.ts'
import type {
  ModelDescription,
  ServingClient,
  ServingClientOptions,
  VersionStatus,
} from './serving-client.ts'

const OK = 200

/** The REST API of the control plane. */
export class HttpClient implements ServingClient {
  readonly url: string
  readonly #caller: RestCaller

  /** @param url without a slash at its end */
  constructor(url: string, options: ServingClientOptions = {}) {
    this.url = url
    this.#caller = new RestCaller(options)
  }

  async modelStatus(choice: ModelChoice): Promise<readonly VersionStatus[]> {
    const answer = await this.#get(modelPath(choice))
    return listOf(answer['model_version_status']).map((entry) => {
      const { version, state, status } = fieldsOf(entry)
      const text = textOf(fieldsOf(status)['error_message'])
      return {
        version: typeof version === 'number' ? String(version) : textOf(version),
        state: textOf(state),
        error: text,
      }
    })
  }

  async describe(choice: ModelChoice): Promise<ModelDescription> {
    const answer = await this.#get(`${modelPath(choice)}/metadata`)
    const { version } = fieldsOf(answer['model_spec'])
    return {
      // As `"1"`, or as the wrapper's own form.
      version: textOf(version) || textOf(fieldsOf(version)['value']),
      signatures: readSignatures(fieldsOf(answer['metadata'])['signature_def']),
    }
  }

  async #get(path: string): Promise<JsonObject> {
    const { status, body } = await this.#caller.call('GET', this.url + path)
    const call = `GET ${this.url}${path}`
    if (status !== OK)
      throw new ServingCallError(call, `HTTP ${status}`, status, errorText(body).slice(0, 500))
    try {
      return fieldsOf(toPlain(parseJson(body)))
    } catch (cause) {
      throw new ServingCallError(call, `HTTP ${status}`, status, 'the answer is not JSON', cause)
    }
  }
}

/** On the control plane an integer beyond 2^53 may lose digits. */
function toPlain(value: ParsedJson): JsonValue {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return (value as readonly ParsedJson[]).map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, toPlain(member as ParsedJson)]),
  )
}
