import type { Duration, JsonObject, SamplerSpec } from '../../plugin.ts'
import type { HttpHeaders, MetricSelection, TlsOptions } from '../../session.ts'

export interface PrometheusSamplerOptions {
  /**
   * Of the metrics in full, `http://127.0.0.1:8002/metrics`; several for replicas, whose series then have a label
   * `instance`. Default: the metrics of the case's server.
   */
  readonly url?: string | readonly string[]
  /** Metrics that become gauges: names, or what to make of several series. */
  readonly select?: readonly (string | MetricSelection)[]
  /** Whether all metrics are kept, as a file of the result. Default `true`. */
  readonly keep?: boolean
  /** Between readings; `'1s'` by default, `'100ms'` at least. */
  readonly period?: Duration
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
}

/**
 * What a server says at its Prometheus endpoint while a trial runs: some of it as gauges, all of it in a file.
 * @example samplers: [prometheusSampler({ select: ['nv_inference_pending_request_count'] })]
 */
export function prometheusSampler(options: PrometheusSamplerOptions = {}): SamplerSpec {
  return { kind: 'prometheus', package: 'servebench', options: { ...options } as unknown as JsonObject }
}
