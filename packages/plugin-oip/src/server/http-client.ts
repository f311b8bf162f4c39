import type { JsonObject, JsonValue } from 'servebench/plugin'
import type { RestAnswer } from 'servebench/session'
import { RestCaller } from 'servebench/session'
import { parseJson } from '../json/parse-json.ts'
import type { ParsedJson } from '../json/parse-json.ts'
import { errorText } from './error-text.ts'
import { listOf } from './json-fields.ts'
import { OipCallError } from './oip-client.ts'
import type { OipClient, OipClientOptions, SharedMemoryRegion } from './oip-client.ts'
import { modelPath } from './paths.ts'

const OK = 200
/** Loading answers when the model is loaded. */
export const LOAD_TIMEOUT: number = 10 * 60_000

/** The protocol's calls over HTTP. */
export class HttpClient implements OipClient {
  readonly url: string
  readonly #caller: RestCaller

  /** @param url without a slash at its end */
  constructor(url: string, options: OipClientOptions = {}) {
    this.url = url
    this.#caller = new RestCaller(options)
  }

  live(): Promise<boolean> {
    return this.#isOk('/v2/health/live')
  }

  ready(): Promise<boolean> {
    return this.#isOk('/v2/health/ready')
  }

  modelReady(model: string, version: string): Promise<boolean> {
    return this.#isOk(`${modelPath(model, version)}/ready`)
  }

  serverMetadata(): Promise<JsonObject> {
    return this.#object('GET', '/v2')
  }

  modelMetadata(model: string, version: string): Promise<JsonObject> {
    return this.#object('GET', modelPath(model, version))
  }

  modelConfig(model: string, version: string): Promise<JsonObject> {
    return this.#object('GET', `${modelPath(model, version)}/config`)
  }

  async statistics(): Promise<readonly JsonValue[]> {
    return listOf((await this.#object('GET', '/v2/models/stats'))['model_stats'])
  }

  async repositoryIndex(): Promise<readonly JsonValue[]> {
    const index = await this.#json('POST', '/v2/repository/index', '{}')
    if (Array.isArray(index)) return index as readonly JsonValue[]
    throw this.#unreadable('POST', '/v2/repository/index', OK, 'a list of models was expected')
  }

  async loadModel(model: string, config: string | undefined): Promise<void> {
    const body = JSON.stringify(config === undefined ? {} : { parameters: { config } })
    await this.#ask('POST', `/v2/repository/models/${encodeURIComponent(model)}/load`, body, LOAD_TIMEOUT)
  }

  async unloadModel(model: string, dependents = false): Promise<void> {
    const body = JSON.stringify(dependents ? { parameters: { unload_dependents: true } } : {})
    await this.#ask('POST', `/v2/repository/models/${encodeURIComponent(model)}/unload`, body, LOAD_TIMEOUT)
  }

  traceSettings(model: string, changes?: JsonObject): Promise<JsonObject> {
    return this.#settings(`${model === '' ? '/v2' : modelPath(model, '')}/trace/setting`, changes)
  }

  logSettings(changes?: JsonObject): Promise<JsonObject> {
    return this.#settings('/v2/logging', changes)
  }

  async registerSharedMemory({ name, key, offset, byteSize }: SharedMemoryRegion): Promise<void> {
    const body = JSON.stringify({ key, offset, byte_size: byteSize })
    await this.#ask('POST', `/v2/systemsharedmemory/region/${encodeURIComponent(name)}/register`, body)
  }

  async unregisterSharedMemory(name: string): Promise<void> {
    await this.#ask('POST', `/v2/systemsharedmemory/region/${encodeURIComponent(name)}/unregister`, '{}')
  }

  #settings(path: string, changes: JsonObject | undefined): Promise<JsonObject> {
    return changes === undefined
      ? this.#object('GET', path)
      : this.#object('POST', path, JSON.stringify(changes))
  }

  async #isOk(path: string): Promise<boolean> {
    return (await this.#caller.call('GET', this.url + path)).status === OK
  }

  async #object(method: string, path: string, body?: string): Promise<JsonObject> {
    const value = await this.#json(method, path, body)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
    throw this.#unreadable(method, path, OK, 'a JSON object was expected')
  }

  async #json(method: string, path: string, body?: string): Promise<JsonValue> {
    const answer = await this.#ask(method, path, body)
    try {
      return toPlain(parseJson(answer.body))
    } catch (cause) {
      throw this.#unreadable(method, path, answer.status, 'the answer is not JSON', cause)
    }
  }

  async #ask(method: string, path: string, body?: string, timeout?: number): Promise<RestAnswer> {
    const answer = await this.#caller.call(method, this.url + path, body, timeout)
    if (answer.status === OK) return answer
    throw this.#unreadable(method, path, answer.status, errorText(answer.body).slice(0, 500))
  }

  #unreadable(method: string, path: string, status: number, reason: string, cause?: unknown): OipCallError {
    return new OipCallError(`${method} ${this.url}${path}`, `HTTP ${status}`, status, reason, cause)
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
