import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject } from 'servebench/plugin'
import type { ClusterAccess } from './kubeconfig.ts'
import type { Credentials } from './login.ts'

/** What the API server says that it does not do. */
export class ApiError extends ServebenchError {
  readonly status: number

  constructor(status: number, message: string, advice: string | undefined) {
    super('SERVEBENCH_KUBERNETES', message, {
      exitCode: ExitCode.target,
      ...(advice === undefined ? {} : { advice }),
    })
    this.status = status
  }
}

const LARGEST = 16 * 1024 * 1024
const PATIENCE = 30_000
const ADVICE: Readonly<Record<number, string>> = {
  401: 'Log in anew, for example with `kubectl get pods` in that context.',
  403: 'The user of the context needs: get, update and patch of deployments and configmaps, list of pods and events, get of pods/log.',
}

export interface ApiClientOptions {
  readonly signal?: AbortSignal | undefined
  /** Logs in anew: tokens of clouds last for less than a long study. */
  readonly renew?: (() => Promise<Credentials>) | undefined
}

/** Single calls of the API server, each on a connection of its own. */
export class ApiClient {
  #access: ClusterAccess
  readonly #signal: AbortSignal | undefined
  readonly #renew: (() => Promise<Credentials>) | undefined

  constructor(access: ClusterAccess, { signal, renew }: ApiClientOptions = {}) {
    this.#access = access
    this.#signal = signal
    this.#renew = renew
  }

  /** One whose calls an interrupted run goes on with: to put back what it has changed. */
  uninterrupted(): ApiClient {
    return new ApiClient(this.#access, { renew: this.#renew })
  }

  get url(): string {
    return this.#access.url
  }

  /** @throws {ApiError} for any status but success */
  async json(
    method: string,
    path: string,
    body?: JsonObject,
    type = 'application/json',
  ): Promise<JsonObject> {
    return JSON.parse(await this.text(method, path, body, type)) as JsonObject
  }

  /** `null` for what is not there. @throws {ApiError} */
  async find(path: string): Promise<JsonObject | null> {
    return this.json('GET', path).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    })
  }

  /** @throws {ApiError} */
  async text(method: string, path: string, body?: JsonObject, type = 'application/json'): Promise<string> {
    let answer = await this.#send(method, path, body, type)
    if (answer.status === 401 && this.#renew !== undefined) {
      const { cert, key, token } = await this.#renew()
      // The cluster stays the one that was named, whatever has become of the file.
      this.#access = { ...this.#access, cert, key, token }
      answer = await this.#send(method, path, body, type)
    }
    const { status, content } = answer
    if (status >= 200 && status < 300) return content
    throw new ApiError(
      status,
      `${method} ${this.#access.url}${path}: ${status}, ${reasonOf(content)}`,
      ADVICE[status],
    )
  }

  async #send(
    method: string,
    path: string,
    body: JsonObject | undefined,
    type: string,
  ): Promise<{ readonly status: number; readonly content: string }> {
    const { url, ca, cert, key, token, insecure, serverName } = this.#access
    const clock = AbortSignal.timeout(PATIENCE)
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; content: string }>()
    const request = url.startsWith('https:') ? requestHttps : requestHttp
    const outgoing = request(
      url + path,
      {
        method,
        agent: false,
        signal: this.#signal === undefined ? clock : AbortSignal.any([this.#signal, clock]),
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': type }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(ca === null ? {} : { ca }),
        ...(cert === null || key === null ? {} : { cert, key }),
        ...(serverName === null ? {} : { servername: serverName }),
        rejectUnauthorized: !insecure,
      },
      (incoming) => {
        const parts: Buffer[] = []
        let length = 0
        incoming.on('data', (part: Buffer) => {
          length += part.length
          if (length > LARGEST) outgoing.destroy(new Error('the answer is too large'))
          else parts.push(part)
        })
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, content: Buffer.concat(parts).toString() }),
        )
        incoming.once('error', reject)
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    return promise.catch((cause: unknown) => {
      this.#signal?.throwIfAborted()
      const what = clock.aborted ? `not within ${PATIENCE / 1000} s` : (cause as Error).message
      throw new ServebenchError(
        'SERVEBENCH_KUBERNETES_CONNECTION',
        `${method} ${url}${path} has no answer: ${what}.`,
        {
          advice: 'Look whether `kubectl` reaches the cluster in that context.',
          exitCode: ExitCode.target,
          cause,
        },
      )
    })
  }
}

/** Of a `Status` object, or whatever else a proxy in between says. */
function reasonOf(content: string): string {
  try {
    const { message } = JSON.parse(content) as { readonly message?: unknown }
    if (typeof message === 'string') return message
  } catch {
    // No JSON.
  }
  return content.slice(0, 200).trim()
}
