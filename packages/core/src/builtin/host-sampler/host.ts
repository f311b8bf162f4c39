import type { Duration, JsonObject, SamplerSpec } from '../../plugin.ts'

export interface HostSamplerOptions {
  /** Between readings; `'250ms'` by default. Linux counts CPU time in steps of 10 ms: shorter periods are coarse. */
  readonly period?: Duration
  /** Bytes per second over network interfaces as well; this and all that follow are `false` by default. */
  readonly network?: boolean
  /** Bytes to and from disks, and how busy the busiest one is. */
  readonly disk?: boolean
  /** Context switches, voluntary and not, and threads that could run. */
  readonly scheduling?: boolean
  /** Share of the time in which threads waited for CPU, memory or disks. */
  readonly pressure?: boolean
  /** What the server's control group (version 2) uses, and how often its CPU limit held it back. */
  readonly cgroup?: boolean
  /** Charge, energy and power of a battery. */
  readonly battery?: boolean
  /** Temperatures, and the clock of the cores. */
  readonly thermal?: boolean
}

/**
 * CPU and memory of this machine, and of the measured server and its descendants where it runs here.
 * @example samplers: [hostSampler({ scheduling: true, pressure: true })]
 */
export function hostSampler(options: HostSamplerOptions = {}): SamplerSpec {
  return { kind: 'host', package: 'servebench', options: options as JsonObject }
}
