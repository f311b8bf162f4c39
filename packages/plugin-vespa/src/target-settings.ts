import { isSecret, suggest, ServebenchError, ValidationError } from 'servebench/plugin'
import type { JsonObject, JsonValue, Problem, RunningServer } from 'servebench/plugin'
import { anchorSecrets, parseHttpUrl } from 'servebench/session'
import type { HttpEngine, HttpHeaders, TlsOptions } from 'servebench/session'

/** What both targets need to reach a container. Plain data. */
export interface TargetSettings {
  /** In full, as given: with a path or without. */
  readonly url: string
  readonly headers: HttpHeaders
  readonly engine: HttpEngine
  readonly tls?: TlsOptions
}

export interface TargetOptionContext {
  readonly server: RunningServer | null
  /** Where relative paths of secret files start. */
  readonly root: string
  /** Names of the options that this kind of target has besides those of {@link TargetSettings}. */
  readonly options: readonly string[]
}

const SHARED: readonly string[] = ['url', 'headers', 'tls', 'engine']

/** Reads the options of a target and collects what is wrong with them. */
export class OptionReader {
  readonly #kind: string
  readonly #options: JsonObject
  readonly #problems: Problem[] = []

  constructor(kind: string, options: JsonObject) {
    this.#kind = kind
    this.#options = options
  }

  report(name: string, message: string, suggestion?: string): void {
    this.#problems.push({ path: `${this.#kind}.${name}`, message, suggestion })
  }

  /** One of `choices`; the first one by default. */
  choose<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#options[name] ?? choices[0]
    if (choices.includes(value as T)) return value as T
    const list = choices.map((choice) => `'${choice}'`).join(', ')
    this.report(
      name,
      `must be one of ${list}, not ${JSON.stringify(value)}.`,
      typeof value === 'string' ? suggest(value, choices) : undefined,
    )
    return choices[0] as T
  }

  flag(name: string): boolean {
    const value = this.#options[name] ?? false
    if (typeof value !== 'boolean') this.report(name, 'must be true or false.')
    return value === true
  }

  /** `''` where it is not given. */
  text(name: string): string {
    const value = this.#options[name]
    if (value === undefined) return ''
    if (typeof value === 'string' && value !== '') return value
    this.report(name, 'must be text.')
    return ''
  }

  object(name: string): JsonObject {
    const value = this.#options[name] ?? {}
    if (isObject(value)) return value
    this.report(name, 'must be an object.')
    return {}
  }

  shared({ server, root, options }: TargetOptionContext): TargetSettings {
    const known = [...SHARED, ...options]
    for (const name of Object.keys(this.#options)) {
      if (!known.includes(name))
        this.report(name, `is not an option of the ${this.#kind} target.`, suggest(name, known))
    }
    const engine = this.choose('engine', ['auto', 'raw', 'undici'])
    const { headers = {}, tls } = this.#options
    this.#checkHeaders(headers)
    if (tls !== undefined && !isObject(tls)) this.report('tls', 'must be an object.')
    return anchorSecrets(
      {
        url: this.#url(server),
        headers,
        engine: engine === 'undici' ? 'http1-undici' : 'http1-raw',
        ...(tls === undefined ? {} : { tls }),
      },
      root,
    ) as unknown as TargetSettings
  }

  /** @throws {ValidationError} with all problems */
  finish(): void {
    if (this.#problems.length > 0) throw new ValidationError(`The ${this.#kind} target`, this.#problems)
  }

  #url(server: RunningServer | null): string {
    const url = this.#options['url'] ?? server?.endpoints['http']
    if (url === undefined) {
      this.report('url', 'is missing, and the case has no server with an HTTP endpoint.')
      return ''
    }
    try {
      return parseHttpUrl(typeof url === 'string' ? url : JSON.stringify(url)).href
    } catch (error) {
      this.report('url', error instanceof ServebenchError ? error.message : 'is no URL.')
      return ''
    }
  }

  #checkHeaders(headers: JsonValue): void {
    if (!isObject(headers)) return this.report('headers', 'must be an object of names and values.')
    for (const [name, value] of Object.entries(headers)) {
      const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
      if (!parts.every((part) => typeof part === 'string' || isSecret(part)))
        this.report(`headers.${name}`, 'must be text, env(…), file(…), or a list of them.')
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
