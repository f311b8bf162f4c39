import type { SamplerSpec } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

export { plugin } from './plugin.ts'

export interface NpuSamplerOptions {
  /** The file in which the driver counts. */
  readonly counters: string
  /** Which device it is. Default 0. */
  readonly index?: number
}

/**
 * Power, utilization and memory of an NPU. The power is made of the device's energy counter, so that energy per item is
 * made of it.
 * @example samplers: [npuSampler({ counters: '/sys/class/npu/npu0/counters' })]
 */
export function npuSampler({ counters, index = 0 }: NpuSamplerOptions): SamplerSpec {
  return { kind: KIND, package: PACKAGE, options: { counters, index } }
}
