import type { JsonObject, JsonValue } from 'servebench/plugin'
import { FailureKind, failureName, GrpcCaller } from 'servebench/session'
import type { GrpcRefusal } from 'servebench/session'
import {
  LOG_SETTINGS,
  MODEL_CONFIG_RESPONSE,
  MODEL_METADATA,
  READY,
  REPOSITORY_INDEX,
  SERVER_LIVE,
  SERVER_METADATA,
  STATISTICS,
  TRACE_SETTINGS,
} from '../wire/control-messages.ts'
import { readMessage } from '../wire/message-table.ts'
import { WireWriter } from '../wire/wire-writer.ts'
import { LOAD_TIMEOUT } from './http-client.ts'
import { fieldsOf, listOf } from './json-fields.ts'
import { OipCallError } from './oip-client.ts'
import type { OipClient, OipClientOptions, SharedMemoryRegion } from './oip-client.ts'
import { INFERENCE_SERVICE } from './paths.ts'

/** The protocol's calls over gRPC. */
export class GrpcClient implements OipClient {
  readonly url: string
  readonly #caller: GrpcCaller

  constructor(url: string, options: OipClientOptions = {}) {
    this.url = url
    const otherPort = "to a server's HTTP port speak protocol: 'http'."
    this.#caller = new GrpcCaller(url, options, { refuse, otherPort })
  }

  async live(): Promise<boolean> {
    return readMessage(SERVER_LIVE, await this.#call('ServerLive'))['live'] === true
  }

  async ready(): Promise<boolean> {
    return readMessage(READY, await this.#call('ServerReady'))['ready'] === true
  }

  async modelReady(model: string, version: string): Promise<boolean> {
    try {
      const answer = await this.#call('ModelReady', nameAndVersion(model, version))
      return readMessage(READY, answer)['ready'] === true
    } catch (error) {
      // MLServer fails for a model that it does not have, as all servers do over HTTP.
      if (error instanceof OipCallError) return false
      throw error
    }
  }

  async serverMetadata(): Promise<JsonObject> {
    return readMessage(SERVER_METADATA, await this.#call('ServerMetadata'))
  }

  async modelMetadata(model: string, version: string): Promise<JsonObject> {
    return readMessage(MODEL_METADATA, await this.#call('ModelMetadata', nameAndVersion(model, version)))
  }

  async modelConfig(model: string, version: string): Promise<JsonObject> {
    const answer = readMessage(
      MODEL_CONFIG_RESPONSE,
      await this.#call('ModelConfig', nameAndVersion(model, version)),
    )
    return fieldsOf(answer['config'])
  }

  async statistics(): Promise<readonly JsonValue[]> {
    return listOf(readMessage(STATISTICS, await this.#call('ModelStatistics'))['model_stats'])
  }

  async repositoryIndex(): Promise<readonly JsonValue[]> {
    return listOf(readMessage(REPOSITORY_INDEX, await this.#call('RepositoryIndex'))['models'])
  }

  async loadModel(model: string, config: string | undefined): Promise<void> {
    const request = new WireWriter().string(2, model)
    if (config !== undefined) {
      request.message(3, (entry) =>
        entry.string(1, 'config').message(2, (parameter) => parameter.string(3, config)),
      )
    }
    await this.#call('RepositoryModelLoad', request, LOAD_TIMEOUT)
  }

  async unloadModel(model: string, dependents = false): Promise<void> {
    const request = new WireWriter().string(2, model)
    if (dependents) {
      request.message(3, (entry) =>
        entry.string(1, 'unload_dependents').message(2, (parameter) => parameter.bool(1, true)),
      )
    }
    await this.#call('RepositoryModelUnload', request, LOAD_TIMEOUT)
  }

  async traceSettings(model: string, changes: JsonObject = {}): Promise<JsonObject> {
    const request = new WireWriter()
    for (const [name, value] of Object.entries(changes)) {
      // No value at all gives the setting up.
      const texts = value === null ? [] : Array.isArray(value) ? value : [value]
      request.message(1, (entry) =>
        entry.string(1, name).message(2, (setting) => {
          for (const text of texts) setting.string(1, String(text))
        }),
      )
    }
    if (model !== '') request.string(2, model)
    const answer = readMessage(TRACE_SETTINGS, await this.#call('TraceSetting', request))
    return Object.fromEntries(
      Object.entries(fieldsOf(answer['settings'])).map(([name, setting]) => {
        const values = listOf(fieldsOf(setting)['value'])
        // As over HTTP, where only the level is a list.
        return [name, name === 'trace_level' ? values : (values[0] ?? '')]
      }),
    )
  }

  async logSettings(changes: JsonObject = {}): Promise<JsonObject> {
    const request = new WireWriter()
    for (const [name, value] of Object.entries(changes)) {
      request.message(1, (entry) =>
        entry.string(1, name).message(2, (setting) => {
          if (typeof value === 'boolean') setting.bool(1, value)
          else if (typeof value === 'number') setting.integer(2, value)
          else setting.string(3, typeof value === 'string' ? value : JSON.stringify(value))
        }),
      )
    }
    const answer = readMessage(LOG_SETTINGS, await this.#call('LogSettings', request))
    return Object.fromEntries(
      Object.entries(fieldsOf(answer['settings'])).map(([name, setting]) => [
        name,
        Object.values(fieldsOf(setting))[0] ?? '',
      ]),
    )
  }

  async registerSharedMemory({ name, key, offset, byteSize }: SharedMemoryRegion): Promise<void> {
    const request = new WireWriter().string(1, name).string(2, key).integer(3, offset).integer(4, byteSize)
    await this.#call('SystemSharedMemoryRegister', request)
  }

  async unregisterSharedMemory(name: string): Promise<void> {
    await this.#call('SystemSharedMemoryUnregister', new WireWriter().string(1, name))
  }

  #call(method: string, request: WireWriter = new WireWriter(), timeout?: number): Promise<Uint8Array> {
    return this.#caller.call(`${INFERENCE_SERVICE}/${method}`, request.finish(), timeout)
  }
}

function nameAndVersion(name: string, version: string): WireWriter {
  const request = new WireWriter().string(1, name)
  return version === '' ? request : request.string(2, version)
}

function refuse({ call, status, details, cause }: GrpcRefusal): OipCallError {
  return new OipCallError(call, failureName(FailureKind.grpcStatus, status), status, details, cause)
}
