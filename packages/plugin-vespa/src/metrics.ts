import { parseDuration, ValidationError } from 'servebench/plugin'
import type { Duration, JsonObject, JsonValue, RunningServer, SamplerSpec } from 'servebench/plugin'
import { anchorSecrets } from 'servebench/session'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { PACKAGE, SERVER_KIND } from './kinds.ts'

/** Gauges from the state API of a container. */
export interface VespaMetricsOptions {
  /** Of the container: `http://127.0.0.1:8080`. Without it, the server of the case. */
  readonly url?: string
  /** Between readings; Vespa renews its values every few seconds. Default `'2s'`. */
  readonly period?: Duration
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
}

/** What the sampler's module gets. Plain data. */
export interface SamplerSettings {
  readonly url: string
  /** Nanoseconds. */
  readonly period: number
  readonly headers: HttpHeaders
  readonly tls: TlsOptions | null
}

const PERIOD = '2s'

/**
 * How busy a container's thread pools are, how long their queues, how full its heap.
 * @example samplers: [vespaMetrics()]
 */
export function vespaMetrics(options: VespaMetricsOptions = {}): SamplerSpec {
  return { kind: SERVER_KIND, package: PACKAGE, options: { ...options } as unknown as JsonObject }
}

/** @throws {ValidationError} when there is no container to ask */
export function samplerOptions(options: JsonObject, server: RunningServer | null, root: string): JsonValue {
  const { url = server?.endpoints['http'], period = PERIOD, headers = {}, tls = null } = options
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new ValidationError('vespaMetrics()', [
      { path: 'url', message: 'is missing, and the case has no server with an HTTP endpoint.' },
    ])
  }
  return anchorSecrets(
    { url: new URL(url).origin, period: parseDuration(period as Duration), headers, tls },
    root,
  )
}
