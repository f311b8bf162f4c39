import { isSecret, suggest, ValidationError } from 'servebench/plugin'
import type { JsonObject, JsonValue, Problem } from 'servebench/plugin'
import { anchorSecrets, parseHttpUrl } from 'servebench/session'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { SEQUENCE_IDS } from './mapping/unique-fields.ts'
import type { RequestId, SequenceId } from './mapping/unique-fields.ts'
import type { RequestDefaults } from './mapping/bind-request.ts'
import { textOf } from './server/json-fields.ts'
import { isGrpc } from './target.ts'
import type { DefaultInputOptions, OipOptions, OipProtocol } from './target.ts'

/** The options of a target, checked. Plain data. */
export interface OipSettings extends RequestDefaults {
  /** Without a slash at its end. */
  readonly url: string
  readonly model: string
  /** `''`: the server chooses. */
  readonly version: string
  /** `undefined`: what the server has. */
  readonly protocol: OipProtocol | undefined
  readonly requestId?: RequestId
  /** `undefined`: what the model's configuration asks for. */
  readonly sequence: SequenceId | 'none' | undefined
  readonly compressRequests: boolean
  readonly compressedAnswers: boolean
  readonly headers: HttpHeaders
  readonly tls?: TlsOptions
  readonly serverStages: boolean
  readonly defaultInput: DefaultInputOptions
  readonly engine: 'raw' | 'undici' | 'node'
}

const PROTOCOLS: readonly unknown[] = ['http', 'http-json', 'grpc', 'grpc-typed']
const ENGINES: readonly unknown[] = ['auto', 'raw', 'undici', 'node']
const REQUEST_IDS: readonly unknown[] = ['unit', 'random']
const SEQUENCES: readonly unknown[] = [...SEQUENCE_IDS, 'none']
/** Names of the options of an `oip` target. */
export const OPTIONS: readonly (keyof OipOptions)[] = [
  'url',
  'model',
  'version',
  'protocol',
  'outputs',
  'parameters',
  'requestId',
  'sequence',
  'compression',
  'headers',
  'tls',
  'serverStages',
  'defaultInput',
  'engine',
]
const TLS_OPTIONS: readonly string[] = ['ca', 'cert', 'key', 'passphrase', 'serverName', 'insecure']

/** Where a target without a URL finds its server: endpoints by protocol. */
export type Endpoints = Readonly<Record<string, string>> | undefined

/** A target that has the options of `oip`, and further ones. */
export interface Dialect {
  /** The target's kind: how messages call it. */
  readonly kind: string
  /** Options that it reads by itself. */
  readonly options: readonly string[]
  /** Problems of those options. */
  readonly problems: readonly Problem[]
}
const OIP: Dialect = { kind: 'oip', options: [], problems: [] }

/**
 * Checks the options of an `oip` target, or of one that extends it, as a plan holds them.
 * @param root where relative paths of secret files start
 * @throws {ValidationError} with all problems
 */
export function readSettings(
  options: JsonObject,
  endpoints: Endpoints,
  root: string,
  dialect: Dialect = OIP,
): OipSettings {
  const problems: Problem[] = [...dialect.problems]
  const settings = new OptionReader(options, problems, dialect).read(endpoints)
  if (problems.length > 0) throw new ValidationError(`The ${dialect.kind} target`, problems)
  return anchorSecrets(settings as unknown as JsonValue, root) as unknown as OipSettings
}

class OptionReader {
  readonly #options: JsonObject
  readonly #problems: Problem[]
  readonly #dialect: Dialect

  constructor(options: JsonObject, problems: Problem[], dialect: Dialect) {
    this.#options = options
    this.#dialect = dialect
    this.#problems = problems
  }

