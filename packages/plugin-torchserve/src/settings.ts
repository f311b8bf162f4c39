import { isAbsolute, join } from 'node:path'
import { isSecret, suggest, ValidationError } from 'servebench/plugin'
import type { JsonObject, JsonValue, Problem } from 'servebench/plugin'
import { anchorSecrets, parseHttpUrl } from 'servebench/session'
import type { GrpcEngine, HttpEngine, HttpHeaders, TlsOptions } from 'servebench/session'
import type { TorchServeSessionOptions } from './session-options.ts'
import type { TorchServeApi, TorchServeOptions } from './target.ts'
import type { TokenSource } from './token/token-source.ts'

/** A target's options, checked and completed. */
export interface TargetSettings extends Omit<TorchServeSessionOptions, 'close'> {
  /** `null`: the target's own URL, and no word about where it is managed. */
  readonly managementUrl: string | null
}

/** What a case's server has. */
export interface Surroundings {
  readonly endpoints: Readonly<Record<string, string>> | undefined
  readonly token: TokenSource | null
  readonly root: string
}

const OPTIONS: readonly (keyof TorchServeOptions)[] = [
  'model',
  'version',
  'url',
  'managementUrl',
  'protocol',
  'api',
  'path',
  'stream',
  'keyFile',
  'token',
  'headers',
  'tls',
  'engine',
]
const APIS: readonly TorchServeApi[] = [
  'predictions',
  'explanations',
  'workflow',
  'kserve',
  'kserve-explain',
  'kservev2',
  'kservev2-explain',
]
const VERSIONED: readonly TorchServeApi[] = ['predictions', 'explanations']
const ENGINES = ['auto', 'raw', 'undici', 'node']

/**
 * Checks the options of a `torchserve` target as a plan holds them.
 * @throws {ValidationError} with all problems
 */
export function readSettings(options: JsonObject, surroundings: Surroundings): TargetSettings {
  return new SettingsReader(options, surroundings).read()
}

class SettingsReader {
  readonly #options: JsonObject
  readonly #surroundings: Surroundings
  readonly #problems: Problem[] = []

  constructor(options: JsonObject, surroundings: Surroundings) {
    this.#options = options
    this.#surroundings = surroundings
  }

  read(): TargetSettings {
    const options = this.#options
    const { endpoints, root } = this.#surroundings
    for (const name of Object.keys(options)) {
      if (OPTIONS.some((known) => known === name)) continue
      const message = 'is not an option of the torchserve target.'
      this.#problems.push({ path: `torchserve.${name}`, message, suggestion: suggest(name, OPTIONS) })
    }
    const protocol = this.#choice('protocol', ['http', 'grpc'], 'http') as 'http' | 'grpc'
    const api = this.#choice('api', APIS, 'predictions') as TorchServeApi
    const model = this.#text('model')
    if (model === '') this.#report('model', 'is missing.')
    const version = this.#text('version')
    const path = this.#text('path').replace(/^\/+|\/+$/g, '')
    if (version !== '' && !VERSIONED.includes(api))
      this.#report('version', `cannot be chosen with api: '${api}'.`)
    if (path !== '' && (version === '' || api !== 'predictions' || protocol === 'grpc'))
      this.#report('path', "needs a version, api: 'predictions' and protocol: 'http'.")
    if (/[^\w./~%-]/.test(path)) this.#report('path', 'has characters that do not fit a URL.')
    if (protocol === 'grpc' && api !== 'predictions')
      this.#report('api', `'${api}' is an API over HTTP only.`)
    const { stream = false, managementUrl } = options
    if (typeof stream !== 'boolean') this.#report('stream', 'must be true or false.')
    const url = this.#url('url', options['url'] ?? endpoints?.[protocol])
    const ownUrl = options['url'] !== undefined
    const management = managementUrl ?? (ownUrl ? undefined : endpoints?.['management'])
    const settings = {
      url,
      managementUrl: management === undefined ? null : this.#url('managementUrl', management),
      protocol,
      transport: this.#engine(protocol),
      api,
      model,
      version,
      path,
      stream: stream === true,
      token: this.#token(ownUrl),
      headers: this.#headers(protocol),
      ...this.#tls(),
    }
    if (this.#problems.length > 0) throw new ValidationError('The torchserve target', this.#problems)
    return anchorSecrets(settings as unknown as JsonValue, root) as unknown as TargetSettings
  }

  #url(name: 'url' | 'managementUrl', url: JsonValue | undefined): string {
    if (url === undefined) {
      this.#report(name, 'is missing, and the case has no server with such an endpoint.')
      return ''
    }
    try {
      const { origin, pathname, search } = parseHttpUrl(typeof url === 'string' ? url : JSON.stringify(url))
      if (pathname !== '/' || search !== '') this.#report(name, `must end with the port: ${origin}`)
      return origin
    } catch (error) {
      this.#report(name, (error as Error).message)
      return ''
    }
  }

