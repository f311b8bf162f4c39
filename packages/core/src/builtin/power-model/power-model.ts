import type { Duration, JsonObject, SamplerSpec } from '../../plugin.ts'

export interface PowerModelOptions {
  /** Watts of all processors at rest, and with all cores busy: about their TDP. */
  readonly idle: number
  readonly busy: number
  /** Watts of the memory: about 5 per module. Default 0: left out. */
  readonly memory?: number
  readonly period?: Duration
}

/**
 * Guesses what processors draw from how busy they are: idle + (busy − idle) × utilization. For machines that nothing
 * measures; results say that it is an estimate, and any measured source of the same part takes its place.
 * @example samplers: [powerModelSampler({ idle: 40, busy: 205, memory: 40 })]
 */
export function powerModelSampler(options: PowerModelOptions): SamplerSpec {
  return { kind: 'power-model', package: 'servebench', options: options as unknown as JsonObject }
}
