import { isSecret, ServebenchError, ValidationError } from '../../plugin.ts'
import type { JsonObject, JsonValue, Problem, RunningServer } from '../../plugin.ts'
import { anchorSecrets, parseHttpUrl } from '../../session.ts'
import type { HttpEngine, HttpHeaders, StageSource, TlsOptions } from '../../session.ts'
import type { HttpJson } from './request.ts'

/** What the session module of the `http` target gets: the target's options, checked and completed. Plain data. */
export interface HttpSettings {
  readonly url: string
  readonly engine: HttpEngine
  readonly method?: string
  readonly headers?: HttpHeaders
  readonly body?: string | HttpJson
  readonly compress?: 'gzip' | 'deflate' | 'br' | 'zstd'
  readonly acceptStatus?: readonly number[]
  readonly tls?: TlsOptions
  readonly stages?: readonly StageSource[]
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}

const OPTIONS: ReadonlySet<string> = new Set([
  'url',
  'path',
  'method',
  'headers',
  'body',
  'compress',
  'expectStatus',
  'tls',
  'serverTiming',
  'engine',
])
const TLS_OPTIONS: ReadonlySet<string> = new Set([
  'ca',
  'cert',
  'key',
  'passphrase',
  'serverName',
  'insecure',
])
const CODINGS: readonly unknown[] = ['gzip', 'deflate', 'br', 'zstd']

/**
 * Checks the options of an `http` target as a plan holds them.
 * @param root where relative paths of secret files start
 * @throws {ValidationError} with all problems
 */
export function readSettings(
  options: JsonObject,
  {
    server,
    close,
    root,
  }: { readonly server: RunningServer | null; readonly close: boolean; readonly root: string },
): HttpSettings {
  const problems: Problem[] = []
  const report = (path: string, message: string): void =>
    void problems.push({ path: `http.${path}`, message })
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) report(name, 'is not an option of the http target.')
  }
  const { method, headers, body, compress, expectStatus, tls, serverTiming, engine = 'auto' } = options
  const url = readUrl(options, server, report)
  if (method !== undefined && typeof method !== 'string') report('method', 'must be text.')
  if (compress !== undefined && !CODINGS.includes(compress))
    report('compress', "must be 'gzip', 'deflate', 'br' or 'zstd'.")
  if (engine !== 'auto' && engine !== 'raw' && engine !== 'undici')
    report('engine', "must be 'auto', 'raw' or 'undici'.")
  if (body !== undefined && typeof body !== 'string' && (typeof body !== 'object' || body === null)) {
    report('body', 'must be text, an object or a list.')
  }
  readHeaders(headers, report)
  const statuses =
    expectStatus === undefined
      ? []
      : Array.isArray(expectStatus)
        ? (expectStatus as readonly JsonValue[])
        : [expectStatus]
  if (expectStatus !== undefined && statuses.length === 0) report('expectStatus', 'names no status.')
  for (const status of statuses) {
    if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599)
      report('expectStatus', `${JSON.stringify(status)} is not a final HTTP status.`)
  }
  const stages = readStages(serverTiming, report)
  readTls(tls, report)
  if (problems.length > 0) throw new ValidationError('The http target', problems)
  return anchorSecrets(
    {
      url,
      engine: engine === 'undici' ? 'http1-undici' : 'http1-raw',
      close,
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
      ...(compress === undefined ? {} : { compress }),
      ...(expectStatus === undefined ? {} : { acceptStatus: statuses }),
      ...(tls === undefined ? {} : { tls }),
      ...(stages.length === 0 ? {} : { stages: stages as unknown as JsonValue }),
    },
    root,
  ) as unknown as HttpSettings
}

type Report = (path: string, message: string) => void

function readUrl({ url, path }: JsonObject, server: RunningServer | null, report: Report): string {
  if (path !== undefined && typeof path !== 'string') report('path', 'must be text.')
  const base = url ?? server?.endpoints['http']
  if (base === undefined) {
    report('url', 'is missing, and the case has no server with an HTTP endpoint.')
    return ''
  }
  try {
    const parsed = parseHttpUrl(typeof base === 'string' ? base : JSON.stringify(base))
    return typeof path === 'string' ? parseHttpUrl(new URL(path, parsed).href).href : parsed.href
  } catch (error) {
    report('url', error instanceof ServebenchError ? error.message : `${JSON.stringify(path)} is not a path.`)
    return ''
  }
}

function readHeaders(headers: JsonValue | undefined, report: Report): void {
  if (headers === undefined) return
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers))
    return report('headers', 'must be an object of names and values.')
  for (const [name, value] of Object.entries(headers)) {
    const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (!parts.every((part) => typeof part === 'string' || isSecret(part)))
      report(`headers.${name}`, 'must be text, env(…), file(…), or a list of them.')
  }
}

function readStages(serverTiming: JsonValue | undefined, report: Report): StageSource[] {
  if (serverTiming === undefined) return []
  const stages: StageSource[] = []
  if (typeof serverTiming === 'object' && serverTiming !== null) {
    for (const [stage, metric] of Object.entries(serverTiming)) {
      if ((stage === 'queue' || stage === 'compute') && typeof metric === 'string')
        stages.push({ stage, header: 'server-timing', metric, unit: 'ms' })
      else report(`serverTiming.${stage}`, "is not the name of a metric for 'queue' or 'compute'.")
    }
  }
  if (stages.length === 0) report('serverTiming', "must name a metric, for example { queue: 'queue' }.")
  return stages
}

function readTls(tls: JsonValue | undefined, report: Report): void {
  if (tls === undefined) return
  if (typeof tls !== 'object' || tls === null) return report('tls', 'must be an object.')
  const { key, passphrase } = tls as JsonObject
  for (const name of Object.keys(tls)) {
    if (!TLS_OPTIONS.has(name)) report(`tls.${name}`, 'is not a TLS option.')
  }
  if (key !== undefined && !isSecret(key))
    report('tls.key', "must be a reference, for example file('client.key').")
  if (passphrase !== undefined && !isSecret(passphrase))
    report('tls.passphrase', "must be a reference, for example env('PASSPHRASE').")
}
