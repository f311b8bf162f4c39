import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { formatBytes } from '../../units/bytes.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'
import { checkHttpEndpoint } from './check-http-endpoint.ts'
import { resolveHeaders, type HttpHeaders } from './http-headers.ts'

export interface RestCallerOptions {
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  /** Milliseconds for one call, connecting included; 10 000 by default. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RestAnswer {
  readonly status: number
  readonly body: Buffer
}

/** An answer on the control plane is never this large. */
const LARGEST = 64 * 1024 * 1024
const HTTP2_SETTINGS = 4

/** Single HTTP/1.1 requests for the control plane, each on a connection of its own. */
export class RestCaller {
  readonly #options: RestCallerOptions

  constructor(options: RestCallerOptions) {
    this.#options = options
  }

  /** @throws {ServebenchError} when there is no answer; any status is one */
  async call(
    method: string,
    url: string,
    body?: string,
    timeout: number = this.#options.timeout ?? 10_000,
  ): Promise<RestAnswer> {
    const { signal } = this.#options
    signal?.throwIfAborted()
    const clock = AbortSignal.timeout(timeout)
    try {
      return await this.#send(
        method,
        url,
        body,
        signal === undefined ? clock : AbortSignal.any([signal, clock]),
      )
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof ServebenchError) throw cause
      if (clock.aborted)
        throw noAnswer('SERVEBENCH_TARGET_TIMEOUT', method, url, `within ${timeout / 1000} s`, cause)
      throw await this.#explain(method, url, cause)
    }
  }

  async #send(
    method: string,
    url: string,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<RestAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<RestAnswer>()
    const outgoing = await this.#open(method, url, body !== undefined, signal)
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => void collect(incoming).then(resolve, reject))
    outgoing.end(body)
    return promise
  }

  async #open(method: string, url: string, hasBody: boolean, signal: AbortSignal): Promise<ClientRequest> {
    const headers = {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(resolveHeaders(this.#options.headers)),
    }
    const options = { method, headers, signal, agent: false } as const
    if (!url.startsWith('https:')) return (await import('node:http')).request(url, options)
    const { context, serverName, insecure } = loadTlsMaterial(this.#options.tls ?? {}, ['http/1.1'])
    // What is not known to `request` goes on to `tls.connect`.
    const secure: RequestOptions & ConnectionOptions = {
      ...options,
      secureContext: context,
      rejectUnauthorized: !insecure,
      ALPNProtocols: ['http/1.1'],
      ...(serverName === undefined ? {} : { servername: serverName }),
    }
    return (await import('node:https')).request(url, secure as RequestOptions)
  }

  /** What is wrong with a server that does not answer: first whether it can be reached at all. */
  async #explain(method: string, url: string, cause: unknown): Promise<ServebenchError> {
    const { rawPacket } = cause as { readonly rawPacket?: Buffer }
    if (rawPacket?.[3] === HTTP2_SETTINGS) {
      return new ServebenchError(
        'SERVEBENCH_TARGET_HTTP2',
        `${new URL(url).host} speaks HTTP/2, as gRPC servers do, and not HTTP/1.1.`,
        {
          advice: "Use the server's HTTP port, or protocol: 'grpc'.",
          cause,
          exitCode: ExitCode.target,
        },
      )
    }
    try {
      await checkHttpEndpoint(url, this.#options.tls, this.#options.signal)
    } catch (error) {
      if (error instanceof ServebenchError) return error
      throw error
    }
    const what = rawPacket === undefined ? (cause as Error).message : 'what it says is no HTTP/1.1'
    return noAnswer('SERVEBENCH_TARGET_CLOSED', method, url, `(${what})`, cause)
  }
}

async function collect(incoming: IncomingMessage): Promise<RestAnswer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LARGEST) {
      throw new ServebenchError(
        'SERVEBENCH_TARGET_ANSWER',
        `An answer of the server exceeds ${formatBytes(LARGEST)}.`,
        {
          advice: 'Check that this is the URL of an inference server.',
          exitCode: ExitCode.target,
        },
      )
    }
    parts.push(part)
  }
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(parts) }
}

function noAnswer(
  code: `SERVEBENCH_${string}`,
  method: string,
  url: string,
  what: string,
  cause: unknown,
): ServebenchError {
  const { host, pathname } = new URL(url)
  return new ServebenchError(code, `${host} did not answer ${method} ${pathname} ${what}.`, {
    advice: 'Check that this is the HTTP port of an inference server, and whether it hangs.',
    cause,
    exitCode: ExitCode.target,
  })
}
