import { errorText, fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonValue } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import type { HttpHeaders, RestAnswer, TlsOptions } from 'servebench/session'
import { authorize } from '../token/token-source.ts'
import type { TokenSource } from '../token/token-source.ts'
import { TorchServeCallError } from './call-error.ts'
import { readModel } from './model-description.ts'
import type { ModelDescription } from './model-description.ts'

export interface ManagementOptions {
  /** Of the management address, without a path. */
  readonly url: string
  readonly token?: TokenSource | null
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  readonly signal?: AbortSignal
}

/** How a model is registered; what is `undefined` is the archive's own setting, or else the server's. */
export interface Registration {
  /** Of the archive: a file in the model store, or a URL that the server may load from. */
  readonly archive: string
  readonly name: string
  /** Always sent: what TorchServe does without differs from what its documentation says. */
  readonly workers: number
  readonly batchSize?: number | undefined
  /** Milliseconds. */
  readonly maxBatchDelay?: number | undefined
  /** Seconds. */
  readonly responseTimeout?: number | undefined
  readonly startupTimeout?: number | undefined
}

interface Workers {
  readonly min: number
  readonly max: number
}

const NOT_FOUND = 404
const PAGE = 100
/** Registering answers when the workers are ready, and large models take their time. */
const WORKER_TIMEOUT = 10 * 60_000

/** TorchServe's management API. */
export class ManagementClient {
  readonly url: string
  /** Calls that the server has counted among its answers with 2xx. */
  answered = 0
  readonly #options: ManagementOptions

  constructor(options: ManagementOptions) {
    this.url = options.url
    this.#options = options
  }

  /** Names of all registered models. */
  async list(): Promise<readonly string[]> {
    const names: string[] = []
    for (let token = ''; ;) {
      const page = fieldsOf(await this.#json('GET', '/models', { limit: PAGE, next_page_token: token }))
      names.push(...listOf(page['models']).map((model) => textOf(fieldsOf(model)['modelName'])))
      token = textOf(page['nextPageToken'])
      if (token === '' || listOf(page['models']).length === 0) return names
    }
  }

  /** All versions of a model; of one version with `version`; the default one with `''`. Empty when there is none. */
  async describe(name: string, version: string | null = null): Promise<readonly ModelDescription[]> {
    const path = modelPath(name, version ?? 'all')
    try {
      return listOf(await this.#json('GET', path)).map(readModel)
    } catch (error) {
      if (error instanceof TorchServeCallError && error.status === NOT_FOUND) return []
      throw error
    }
  }

  /** Resolves when the workers are ready. */
  async register(registration: Registration): Promise<void> {
    const { archive, name, workers, batchSize, maxBatchDelay, responseTimeout, startupTimeout } = registration
    await this.#ask(
      'POST',
      '/models',
      {
        url: archive,
        model_name: name,
        batch_size: batchSize,
        max_batch_delay: maxBatchDelay,
        response_timeout: responseTimeout,
        startup_timeout: startupTimeout,
        initial_workers: workers,
        synchronous: 'true',
      },
      WORKER_TIMEOUT,
    )
  }

  async scale(name: string, version: string, { min, max }: Workers): Promise<void> {
    const query = { min_worker: min, max_worker: max, synchronous: 'true' }
    await this.#ask('PUT', modelPath(name, version), query, WORKER_TIMEOUT)
  }

  async setDefault(name: string, version: string): Promise<void> {
    await this.#ask('PUT', `${modelPath(name, version)}/set-default`, {})
  }

  async unregister(name: string, version: string): Promise<void> {
    await this.#ask('DELETE', modelPath(name, version), {}, WORKER_TIMEOUT)
  }

  async #json(method: string, path: string, query: Query = {}): Promise<JsonValue> {
    const { body } = await this.#ask(method, path, query)
    try {
      return JSON.parse(body.toString()) as JsonValue
    } catch {
      throw new TorchServeCallError(`${method} ${this.url}${path}`, 200, '', 'the answer is not JSON')
    }
  }

  async #ask(method: string, path: string, query: Query, timeout?: number): Promise<RestAnswer> {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') search.set(name, String(value))
    }
    const text = search.size === 0 ? '' : `?${search.toString()}`
    const answer = await this.#call(method, this.url + path + text, timeout)
    if (answer.status >= 200 && answer.status < 300) {
      this.answered += 1
      return answer
    }
    throw callError(`${method} ${this.url}${path}`, answer)
  }

  /** The token is read for each call: it may have been renewed. */
  async #call(method: string, url: string, timeout?: number): Promise<RestAnswer> {
    const { token = null, headers = {}, tls, signal } = this.#options
    const authorization = token === null ? {} : { authorization: authorize(token, 'management') }
    const caller = new RestCaller({
      headers: { ...headers, ...authorization },
      ...(tls === undefined ? {} : { tls }),
      ...(signal === undefined ? {} : { signal }),
    })
    return caller.call(method, url, undefined, timeout)
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

export function callError(call: string, { status, body }: RestAnswer): TorchServeCallError {
  return new TorchServeCallError(
    call,
    status,
    typeOf(body),
    errorText(body).replace(/\s+/g, ' ').slice(0, 500),
  )
}

function typeOf(body: Uint8Array): string {
  try {
    return textOf(fieldsOf(JSON.parse(Buffer.from(body).toString()) as JsonValue)['type'])
  } catch {
    return ''
  }
}

function modelPath(name: string, version: string): string {
  return `/models/${encodeURIComponent(name)}${version === '' ? '' : `/${encodeURIComponent(version)}`}`
}
