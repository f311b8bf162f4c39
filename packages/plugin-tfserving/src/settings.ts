import { textOf } from '@servebench/plugin-oip/control'
import { readSettings as readSharedSettings } from '@servebench/plugin-oip/dialect'
import type { Endpoints, OipSettings } from '@servebench/plugin-oip/dialect'
import { suggest } from 'servebench/plugin'
import type { JsonObject, JsonValue, Problem } from 'servebench/plugin'
import { KIND } from './target.ts'
import type { TfServingMethod, TfServingOptions, TfServingProtocol } from './target.ts'

type Shared = Pick<
  OipSettings,
  | 'url'
  | 'model'
  | 'version'
  | 'compressRequests'
  | 'compressedAnswers'
  | 'headers'
  | 'tls'
  | 'defaultInput'
  | 'engine'
>

/** The options of a target, checked. Plain data. */
export interface TfServingSettings extends Shared {
  /** `''`: the version that `version` says, or the newest one. */
  readonly versionLabel: string
  readonly signature: string
  readonly method: TfServingMethod
  readonly protocol: TfServingProtocol
  /** Empty: all. */
  readonly outputs: readonly string[]
}

const PROTOCOLS: readonly string[] = ['http', 'http-columns', 'grpc', 'grpc-typed']
const METHODS: readonly string[] = ['predict', 'classify', 'regress']
/** Options with the meaning that they have for an `oip` target. */
const SHARED = ['url', 'model', 'compression', 'headers', 'tls', 'engine', 'defaultInput'] as const
const OPTIONS: readonly (keyof TfServingOptions)[] = [
  ...SHARED,
  'version',
  'versionLabel',
  'signature',
  'method',
  'protocol',
  'outputs',
]
const DEFAULT_SIGNATURE = 'serving_default'
const LARGEST_VERSION = 2n ** 63n

export function isGrpc(protocol: TfServingProtocol): boolean {
  return protocol === 'grpc' || protocol === 'grpc-typed'
}

/**
 * Checks the options of a target, as a plan holds them.
 * @param root where relative paths of secret files start
 * @throws {ValidationError} with all problems
 */
export function readSettings(options: JsonObject, endpoints: Endpoints, root: string): TfServingSettings {
  const problems: Problem[] = []
  const report = (name: string, message: string, suggestion?: string): void => {
    problems.push({ path: `${KIND}.${name}`, message, suggestion })
  }
  for (const name of Object.keys(options)) {
    if (!(OPTIONS as readonly string[]).includes(name))
      report(name, `is not an option of the ${KIND} target.`, suggest(name, OPTIONS))
  }
  const choose = (name: string, choices: readonly string[]): string => {
    const value = options[name] ?? choices[0]
    if (typeof value === 'string' && choices.includes(value)) return value
    const list = choices.map((choice) => `'${choice}'`).join(', ')
    report(
      name,
      `must be one of ${list}, not ${JSON.stringify(value)}.`,
      typeof value === 'string' ? suggest(value, choices) : undefined,
    )
    return choices[0] as string
  }
  const text = (name: string, value: JsonValue | undefined, otherwise: string): string => {
    if (value === undefined) return otherwise
    if (typeof value === 'string' && value !== '') return value
    report(name, 'must be text.')
    return otherwise
  }
  const protocol = choose('protocol', PROTOCOLS) as TfServingProtocol
  const method = choose('method', METHODS) as TfServingMethod
  const { version, outputs = [], url } = options
  if (version !== undefined && !isVersion(version)) report('version', 'must be a whole number, as 2 or "2".')
  if (version !== undefined && options['versionLabel'] !== undefined)
    report('versionLabel', 'cannot be combined with version: it chooses one, too.')
  if (!Array.isArray(outputs) || !outputs.every((name) => typeof name === 'string'))
    report('outputs', 'must be a list of names.')
  else if (outputs.length > 0 && method !== 'predict')
    report('outputs', `are for the method 'predict'; '${method}' has none.`)
  if (method !== 'predict' && protocol.includes('-'))
    report('protocol', `'${protocol}' says how tensors are sent; the method '${method}' has none.`)
  if (typeof url === 'string' && /\/v1(\/|$)/.test(url))
    report('url', `must end where the API's own path begins: ${url.replace(/\/v1(\/.*)?$/, '')}`)
  const own = {
    versionLabel: text('versionLabel', options['versionLabel'], ''),
    signature: text('signature', options['signature'], DEFAULT_SIGNATURE),
  }
  const shared = readSharedSettings(
    {
      ...Object.fromEntries(
        SHARED.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
      ),
      protocol: isGrpc(protocol) ? 'grpc' : 'http',
    },
    endpoints,
    root,
    { kind: KIND, options: [], problems },
  )
  const { compressRequests, compressedAnswers, headers, tls, defaultInput, engine, model } = shared
  return {
    url: shared.url,
    model,
    version: typeof version === 'number' ? String(version) : textOf(version),
    compressRequests,
    compressedAnswers,
    headers,
    ...(tls === undefined ? {} : { tls }),
    defaultInput,
    engine,
    method,
    protocol,
    outputs: outputs as readonly string[],
    ...own,
  }
}

/** Versions are 64-bit integers; as text where doubles do not hold them. */
function isVersion(version: JsonValue): boolean {
  if (typeof version === 'number') return Number.isSafeInteger(version) && version >= 0
  return typeof version === 'string' && /^\d{1,19}$/.test(version) && BigInt(version) < LARGEST_VERSION
}