  read(endpoints: Endpoints): OipSettings {
    const { model, version, outputs, parameters, headers = {}, tls, serverStages = true } = this.#options
    this.#known('', this.#options, [...OPTIONS, ...this.#dialect.options])
    if (typeof model !== 'string' || model === '') this.#report('model', 'must be the name of a model.')
    if (version !== undefined && typeof version !== 'string')
      this.#report('version', "must be text, for example '2'.")
    if (typeof serverStages !== 'boolean') this.#report('serverStages', 'must be true or false.')
    const protocol = this.#choice('protocol', PROTOCOLS) as OipProtocol | undefined
    const requestId = this.#choice('requestId', REQUEST_IDS) as RequestId | undefined
    const sequence = this.#choice('sequence', SEQUENCES) as OipSettings['sequence']
    const compression = this.#compression(requestId)
    this.#checkOutputs(outputs)
    this.#checkParameters('parameters', parameters)
    this.#checkHeaders(headers, protocol)
    this.#checkTls(tls)
    return {
      url: this.#url(endpoints, protocol),
      model: textOf(model),
      version: textOf(version),
      protocol,
      headers: headers as HttpHeaders,
      sequence,
      serverStages: serverStages === true,
      defaultInput: this.#defaultInput(),
      engine: this.#engine(protocol),
      ...compression,
      ...(requestId === undefined ? {} : { requestId }),
      ...(outputs === undefined ? {} : { outputs: outputs as RequestDefaults['outputs'] & object }),
      ...(parameters === undefined
        ? {}
        : { parameters: parameters as RequestDefaults['parameters'] & object }),
      ...(tls === undefined ? {} : { tls: tls as TlsOptions }),
    }
  }

