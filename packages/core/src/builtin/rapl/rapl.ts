import type { Duration, JsonObject, SamplerSpec } from '../../plugin.ts'

export interface RaplSamplerOptions {
  /** Between readings; `'100ms'` by default, `'10ms'` at least. */
  readonly period?: Duration
  /** Where the kernel's power zones are; `'/sys/class/powercap'` by default. In a container: where the host's are mounted. */
  readonly path?: string
}

/**
 * Power of the processors' packages and their memory, from the energy counters that Intel and AMD processors have (RAPL).
 * Linux lets only root read them unless that was changed.
 * @example samplers: [raplSampler()]
 */
export function raplSampler(options: RaplSamplerOptions = {}): SamplerSpec {
  return { kind: 'rapl', package: 'servebench', options: options as JsonObject }
}