  #engine(protocol: 'http' | 'grpc'): HttpEngine | GrpcEngine {
    const engine = this.#choice('engine', ENGINES, 'auto')
    if (engine === 'undici' && protocol === 'grpc')
      this.#report('engine', "'undici' speaks HTTP; for gRPC there are 'raw' and 'node'.")
    if (engine === 'node' && protocol === 'http')
      this.#report('engine', "'node' speaks gRPC; for HTTP there are 'raw' and 'undici'.")
    if (protocol === 'grpc') return engine === 'node' ? 'grpc-node-http2' : 'grpc-http2'
    return engine === 'undici' ? 'http1-undici' : 'http1-raw'
  }

  #token(ownUrl: boolean): TokenSource | null {
    const { keyFile, token } = this.#options
    const { root } = this.#surroundings
    if (keyFile !== undefined && token !== undefined) this.#report('token', 'and keyFile exclude each other.')
    if (token !== undefined) {
      if (isSecret(token)) return { secret: token }
      // The value itself must not be repeated.
      this.#report('token', "must be a reference, for example env('TOKEN').")
    }
    if (keyFile === undefined) return ownUrl ? null : this.#surroundings.token
    if (typeof keyFile === 'string') return { keyFile: isAbsolute(keyFile) ? keyFile : join(root, keyFile) }
    this.#report('keyFile', 'must be a path.')
    return null
  }

  #headers(protocol: 'http' | 'grpc'): HttpHeaders {
    const { headers = {}, token, keyFile } = this.#options
    if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
      this.#report('headers', 'must be an object of names and values.')
      return {}
    }
    for (const [name, value] of Object.entries(headers)) {
      const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
      if (!parts.every((part) => typeof part === 'string' || isSecret(part)))
        this.#report(`headers.${name}`, 'must be text, env(…), file(…), or a list of them.')
      if (name.toLowerCase() === 'host' && protocol === 'grpc')
        this.#report('headers.host', 'is for HTTP; a gRPC server gets host and port of the URL.')
      if (name.toLowerCase() === 'authorization' && (token !== undefined || keyFile !== undefined))
        this.#report(`headers.${name}`, 'is what `token` and `keyFile` are for.')
    }
    return headers as HttpHeaders
  }

  #tls(): { readonly tls?: TlsOptions } {
    const { tls } = this.#options
    if (tls === undefined) return {}
    if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) {
      this.#report('tls', 'must be an object.')
      return {}
    }
    for (const name of ['key', 'passphrase']) {
      const value = (tls as JsonObject)[name]
      if (value !== undefined && !isSecret(value))
        this.#report(`tls.${name}`, "must be a reference, for example file('client.key').")
    }
    return { tls: tls as unknown as TlsOptions }
  }

  #text(name: keyof TorchServeOptions): string {
    const value = this.#options[name] ?? ''
    if (typeof value === 'string') return value
    this.#report(name, 'must be text.')
    return ''
  }

  #choice(name: keyof TorchServeOptions, choices: readonly string[], fallback: string): string {
    const value = this.#options[name] ?? fallback
    if (typeof value === 'string' && choices.includes(value)) return value
    this.#problems.push({
      path: `torchserve.${name}`,
      message: `must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}, not ${JSON.stringify(value)}.`,
      suggestion: typeof value === 'string' ? suggest(value, choices) : undefined,
    })
    return fallback
  }

  #report(path: string, message: string): void {
    this.#problems.push({ path: `torchserve.${path}`, message })
  }
}