  #url(endpoints: Endpoints, protocol: OipProtocol | undefined): string {
    const wanted = isGrpc(protocol) ? 'grpc' : 'http'
    const url = this.#options['url'] ?? endpoints?.[wanted]
    if (url === undefined) {
      this.#report(
        'url',
        `is missing, and the case has no server with ${wanted === 'grpc' ? 'a gRPC' : 'an HTTP'} endpoint.`,
      )
      return ''
    }
    try {
      const { origin, pathname, search, hash } = parseHttpUrl(
        typeof url === 'string' ? url : JSON.stringify(url),
      )
      const path = pathname.replace(/\/+$/, '')
      if (search !== '' || hash !== '' || /\/v2(\/|$)/.test(path)) {
        this.#report(
          'url',
          `must end where the protocol's own path begins: ${origin}${path.replace(/\/v2(\/.*)?$/, '')}`,
        )
      } else if (wanted === 'grpc' && path !== '') {
        this.#report('url', `has the path ${path}; gRPC has none.`)
      }
      return origin + path
    } catch (error) {
      this.#report('url', (error as Error).message)
      return ''
    }
  }

  #engine(protocol: OipProtocol | undefined): OipSettings['engine'] {
    const engine = (this.#choice('engine', ENGINES) ?? 'auto') as string
    if (engine === 'undici' && isGrpc(protocol))
      this.#report('engine', "'undici' speaks HTTP; for gRPC there are 'raw' and 'node'.")
    if (engine === 'node' && !isGrpc(protocol))
      this.#report('engine', "'node' speaks gRPC; for HTTP there are 'raw' and 'undici'.")
    return engine === 'undici' || engine === 'node' ? engine : 'raw'
  }

  #compression(
    requestId: RequestId | undefined,
  ): Pick<OipSettings, 'compressRequests' | 'compressedAnswers'> {
    const { compression = {} } = this.#options
    const { request, response } = this.#fields('compression', compression, ['request', 'response'])
    for (const [name, value] of Object.entries({ request, response })) {
      if (value !== undefined && value !== 'gzip') this.#report(`compression.${name}`, "must be 'gzip'.")
    }
    if (request !== undefined && requestId !== undefined) {
      this.#report(
        'compression.request',
        'cannot be combined with requestId: compressed requests are all the same.',
      )
    }
    return { compressRequests: request === 'gzip', compressedAnswers: response === 'gzip' }
  }

  #checkOutputs(outputs: JsonValue | undefined): void {
    if (outputs === undefined) return
    if (!Array.isArray(outputs)) return this.#report('outputs', 'must be a list of names.')
    for (const [index, output] of (outputs as readonly JsonValue[]).entries()) {
      if (typeof output === 'string') continue
      const { name, parameters } = this.#fields(`outputs[${index}]`, output, ['name', 'parameters'])
      if (typeof name !== 'string')
        this.#report(`outputs[${index}]`, 'must be a name, or { name, parameters }.')
      this.#checkParameters(`outputs[${index}].parameters`, parameters)
    }
  }

  #checkParameters(path: string, parameters: JsonValue | undefined): void {
    if (parameters === undefined) return
    for (const [name, value] of Object.entries(this.#fields(path, parameters))) {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        this.#report(`${path}.${name}`, 'must be text, a number or a boolean.')
      }
    }
  }

  #checkHeaders(headers: JsonValue, protocol: OipProtocol | undefined): void {
    for (const [name, value] of Object.entries(this.#fields('headers', headers))) {
      const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
      if (!parts.every((part) => typeof part === 'string' || isSecret(part))) {
        this.#report(`headers.${name}`, 'must be text, env(…), file(…), or a list of them.')
      }
      if (name.toLowerCase() === 'host' && isGrpc(protocol)) {
        this.#report('headers.host', 'is for HTTP; a gRPC server gets host and port of the URL.')
      }
    }
  }

  #checkTls(tls: JsonValue | undefined): void {
    if (tls === undefined) return
    const { key, passphrase } = this.#fields('tls', tls, TLS_OPTIONS)
    if (key !== undefined && !isSecret(key))
      this.#report('tls.key', "must be a reference, for example file('client.key').")
    if (passphrase !== undefined && !isSecret(passphrase)) {
      this.#report('tls.passphrase', "must be a reference, for example env('PASSPHRASE').")
    }
  }

  #defaultInput(): DefaultInputOptions {
    const { defaultInput = {} } = this.#options
    const { batch, shapes } = this.#fields('defaultInput', defaultInput, ['batch', 'shapes'])
    if (batch !== undefined && !isSize(batch, 1))
      this.#report('defaultInput.batch', 'must be a whole number above 0.')
    for (const [name, shape] of Object.entries(this.#fields('defaultInput.shapes', shapes ?? {}))) {
      if (!Array.isArray(shape) || !shape.every((size) => isSize(size, 0))) {
        this.#report(`defaultInput.shapes.${name}`, 'must be a list of sizes, for example [3, 224, 224].')
      }
    }
    return defaultInput as DefaultInputOptions
  }

  #choice(name: keyof OipOptions, choices: readonly unknown[]): JsonValue | undefined {
    const value = this.#options[name]
    if (value === undefined || choices.includes(value)) return value
    const list = choices.map((choice) => `'${String(choice)}'`).join(', ')
    this.#problems.push({
      path: `${this.#dialect.kind}.${name}`,
      message: `must be one of ${list}, not ${JSON.stringify(value)}.`,
      suggestion: typeof value === 'string' ? suggest(value, choices as readonly string[]) : undefined,
    })
    return undefined
  }

  #fields(path: string, value: JsonValue | undefined, known?: readonly string[]): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#report(path, 'must be an object.')
      return {}
    }
    if (known !== undefined) this.#known(`${path}.`, value as JsonObject, known)
    return value as JsonObject
  }

  #known(prefix: string, value: JsonObject, known: readonly string[]): void {
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue
      const message = `is not an option of the ${this.#dialect.kind} target.`
      this.#problems.push({
        path: `${this.#dialect.kind}.${prefix}${name}`,
        message,
        suggestion: suggest(name, known),
      })
    }
  }

  #report(path: string, message: string): void {
    this.#problems.push({ path: `${this.#dialect.kind}.${path}`, message })
  }
}

function isSize(value: JsonValue | undefined, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least
}
