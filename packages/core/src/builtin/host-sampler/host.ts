import type { Duration, JsonObject, SamplerSpec } from '../../plugin.ts'

export interface HostSamplerOptions {
  /** Between readings; `'250ms'` by default. Linux counts CPU time in steps of 10 ms: shorter periods are coarse. */
  readonly period?: Duration
  /** Bytes per second over network interfaces as well; `false` by default. */
  readonly network?: boolean
}

/**
 * CPU and memory of this machine, and of the measured server and its descendants where it runs here.
 * @example samplers: [hostSampler()]
 */
export function hostSampler(options: HostSamplerOptions = {}): SamplerSpec {
  return { kind: 'host', package: 'servebench', options: options as JsonObject }
}
