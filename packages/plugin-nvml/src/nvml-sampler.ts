import type { Duration, JsonObject, SamplerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

export interface NvmlSamplerOptions {
  /** Between readings; `'20ms'` by default, `'10ms'` at least. Drivers renew most values less often. */
  readonly period?: Duration
  /** Numbers (from 0, as NVML counts) or UUIDs of the GPUs to read; all by default. */
  readonly devices?: readonly (number | string)[]
  /**
   * Bytes over PCIe also where the driver has no counters of them: it then measures for 20 ms in each direction, and a
   * reading takes 40 ms per GPU. `false` by default.
   */
  readonly pcie?: boolean
  /** Path or name of the library; by default that of the driver. */
  readonly library?: string
}

/**
 * Power, energy, utilisation, memory, clocks, temperatures and throttling of NVIDIA GPUs, read in a process of its own.
 * @example samplers: [nvmlSampler({ devices: [0] })]
 */
export function nvmlSampler(options: NvmlSamplerOptions = {}): SamplerSpec {
  return { kind: KIND, package: PACKAGE, options: options as JsonObject }
}
