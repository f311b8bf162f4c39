import { request } from 'node:http'
import { ExitCode, ServebenchError } from 'servebench/plugin'

/** Talks to the server's HTTP API, for control: one connection per call. */
export class RestClient {
  readonly #url: string

  /** @param url without a path */
  constructor(url: string) {
    this.#url = url
  }

  async get(path: string): Promise<unknown> {
    return this.#parse(path, await this.send('GET', path))
  }

  async post(path: string, body: unknown = {}): Promise<unknown> {
    return this.#parse(path, await this.send('POST', path, JSON.stringify(body)))
  }

  /** The body as text. @throws {ServebenchError} `SERVEBENCH_SERVER_CONTROL` for any status but 200 */
  async text(path: string): Promise<string> {
    const { status, body } = await this.send('GET', path)
    if (status !== 200) throw this.#error(path, `answers ${status}: ${body}`)
    return body
  }

  /** Whether `GET path` answers 200 now. */
  async isOk(path: string, signal?: AbortSignal): Promise<boolean> {
    try {
      return (await this.send('GET', path, undefined, signal)).status === 200
    } catch {
      return false
    }
  }

  async send(
    method: string,
    path: string,
    body?: string,
    signal?: AbortSignal,
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: false, ...(signal === undefined ? {} : { signal }) } as const
      const outgoing = request(this.#url + path, options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode as number, body: text }))
        response.on('error', reject)
      })
      outgoing.on('error', (cause) => reject(this.#error(path, `does not answer: ${cause.message}`, cause)))
      outgoing.end(body)
    })
  }

  #parse(path: string, { status, body }: { status: number; body: string }): unknown {
    let value: unknown
    try {
      value = body === '' ? null : JSON.parse(body)
    } catch (cause) {
      throw this.#error(path, 'answers with something that is not JSON', cause)
    }
    if (status === 200) return value
    throw this.#error(path, (value as { error?: string } | null)?.error ?? `answers ${status}`)
  }

  #error(path: string, what: string, cause?: unknown): ServebenchError {
    return new ServebenchError('SERVEBENCH_SERVER_CONTROL', `ONNX server, ${path}: ${what}`, {
      cause,
      exitCode: ExitCode.target,
    })
  }
}
